"""The table of settings: the values that plugins and users rely on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.kit import DATA
from tutor.config.settings import core
from tutor.config.table import GROUPS, core_settings
from tutor.config.values import check

FACTS: dict[str, dict[str, Any]] = json.loads((DATA / "contract/config.json").read_text())


@pytest.mark.parametrize("name", FACTS["defaults"])
def test_default(name: str) -> None:
    """As published plugins know it, of the same type."""
    setting = core_settings()[name]
    assert not setting.unique
    assert (setting.default, type(setting.default)) == (
        FACTS["defaults"][name],
        type(FACTS["defaults"][name]),
    )


@pytest.mark.parametrize("name", FACTS["unique"])
def test_unique(name: str) -> None:
    """Generated the same way, once."""
    setting = core_settings()[name]
    assert setting.unique
    assert setting.default == FACTS["unique"][name]


def test_there_are_no_others() -> None:
    """Besides those of size and Kubernetes, and what is ours: the order of plugins, images, generations."""
    ours = {setting.name for group in ("Kubernetes", "Size") for setting in GROUPS[group]}
    at_once = {"IMAGES_PULLED_AT_ONCE", "IMAGES_BUILT_AT_ONCE"}
    known = {*FACTS["defaults"], *FACTS["unique"], *at_once}
    known |= {"PLUGINS", "KEPT_GENERATIONS", "OPENEDX_BASE_IMAGE"}
    assert set(core_settings()) - (ours - {"K8S_NAMESPACE"}) == known
    assert core_settings()["PLUGINS"].default == []


@pytest.mark.parametrize("setting", core_settings().values(), ids=lambda setting: setting.name)
def test_each_is_documented_and_right(setting: Any) -> None:
    """One sentence; and the default passes the check that a user's value must pass."""
    assert re.fullmatch(r"[A-Z].*\.", setting.doc)
    assert len(setting.doc) < 100
    if not (isinstance(setting.default, str) and "{" in setting.default):
        assert check(setting._replace(default=None), setting.default) == setting.default


def test_groups_do_not_overlap() -> None:
    """The reference page names each setting once."""
    names = [setting.name for group in GROUPS.values() for setting in group]
    assert len(names) == len(set(names)) == len(core_settings())


def test_secrets_are_marked() -> None:
    """Everything that is named like one is one."""
    for name, setting in core_settings().items():
        if re.search(r"PASSWORD|SECRET(?!_NAME)|_ACCESS_KEY$|PRIVATE_KEY|MASTER_KEY|API_KEY$", name):
            assert setting.secret, name


def test_the_core_alone() -> None:
    """Unique settings have no value until one is generated."""
    settings = core()
    assert set(settings.missing_unique()) == set(FACTS["unique"])
    assert settings.winner("LMS_HOST").value == "local.openedx.io"
