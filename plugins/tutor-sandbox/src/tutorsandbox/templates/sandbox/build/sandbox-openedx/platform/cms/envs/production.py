"""Base settings and the values of the file that CMS_CFG names."""

from cms.envs.common import *
from sandbox.env_file import load

load("CMS_CFG", globals())
