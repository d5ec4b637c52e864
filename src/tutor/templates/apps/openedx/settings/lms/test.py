# Rendered by tutor: change settings or a plugin instead. For the unit tests of the platform, in a container.
import os

os.environ.setdefault("EDXAPP_TEST_MONGO_HOST", {{ MONGODB_HOST|python_literal }})
os.environ.setdefault("EDXAPP_TEST_MONGO_PORT", {{ MONGODB_PORT|string|python_literal }})

from lms.envs.test import *

{% include "apps/openedx/settings/partials/features.py" %}
