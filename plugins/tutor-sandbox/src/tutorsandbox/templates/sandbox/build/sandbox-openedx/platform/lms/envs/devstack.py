"""Production settings for development."""

from openedx.core.lib.derived import derive_settings
from openedx.core.lib.features_setting_proxy import FeaturesProxy

from lms.envs.production import *

FEATURES = FeaturesProxy(globals())
DEBUG = True
FEATURES["ENABLE_ENTERPRISE_INTEGRATION"] = True
SYSTEM_WIDE_ROLE_CLASSES = [
    *SYSTEM_WIDE_ROLE_CLASSES,
    "enterprise.SystemWideEnterpriseUserRoleAssignment",
    "system_wide_roles.SystemWideRoleAssignment",
]

derive_settings(__name__)
