"""Base settings and the values of the file that LMS_CFG names."""

from lms.envs.common import *
from sandbox.env_file import load

load("LMS_CFG", globals())
