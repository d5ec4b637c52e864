"""Base settings for tests: nothing outside the process but the document store that the environment names."""

import os

from openedx.core.lib.derived import derive_settings
from openedx.core.lib.features_setting_proxy import FeaturesProxy

from lms.envs.common import *

FEATURES = FeaturesProxy(globals())
CELERY_ALWAYS_EAGER = True
LMS_BASE = "localhost:8000"
LMS_ROOT_URL = f"http://{LMS_BASE}"
CMS_BASE = "localhost:8001"
CMS_ROOT_URL = f"http://{CMS_BASE}"
MONGO_HOST = os.environ.get("EDXAPP_TEST_MONGO_HOST", "localhost")
MONGO_PORT = int(os.environ.get("EDXAPP_TEST_MONGO_PORT", "27017"))

derive_settings(__name__)
