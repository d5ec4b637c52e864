"""What the core contributes to its own hooks, as a plugin does: plugins see and change it."""

from __future__ import annotations

import functools
import importlib
import os
from typing import TYPE_CHECKING, Any

from tutor.config.table import core_settings
from tutor.core.hooks import CORE, Context, Registry, activate, current
from tutor.env import functions, patterns
from tutor.env.render import CORE_TARGETS
from tutor.hooks import Filters
from tutor.jobs import core as core_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutor.core.hooks import Filter, Origin
    from tutor.types import Config

#: Of all that the core contributes.
CONTEXT = Context("core")
#: Images that can be built: name → setting with the full name, folder in the environment.
BUILT = {
    "openedx": ("DOCKER_IMAGE_OPENEDX", "build/openedx"),
    "permissions": ("DOCKER_IMAGE_PERMISSIONS", "build/permissions"),
}
#: Images that registries have: name → the switch without which nothing runs them.
_PULLED = {
    "caddy": None,
    "meilisearch": "RUN_MEILISEARCH",
    "mongodb": "RUN_MONGODB",
    "mysql": "RUN_MYSQL",
    "redis": "RUN_REDIS",
    "smtp": "RUN_SMTP",
    "openedx": None,
    "permissions": None,
}


def core_registry() -> Registry:
    """A registry that holds what the core contributes, and nothing else."""
    with activate(Registry()) as registry:
        contribute()
    return registry


def contribute() -> None:
    """Add everything that the core contributes to the current registry."""
    with CONTEXT.enter():
        _contribute()


def _contribute() -> None:
    core_jobs.contribute()
    settings = core_settings().items()
    _add(Filters.CONFIG_DEFAULTS, *((name, s.default) for name, s in settings if not s.unique))
    _add(Filters.CONFIG_UNIQUE, *((name, s.default) for name, s in settings if s.unique))
    _add(Filters.ENV_PATTERNS_IGNORE, *patterns.IGNORED)
    _add(Filters.ENV_TEMPLATE_TARGETS, *CORE_TARGETS)
    _add(Filters.ENV_TEMPLATE_VARIABLES, *functions.VARIABLES.items())
    _add(Filters.LMS_WORKER_COMMAND, *functions.celery("lms", ("default", "high", "high_mem")))
    _add(Filters.CMS_WORKER_COMMAND, *functions.celery("cms", ("default", "high", "low")))
    _compute(Filters.ENV_TEMPLATE_FILTERS, _template_filters)
    _compute(Filters.MOUNTED_DIRECTORIES, _mounted_directories)
    _compute(Filters.COMPOSE_MOUNTS, _compose_mounts)
    _compute(Filters.IMAGES_BUILD_MOUNTS, _build_mounts)
    _compute(Filters.IMAGES_BUILD, _images_to_build)
    _compute(Filters.IMAGES_BUILD_REQUIRED, _images_required)
    _compute(Filters.IMAGES_PULL, _images_to_pull)
    _compute(Filters.IMAGES_PUSH, _images_to_push)
    _compute(Filters.APP_PUBLIC_HOSTS, _public_hosts)
    # Commands stand above: their module is looked up when somebody asks for them.
    _compute(Filters.CLI_COMMANDS, functools.partial(_commands, "commands"))
    _compute(Filters.CLI_DO_COMMANDS, functools.partial(_commands, "jobs"))


def taken_away(config: Config) -> Iterator[tuple[str, Origin]]:
    """What plugins take away from the core or put something else in the place of, in words, and who does so.

    Args:
        config: all settings.
    """
    for what, handle, *arguments in (
        ("the setting", Filters.CONFIG_DEFAULTS),
        ("the generated setting", Filters.CONFIG_UNIQUE),
        ("the build of image", Filters.IMAGES_BUILD, config),
        ("the pull of image", Filters.IMAGES_PULL, config),
        ("the push of image", Filters.IMAGES_PUSH, config),
        ("the required image", Filters.IMAGES_BUILD_REQUIRED, "dev"),
        ("the public host", Filters.APP_PUBLIC_HOSTS, "local"),
        ("the target", Filters.ENV_TEMPLATE_TARGETS),
        ("the ignored pattern", Filters.ENV_PATTERNS_IGNORE),
        ("the filter", Filters.ENV_TEMPLATE_FILTERS),
        ("the variable", Filters.ENV_TEMPLATE_VARIABLES),
        ("the mounted folder", Filters.MOUNTED_DIRECTORIES),
        ("the init task in", Filters.CLI_DO_INIT_TASKS),
        ("the job", Filters.CLI_DO_COMMANDS),
        ("a word of the LMS worker's command:", Filters.LMS_WORKER_COMMAND),
        ("a word of the CMS worker's command:", Filters.CMS_WORKER_COMMAND),
    ):
        for item, origin in _gone(handle, *arguments):
            yield f"{what} {item}", origin


def _gone(handle: Filter[Any, Any], *arguments: Any) -> Iterator[tuple[str, Origin]]:
    for item, origin in handle.taken_away(*arguments):
        name = item[0] if isinstance(item, tuple) else getattr(item, "name", item)
        yield str(name), origin


def _add(handle: Filter[Any, Any], *items: Any) -> None:
    current().add(handle, items=items, origin=CORE)


def _compute(handle: Filter[Any, Any], callback: Callable[..., list[Any]]) -> None:
    """Contribute what takes time to import, or depends on settings."""
    current().add(handle, callback=callback, origin=CORE)


def _template_filters(filters: list[Any]) -> list[Any]:
    from tutor.env import helpers

    return [*filters, *helpers.FILTERS.items()]


def _mounted_directories(patterns: list[Any]) -> list[Any]:
    from tutor import bindmount

    return [*patterns, *bindmount.INSTALLED]


def _compose_mounts(mounts: list[Any], name: str) -> list[Any]:
    from tutor import bindmount

    return bindmount.mounts_by_name(mounts, name)


def _build_mounts(mounts: list[Any], name: str) -> list[Any]:
    from tutor import bindmount

    return bindmount.contexts_by_name(mounts, name)


def _images_to_build(images: list[Any], config: Config) -> list[Any]:
    built = [(name, folder, config[setting], ()) for name, (setting, folder) in BUILT.items()]
    # The platform's image for developers: it is in no registry, and its user is the one of this machine.
    arguments = ("--target=development", f"--build-arg=APP_USER_ID={os.getuid() or 1000}")
    folder = BUILT["openedx"][1]
    return [*images, *built, ("openedx-dev", folder, config["DOCKER_IMAGE_OPENEDX_DEV"], arguments)]


def _images_required(images: list[str], app: str) -> list[str]:
    return [*images, *(["openedx-dev"] if app == "dev" else [])]


def _images_to_pull(images: list[Any], config: Config) -> list[Any]:
    run = (name for name, switch in _PULLED.items() if switch is None or config[switch])
    return [*images, *((name, config[f"DOCKER_IMAGE_{name.upper()}"]) for name in run)]


def _images_to_push(images: list[Any], config: Config) -> list[Any]:
    return [*images, *((name, config[setting]) for name, (setting, _) in BUILT.items())]


def _public_hosts(hosts: list[str], app: str) -> list[str]:
    ports = {"LMS_HOST": ":8000", "CMS_HOST": ":8001"} if app == "dev" else {"LMS_HOST": "", "CMS_HOST": ""}
    return [*hosts, *(f"{{{{ {setting} }}}}{port}" for setting, port in ports.items())]


def _commands(which: str, commands: list[Any]) -> list[Any]:
    module = importlib.import_module("tutor.commands.core")
    return [*commands, *getattr(module, which)()]
