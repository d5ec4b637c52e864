"""Variables of templates that the core contributes: commands of the workers, mounted folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.env import plain
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _lms_celery_parameters() -> Iterator[str]:
    yield from Filters.LMS_WORKER_COMMAND.apply([])


def _cms_celery_parameters() -> Iterator[str]:
    yield from Filters.CMS_WORKER_COMMAND.apply([])


def celery(service: str, queues: tuple[str, ...]) -> tuple[str, ...]:
    """The command of a worker, as the platform expects it: queues are part of its settings."""
    names = ",".join(f"edx.{service}.core.{queue}" for queue in queues)
    return (
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
    )


def iter_mounts(user_mounts: list[str], *names: str) -> Iterator[str]:
    """Yield ``host:container`` for the mounts that belong to some services; folders are looked at."""
    if user_mounts:
        from tutor import bindmount

        yield from bindmount.iter_mounts(user_mounts, *names)


def iter_mounted_directories(user_mounts: list[str], image: str) -> Iterator[str]:
    """Yield the names of the mounted folders that an image installs; folders are looked at."""
    if user_mounts:
        from tutor import bindmount

        yield from bindmount.iter_mounted_directories(user_mounts, image)


#: Name in templates → words of the command.
COMMANDS: dict[str, Callable[[], Iterator[str]]] = {
    "iter_cms_celery_parameters": _cms_celery_parameters,
    "iter_lms_celery_parameters": _lms_celery_parameters,
}
#: Name in templates → function that looks at folders of this machine.
LOOKING: dict[str, Callable[..., Iterator[str]]] = {
    "iter_mounted_directories": iter_mounted_directories,
    "iter_mounts": iter_mounts,
}
#: What the core contributes to `ENV_TEMPLATE_VARIABLES`.
VARIABLES: dict[str, Any] = {**plain.CONSTANTS, **COMMANDS, **LOOKING}
