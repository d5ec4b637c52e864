"""Base settings and the values of the file that LMS_CFG names."""

from openedx.core.lib.derived import derive_settings
from sandbox.env_file import load

from lms.envs.common import *

load("LMS_CFG", globals())
derive_settings(__name__)
