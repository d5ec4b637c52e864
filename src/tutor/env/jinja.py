"""The Jinja environment: names are settings, resolved when a template asks for them."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.runtime import Context
from jinja2.utils import missing

from tutor import __about__, bindmount
from tutor.config import sizes
from tutor.env import helpers
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutor.config.resolve import Resolver


class SettingsContext(Context):
    """A template's names: its own variables first, then the environment's, then settings."""

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name, or Jinja's mark for a missing one."""
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        settings: Resolver = self.environment.settings  # type: ignore[attr-defined]  # ours, below
        return settings.get(key, missing)


class SettingsEnvironment(jinja2.Environment):
    """Jinja with strict undefined names and our filters and globals."""

    context_class = SettingsContext
    settings: Resolver

    def __init__(self, roots: Sequence[str]) -> None:
        super().__init__(
            loader=jinja2.FileSystemLoader(list(roots)),
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            cache_size=-1,
        )
        self.roots = tuple(roots)
        # As itself, not as a pair of surrogates, which YAML does not read as JSON does.
        self.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}
        self.filters.update(helpers.FILTERS)
        self.filters["walk_templates"] = self.walk_templates
        self.globals.update(
            HOST_USER_ID=os.getuid(),
            TUTOR_APP=__about__.__app__.replace("-", "_"),
            TUTOR_VERSION=__about__.__interface_version__,
            TUTOR_VERSION_MAJOR=int(__about__.__interface_version__.split(".")[0]),
            TUTOR_VERSION_MINOR=int(__about__.__interface_version__.split(".")[1]),
            TUTOR_BRANCH_IS_MAIN=bool(__about__.__version_suffix__),
            default_limit=self._default_limit,
            default_workers=self._default_workers,
            iter_cms_celery_parameters=_cms_celery_parameters,
            iter_lms_celery_parameters=_lms_celery_parameters,
            iter_mounts=bindmount.iter_mounts,
            iter_mounted_directories=_mounted_directories,
            iter_values_named=self.iter_values_named,
            resources=self.resources,
            rsa_import_key=helpers.rsa_import_key,
        )
        for name, function in Filters.ENV_TEMPLATE_FILTERS.iterate():
            self.filters[name] = function
        for name, value in Filters.ENV_TEMPLATE_VARIABLES.iterate():
            self.globals[name] = value

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """Compile a template; a backslash too few in a plugin's is not for users to read about."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="invalid escape sequence|.*invalid escape sequence")
            return super().compile(*args, **kwargs)

    def walk_templates(self, subdir: str) -> Iterator[str]:
        """Yield the names of the templates in a folder, those of all roots."""
        seen = set()
        for root in self.roots:
            for folder, folders, files in os.walk(os.path.join(root, subdir)):
                folders.sort()
                for file in sorted(files):
                    name = os.path.relpath(os.path.join(folder, file), root).replace(os.sep, "/")
                    if name not in seen:
                        seen.add(name)
                        yield name

    def iter_values_named(
        self, prefix: str | None = None, suffix: str | None = None, allow_empty: bool = False
    ) -> Iterator[Any]:
        """Yield the values of settings by what their names start and end with."""
        for name in list(self.settings):
            if name.startswith(prefix or "") and name.endswith(suffix or ""):
                value = self.settings[name]
                if value or allow_empty:
                    yield value

    def resources(self, service: str) -> sizes.Resources:
        """Memory and CPU of a service, as keys of Compose or Kubernetes."""
        return sizes.resources(service, self.settings.__getitem__)

    def _default_limit(self, service: str, kind: str) -> str:
        return sizes.default_limit(self.settings["PLATFORM_SIZE"], service, kind)

    def _default_workers(self) -> int:
        return sizes.SIZES[self.settings["PLATFORM_SIZE"]].workers


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


def _mounted_directories(mounts: list[str], image_name: str) -> Iterator[str]:
    seen = set()
    for mount in mounts:
        for _, host, _ in bindmount.parse_mount(mount):
            name = os.path.basename(host)
            if name not in seen and image_name in bindmount.installing_images(host):
                seen.add(name)
                yield name
