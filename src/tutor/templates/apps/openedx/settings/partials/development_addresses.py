# Without a web server in front, LMS and CMS are reached at their own ports.
LMS_BASE = {{ (LMS_HOST ~ ":8000")|python_literal }}
LMS_ROOT_URL = f"http://{LMS_BASE}"
CMS_BASE = {{ (CMS_HOST ~ ":8001")|python_literal }}
CMS_ROOT_URL = f"http://{CMS_BASE}"
