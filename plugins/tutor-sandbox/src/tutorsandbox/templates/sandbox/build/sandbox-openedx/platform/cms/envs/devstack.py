"""Production settings for development."""

from cms.envs.production import *

DEBUG = True
