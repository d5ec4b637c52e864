{% include "apps/openedx/settings/partials/common_all.py" %}

####### Settings of the CMS
CACHES["staticfiles"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "KEY_PREFIX": "staticfiles_cms",
    "LOCATION": "staticfiles_cms",
}

STUDIO_NAME = {{ (PLATFORM_NAME ~ " - Studio")|python_literal }}
MAX_ASSET_UPLOAD_FILE_SIZE_IN_MB = 100
ENABLE_COURSEWARE_INDEX = True

# Users log in at the LMS.
FRONTEND_LOGIN_URL = f"{LMS_ROOT_URL}/login"
FRONTEND_REGISTER_URL = f"{LMS_ROOT_URL}/register"
SESSION_COOKIE_NAME = "studio_session_id"
SOCIAL_AUTH_EDX_OAUTH2_KEY = {{ CMS_OAUTH2_KEY_SSO|python_literal }}
SOCIAL_AUTH_EDX_OAUTH2_SECRET = {{ CMS_OAUTH2_SECRET|python_literal }}
SOCIAL_AUTH_EDX_OAUTH2_URL_ROOT = "http://lms:8000"
SOCIAL_AUTH_EDX_OAUTH2_PUBLIC_URL_ROOT = LMS_ROOT_URL
SOCIAL_AUTH_REDIRECT_IS_HTTPS = {{ (ENABLE_HTTPS and not development|default(false))|python_literal }}

{{ patch("openedx-cms-common-settings") }}
####### End of the settings of the CMS
