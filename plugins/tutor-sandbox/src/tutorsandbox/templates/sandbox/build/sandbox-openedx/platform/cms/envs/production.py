"""Base settings and the values of the file that CMS_CFG names."""

from openedx.core.lib.derived import derive_settings
from sandbox.env_file import load

from cms.envs.common import *

load("CMS_CFG", globals())
derive_settings(__name__)
