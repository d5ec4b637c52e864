"""The Celery application of both services. Its configuration is the CELERY_* settings, as on the real platform."""

from celery import Celery

APP = Celery("sandbox")
APP.config_from_object("django.conf:settings", namespace="CELERY")


@APP.on_configure.connect
def set_broker(sender, **kwargs):
    from django.conf import settings

    sender.conf.broker_url = settings.BROKER_URL
    sender.conf.task_default_queue = settings.CELERY_DEFAULT_QUEUE
    sender.conf.broker_connection_retry_on_startup = True


@APP.task(name="sandbox.record")
def record(service, *arguments):
    """Write a row to the journal: a way to see that a worker works."""
    from sandbox.journal import record as write

    write(service, ["(task)", *arguments], 0, 0.0)
