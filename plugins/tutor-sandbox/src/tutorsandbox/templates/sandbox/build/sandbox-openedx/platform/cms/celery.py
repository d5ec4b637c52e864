"""celery --app=cms.celery"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.envs.tutor.production")

from sandbox.worker import APP

__all__ = ["APP"]
