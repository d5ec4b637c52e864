"""celery --app=lms.celery"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.envs.tutor.production")

from sandbox.worker import APP

__all__ = ["APP"]
