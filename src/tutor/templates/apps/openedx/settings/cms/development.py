# Rendered by tutor: change settings or a plugin instead.
from cms.envs.devstack import *

{% include "apps/openedx/settings/partials/features.py" %}

{% include "apps/openedx/settings/partials/development_addresses.py" %}

{% with development = true %}{% include "apps/openedx/settings/partials/common_cms.py" %}{% endwith %}

{%- if RUN_MEILISEARCH %}
MEILISEARCH_PUBLIC_URL = {{ ("http://" ~ MEILISEARCH_HOST ~ ":7700")|python_literal }}
{%- endif %}
SOCIAL_AUTH_EDX_OAUTH2_KEY = {{ CMS_OAUTH2_KEY_SSO_DEV|python_literal }}
WEBPACK_CONFIG_PATH = "webpack.dev.config.js"

{{ patch("openedx-development-settings") }}
{{ patch("openedx-cms-development-settings") }}
