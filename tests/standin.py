"""Runs the settings modules of an environment on a stand-in of the platform, and tells what each one changes.

Run as a script, in a process of its own: ``python standin.py ENV``. It prints JSON: module → changes.
The stand-in has just what a deployment touches; the real platform has two thousand settings more.
"""

from __future__ import annotations

import builtins
import copy
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = ("lms", "cms")
MODULES = ("production", "development")
HISTORY = "lms.djangoapps.coursewarehistoryextended"
HISTORY_ROUTER = "openedx.core.lib.django_courseware_routers.StudentModuleHistoryExtendedRouter"


def common() -> dict[str, Any]:
    """Settings of the platform before a deployment's."""
    return {
        "AUTHENTICATION_BACKENDS": [],
        "CODE_JAIL": {},
        "CORS_ORIGIN_WHITELIST": [],
        "CSRF_TRUSTED_ORIGINS": [],
        "DATABASE_ROUTERS": [HISTORY_ROUTER],
        "IDA_LOGOUT_URI_LIST": [],
        "INSTALLED_APPS": ["common.djangoapps.student", "django.contrib.auth", HISTORY],
        "JWT_AUTH": {},
        "LOGGING": {
            "version": 1,
            "formatters": {},
            "handlers": {"console": {}},
            "loggers": {"tracking": {}},
        },
        "LOGIN_REDIRECT_WHITELIST": [],
        "MEDIA_ROOT": "",
        "MIDDLEWARE": [],
        "MODULESTORE": {
            "default": {
                "ENGINE": "mixed",
                "OPTIONS": {
                    "mappings": {},
                    "stores": [
                        {"NAME": "split", "ENGINE": "split", "OPTIONS": {"collection": "modulestore"}},
                        {"NAME": "draft", "ENGINE": "draft", "OPTIONS": {}},
                    ],
                },
            }
        },
        "OPENEDX_LEARNING": {},
        "PROFILE_IMAGE_BACKEND": {"class": "x", "options": {}},
        "REGISTRATION_EXTRA_FIELDS": {},
        "STATIC_ROOT": "/openedx/staticfiles",
        "STORAGES": {"default": {}, "staticfiles": {}},
        "SYSTEM_WIDE_ROLE_CLASSES": ["enterprise.SystemWideEnterpriseUserRoleAssignment"],
        "TEMPLATES": [{"DIRS": [], "OPTIONS": {"context_processors": []}}],
        "VIDEO_IMAGE_SETTINGS": {"STORAGE_KWARGS": {}},
        "VIDEO_TRANSCRIPTS_SETTINGS": {"STORAGE_KWARGS": {}},
    }


class FeaturesProxy(MutableMapping[str, Any]):
    """What the platform calls FEATURES: the namespace of the module that made it."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace

    def __getitem__(self, name: str) -> Any:
        return self._namespace[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._namespace[name] = value

    def __delitem__(self, name: str) -> None:
        del self._namespace[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._namespace)

    def __len__(self) -> int:
        return len(self._namespace)


class Anything:
    """What modules use and is not here: settings of the platform, and what packages have.

    Args:
        name: its expression.
    """

    #: What was done to some, in order.
    done: ClassVar[list[str]] = []

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(f"{self._name}.{name}")

    def __getitem__(self, key: object) -> Anything:
        return Anything(f"{self._name}[{key!r}]")

    def __setitem__(self, key: object, value: object) -> None:
        self.done.append(f"{self._name}[{key!r}] = {value!r}")

    def __call__(self, *arguments: Any, **options: Any) -> Anything:
        given = [*map(repr, arguments), *(f"{name}={value!r}" for name, value in options.items())]
        self.done.append(f"{self._name}({', '.join(given)})")
        return Anything(self.done[-1])

    def __iter__(self) -> Iterator[Anything]:
        return iter(())

    def __contains__(self, item: object) -> bool:
        return False

    def __iadd__(self, more: object) -> Anything:
        return Anything(f"{self._name} + {more!r}")

    __add__ = __iadd__

    def __repr__(self) -> str:
        return self._name


class Missing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds packages that are not installed, and what is in them."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Any module, but for those that a deployment is to bring along."""
        ours = name.partition(".")[0] in (*SERVICES, "codejail")
        return None if ours else importlib.machinery.ModuleSpec(name, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        """Whatever is asked of it, it has."""
        vars(module)["__getattr__"] = Anything(module.__name__).__getattr__


def changes(env: Path, service: str, name: str) -> dict[str, Any]:
    """What a settings module changes of the module that it stands on."""
    while True:
        before, done = _prepared(env, service)
        try:
            after = vars(importlib.import_module(f"{service}.envs.tutor.{name}"))
        except NameError as error:
            # A setting of the platform that is not in the stand-in.
            if error.name is None or hasattr(builtins, error.name):
                raise
            setattr(builtins, error.name, Anything(error.name))
            continue
        changed = {k: v for k, v in after.items() if k.isupper() and (k not in before or before[k] != v)}
        for mapping in ("FEATURES", "ENV_TOKENS"):  # what is in them are settings themselves
            changed.pop(mapping, None)
        if Anything.done:
            changed["done"] = list(Anything.done)
        return {**changed, "codejail.configure": done} if done else changed


def _prepared(env: Path, service: str) -> tuple[dict[str, Any], list[Any]]:
    """Make the modules on which an environment's stand; their settings, and the calls that they will see."""
    for module in [m for m in sys.modules if m.split(".")[0] in (*SERVICES, "codejail")]:
        del sys.modules[module]
    Anything.done.clear()
    tokens = yaml.safe_load((env / f"apps/openedx/config/{service}.env.yml").read_text())
    features = tokens.pop("FEATURES")
    base = {**common(), **tokens, **features, "ENV_TOKENS": tokens}
    package(service)
    package(f"{service}.envs")
    package(f"{service}.envs.tutor", str(env / "apps/openedx/settings" / service))
    for module in ("production", "devstack"):
        namespace = vars(package(f"{service}.envs.{module}"))
        namespace |= base
        namespace["FEATURES"] = FeaturesProxy(namespace)
    calls: list[Any] = []
    package("codejail")
    vars(package("codejail.jail_code"))["configure"] = lambda *a, **k: calls.append([*a, k])
    return copy.deepcopy(base), calls


def package(name: str, *path: str) -> ModuleType:
    """A module that can be imported; with a path, what lies there as well."""
    module = ModuleType(name)
    module.__path__ = list(path)
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
    return module


def main(env: Path) -> None:
    """Print what each module changes."""
    # The modules make their data folders: not here.
    os.makedirs = lambda *_, **__: None
    sys.meta_path.append(Missing())
    for name in ("openedx", "openedx.core", "openedx.core.lib", "openedx.core.lib.features_setting_proxy"):
        package(name)
    vars(sys.modules["openedx.core.lib.features_setting_proxy"])["FeaturesProxy"] = FeaturesProxy
    # The classes of some warnings are not here.
    warnings.filterwarnings = lambda *_, **__: None
    found = {f"settings.{s}.{m}": changes(env, s, m) for s in SERVICES for m in MODULES}
    json.dump(found, sys.stdout, default=repr)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(Path(sys.argv[1]))
