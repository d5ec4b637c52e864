"""Base settings of the service."""

from sandbox.base_settings import *

SERVICE_VARIANT = "cms"
ROOT_URLCONF = "cms.urls"
CELERY_DEFAULT_QUEUE = "edx.cms.core.default"
