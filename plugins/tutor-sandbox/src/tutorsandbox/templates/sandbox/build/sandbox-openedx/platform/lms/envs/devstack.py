"""Production settings for development."""

from lms.envs.production import *

DEBUG = True
