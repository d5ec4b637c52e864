"""Base settings for tests: nothing outside the process."""

from lms.envs.common import *

CELERY_ALWAYS_EAGER = True
