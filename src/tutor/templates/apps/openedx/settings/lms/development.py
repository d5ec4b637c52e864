# Rendered by tutor: change settings or a plugin instead.
from lms.envs.devstack import *

{% include "apps/openedx/settings/partials/features.py" %}

{% include "apps/openedx/settings/partials/development_addresses.py" %}
LMS_INTERNAL_ROOT_URL = LMS_ROOT_URL
SITE_NAME = LMS_BASE

{% with development = true %}{% include "apps/openedx/settings/partials/common_lms.py" %}{% endwith %}

{%- if RUN_MEILISEARCH %}
MEILISEARCH_PUBLIC_URL = {{ ("http://" ~ MEILISEARCH_HOST ~ ":7700")|python_literal }}
{%- endif %}
LOGIN_REDIRECT_WHITELIST = [*LOGIN_REDIRECT_WHITELIST, CMS_BASE]
WEBPACK_CONFIG_PATH = "webpack.dev.config.js"
LOGGING["loggers"]["oauth2_provider"] = {"handlers": ["console"], "level": "DEBUG"}

# The base module for development turns on the enterprise services, which are not part of this environment.
ENABLE_ENTERPRISE_INTEGRATION = False
SYSTEM_WIDE_ROLE_CLASSES = [name for name in SYSTEM_WIDE_ROLE_CLASSES if not name.startswith("enterprise.")]

{{ patch("openedx-development-settings") }}
{{ patch("openedx-lms-development-settings") }}
