"""A second queue for the plugin celery."""

from tutorcelery.hooks import CELERY_WORKERS_CONFIG


@CELERY_WORKERS_CONFIG.add()
def more(queues):
    """Long tasks of the LMS wait in a queue of their own."""
    queues["lms"]["long"] = {"min_replicas": 0, "max_replicas": 2, "list_length": 5, "enable_keda": False}
    return queues
