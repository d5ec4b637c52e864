"""Runs the settings modules of an environment on a stand-in of the platform, and tells what each one changes.

Run as a script, in a process of its own: ``python standin.py ENV``. It prints JSON: module → changes.
The stand-in has just what a deployment touches; the real platform has two thousand settings more.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

SERVICES = ("lms", "cms")
MODULES = ("production", "development")
HISTORY = "lms.djangoapps.coursewarehistoryextended"
HISTORY_ROUTER = "openedx.core.lib.django_courseware_routers.StudentModuleHistoryExtendedRouter"


def common() -> dict[str, Any]:
    """Settings of the platform before a deployment's."""
    return {
        "CODE_JAIL": {},
        "CORS_ORIGIN_WHITELIST": [],
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
        "SYSTEM_WIDE_ROLE_CLASSES": ["enterprise.SystemWideEnterpriseUserRoleAssignment"],
        "VIDEO_IMAGE_SETTINGS": {"STORAGE_KWARGS": {}},
        "VIDEO_TRANSCRIPTS_SETTINGS": {"STORAGE_KWARGS": {}},
    }


def changes(env: Path, service: str, name: str) -> dict[str, Any]:
    """What a settings module changes of the module that it stands on."""
    for module in [m for m in sys.modules if m.split(".")[0] in (*SERVICES, "codejail")]:
        del sys.modules[module]
    tokens = yaml.safe_load((env / f"apps/openedx/config/{service}.env.yml").read_text())
    base = {**common(), **tokens, "ENV_TOKENS": tokens}
    package(service)
    package(f"{service}.envs")
    package(f"{service}.envs.tutor", str(env / "apps/openedx/settings" / service))
    for module in ("production", "devstack"):
        vars(package(f"{service}.envs.{module}")).update(base)
    calls: list[Any] = []
    package("codejail")
    vars(package("codejail.jail_code"))["configure"] = lambda *a, **k: calls.append([*a, k])
    before = copy.deepcopy(base)
    after = vars(importlib.import_module(f"{service}.envs.tutor.{name}"))
    changed = {k: v for k, v in after.items() if k.isupper() and (k not in before or before[k] != v)}
    return {**changed, "codejail.configure": calls} if calls else changed


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
    found = {f"settings.{s}.{m}": changes(env, s, m) for s in SERVICES for m in MODULES}
    json.dump(found, sys.stdout, default=repr)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(Path(sys.argv[1]))
