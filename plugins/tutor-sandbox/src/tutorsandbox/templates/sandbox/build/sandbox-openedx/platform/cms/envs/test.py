"""Base settings for tests: nothing outside the process."""

from cms.envs.common import *

CELERY_ALWAYS_EAGER = True
