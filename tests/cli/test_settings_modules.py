"""All settings modules can be imported on a platform as strict as the real one; FEATURES are their own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import effect, settings_modules
from tests.kit import Session, write
from tutor import serialize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERY = {f"{s}.{m}" for s in settings_modules.SERVICES for m in settings_modules.MODULES}
SOUND: dict[str, list[str]] = {name: [] for name in EVERY}
VARIANTS = effect.variants()
#: Assigns features as plugins do, at every patch point of the settings.
FLAGS = """
from tutor import hooks
for name in (
    "openedx-common-settings", "openedx-common-assets-settings", "openedx-common-i18n-settings",
    "openedx-lms-production-settings", "openedx-cms-production-settings", "openedx-development-settings",
):
    hooks.Filters.ENV_PATCHES.add_item((name, 'FEATURES["ENABLE_COURSE_DISCOVERY"] = "from a plugin"'))
"""


def faults(env: Path) -> dict[str, list[str]]:
    """What is wrong with each module of an environment."""
    command = [sys.executable, settings_modules.__file__, str(env)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def saved(session: Session, saved_project: Path) -> Callable[..., Path]:
    """Makes an environment with some settings."""

    def save(**settings: object) -> Path:
        shutil.copytree(saved_project, session.root, dirs_exist_ok=True)
        config = {**serialize.load((session.root / "config.yml").read_text()), **settings}
        (session.root / "config.yml").write_text(serialize.dumps(config))
        session.tutor("config", "save")
        return session.root / "env"

    return save


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_modules_are_complete(variant: str, saved: Callable[..., Path]) -> None:
    assert faults(saved(**VARIANTS[variant])) == SOUND


def test_features_of_plugins_are_settings(session: Session, saved: Callable[..., Path]) -> None:
    env = saved()
    write(session.plugins_root / "flags.py", FLAGS)
    session.tutor("plugins", "enable", "flags")
    assert faults(env) == SOUND


def test_an_address_that_is_missing_is_seen(saved: Callable[..., Path]) -> None:
    """The real platform could not be built: addresses are made of one that is None in it."""
    env = saved()
    for module in (env / "build/openedx/settings").rglob("*.py"):
        write(module, re.sub(r"^LMS_ROOT_URL.*\n", "", module.read_text(), flags=re.MULTILINE))
    found = faults(env)
    assert {name for name, wrong in found.items() if wrong} == {
        n for n in EVERY if n.endswith(("assets", "i18n"))
    }


def test_features_of_another_module_are_seen(saved: Callable[..., Path]) -> None:
    """Course discovery was on in the settings and off in the features that the platform's code reads."""
    env = saved()
    module = env / "apps/openedx/settings/lms/production.py"
    write(module, module.read_text().replace("FEATURES = FeaturesProxy(globals())", "pass"))
    found = faults(env)
    assert any("FEATURES['ENABLE_COURSE_DISCOVERY']" in fault for fault in found["lms.production"])
    assert not found["cms.production"]
