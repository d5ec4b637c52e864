{% include "build/openedx/settings/partials/build.py" %}

{{ patch("openedx-common-i18n-settings") }}
