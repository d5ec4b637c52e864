"""Runs all settings modules of an environment on the sandbox's platform, and tells what is wrong with them.

Run as a script, in a process of its own: ``python settings_modules.py ENV``. It prints JSON: module → faults.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

SANDBOX = Path(__file__).parent.parent / "plugins/tutor-sandbox/src/tutorsandbox/templates/sandbox/build"
PLATFORM = SANDBOX / "sandbox-openedx/platform"
SERVICES = ("lms", "cms")
#: Modules of each service, and where they lie in the environment.
MODULES = {
    "production": "apps",
    "development": "apps",
    "test": "apps",
    "assets": "build",
    "i18n": "build",
}


def faults(env: Path, service: str, name: str) -> list[str]:
    """What is wrong with a module: it cannot be imported, is not complete, or FEATURES are another's.

    Args:
        env: the environment.
        service: ``lms`` or ``cms``.
        name: of the module.
    """
    for module in [m for m in sys.modules if m.split(".")[0] in (*SERVICES, "sandbox", "openedx")]:
        del sys.modules[module]
    os.environ[f"{service.upper()}_CFG"] = str(env / f"apps/openedx/config/{service}.env.yml")
    package = importlib.import_module(f"{service}.envs.tutor")
    package.__path__ = [str(env / MODULES[name] / "openedx/settings" / service)]
    try:
        settings = importlib.import_module(f"{service}.envs.tutor.{name}")
    except Exception as error:  # noqa: BLE001 (whatever it is, the platform would not start)
        return [f"{type(error).__name__}: {error}"]
    return list(_faults(settings, service))


def _faults(settings: Any, service: str) -> Any:
    from openedx.core.lib.derived import Derived

    facts = importlib.import_module("sandbox.base").facts(service)
    names = {n for n in vars(settings) if n.isupper()}
    yield from (f"{name} is gone" for name in facts if name not in names)
    for name in sorted(names - {"FEATURES"}):
        value = getattr(settings, name)
        if isinstance(value, Derived):
            yield f"{name} is not derived"
        if settings.FEATURES.get(name) is not value:
            yield f"FEATURES[{name!r}] is {settings.FEATURES.get(name)!r}, and the setting {value!r}"
    if not settings.LMS_ROOT_URL:
        yield "LMS_ROOT_URL is not set"


def main(env: Path) -> None:
    """Print what is wrong with each module."""
    # The modules make their data folders: not here.
    os.makedirs = lambda *_, **__: None
    sys.path[0] = str(PLATFORM)
    json.dump({f"{s}.{m}": faults(env, s, m) for s in SERVICES for m in MODULES}, sys.stdout)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(Path(sys.argv[1]))
