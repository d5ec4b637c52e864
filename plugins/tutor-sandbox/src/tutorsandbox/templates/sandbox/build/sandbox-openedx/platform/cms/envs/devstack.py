"""Production settings for development."""

from openedx.core.lib.derived import derive_settings
from openedx.core.lib.features_setting_proxy import FeaturesProxy

from cms.envs.production import *

FEATURES = FeaturesProxy(globals())
DEBUG = True

derive_settings(__name__)
