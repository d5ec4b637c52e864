{% include "apps/openedx/settings/partials/common_all.py" %}

####### Settings of the LMS
CACHES["staticfiles"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "KEY_PREFIX": "staticfiles_lms",
    "LOCATION": "staticfiles_lms",
}

# Catalogue and search
COURSE_CATALOG_VISIBILITY_PERMISSION = "see_in_catalog"
COURSE_ABOUT_VISIBILITY_PERMISSION = "see_about_page"
ENABLE_COURSE_DISCOVERY = True
ENABLE_COURSEWARE_SEARCH = True
ENABLE_DASHBOARD_SEARCH = True
SEARCH_SKIP_SHOW_IN_CATALOG_FILTERING = False

# Accounts
OAUTH_ENFORCE_SECURE = False  # the CMS logs in at lms:8000
LOGIN_REDIRECT_WHITELIST = [*LOGIN_REDIRECT_WHITELIST, {{ CMS_HOST|python_literal }}]
IDA_LOGOUT_URI_LIST = [*IDA_LOGOUT_URI_LIST, f"{CMS_ROOT_URL}/logout/"]
REGISTRATION_EXTRA_FIELDS["terms_of_service"] = "hidden"
REGISTRATION_EXTRA_FIELDS["honor_code"] = "hidden"
PROFILE_IMAGE_BACKEND["options"]["location"] = os.path.join(MEDIA_ROOT, "profile-images/")

# E-mail
BULK_EMAIL_SEND_USING_EDX_ACE = True
DEFAULT_EMAIL_LOGO_URL = f"{LMS_ROOT_URL}/theming/asset/images/logo.png"
ENABLE_FOOTER_MOBILE_APP_LINKS = False
MOBILE_STORE_ACE_URLS = {}
SOCIAL_MEDIA_FOOTER_ACE_URLS = {}

{{ patch("openedx-lms-common-settings") }}
####### End of the settings of the LMS
