# Rendered by tutor: change settings or a plugin instead.
from lms.envs.production import *

{% include "apps/openedx/settings/partials/features.py" %}

{% with development = false %}{% include "apps/openedx/settings/partials/common_lms.py" %}{% endwith %}

ALLOWED_HOSTS = [{{ LMS_HOST|python_literal }}, "lms"]
SEARCH_SKIP_ENROLLMENT_START_DATE_FILTERING = True
CORS_ORIGIN_WHITELIST = [*CORS_ORIGIN_WHITELIST, LMS_ROOT_URL]

{{ patch("openedx-lms-production-settings") }}
