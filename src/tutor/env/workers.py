"""Commands of the workers, as templates ask for them: the platform's, as plugins leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _lms_celery_parameters() -> Iterator[str]:
    default = _celery("lms", ("default", "high", "high_mem"))
    yield from Filters.LMS_WORKER_COMMAND.apply(default)


def _cms_celery_parameters() -> Iterator[str]:
    default = _celery("cms", ("default", "high", "low"))
    yield from Filters.CMS_WORKER_COMMAND.apply(default)


def _celery(service: str, queues: tuple[str, ...]) -> list[str]:
    """The command of a worker, as the platform expects it: queues are part of its settings."""
    names = ",".join(f"edx.{service}.core.{queue}" for queue in queues)
    return [
        "celery",
        f"--app={service}.celery",
        "worker",
        "--loglevel=info",
        f"--hostname=edx.{service}.core.default.%h",
        f"--queues={names}",
        "--max-tasks-per-child=100",
        "--prefetch-multiplier=1",
        "--without-gossip",
        "--without-mingle",
    ]


#: Name in templates → words of the command.
COMMANDS: dict[str, Callable[[], Iterator[str]]] = {
    "iter_cms_celery_parameters": _cms_celery_parameters,
    "iter_lms_celery_parameters": _lms_celery_parameters,
}
