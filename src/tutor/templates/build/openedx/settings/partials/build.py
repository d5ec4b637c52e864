# No service is at hand while an image is built, and none of these values stays in it.
SECRET_KEY = "only while the image is built"
DATABASES = {"default": {}}
DOC_STORE_CONFIG = None
XQUEUE_INTERFACE = {"django_auth": None, "url": None}
# Nothing here calls it, but other addresses are made of it.
LMS_ROOT_URL = "http://localhost"
