# Rendered by tutor: change settings or a plugin instead.
from cms.envs.production import *

{% include "apps/openedx/settings/partials/features.py" %}

{% with development = false %}{% include "apps/openedx/settings/partials/common_cms.py" %}{% endwith %}

ALLOWED_HOSTS = [{{ CMS_HOST|python_literal }}, "cms"]
CORS_ORIGIN_WHITELIST = [*CORS_ORIGIN_WHITELIST, CMS_ROOT_URL]

{{ patch("openedx-cms-production-settings") }}
