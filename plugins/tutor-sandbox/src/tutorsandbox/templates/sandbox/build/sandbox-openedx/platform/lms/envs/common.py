"""Base settings of the service."""

from sandbox.base_settings import *

SERVICE_VARIANT = "lms"
ROOT_URLCONF = "lms.urls"
CELERY_DEFAULT_QUEUE = "edx.lms.core.default"
