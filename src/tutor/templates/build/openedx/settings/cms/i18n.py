# Rendered by tutor: change settings or a plugin instead.
from cms.envs.common import *
from openedx.core.lib.derived import derive_settings

{% include "apps/openedx/settings/partials/features.py" %}

{% include "build/openedx/settings/partials/i18n.py" %}

derive_settings(__name__)
