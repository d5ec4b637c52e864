{% include "build/openedx/settings/partials/build.py" %}

ENABLE_COMPREHENSIVE_THEMING = True
COMPREHENSIVE_THEME_DIRS = ["/openedx/themes"]

{{ patch("openedx-common-assets-settings") }}
