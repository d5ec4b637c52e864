"""The environment has the effect of the usual one, in every variant; differences are listed with reasons."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests import effect
from tests.kit import DATA, REPOSITORY, Session, write
from tutor import serialize

if TYPE_CHECKING:
    from pathlib import Path

VARIANTS = effect.variants()
LISTED: list[dict[str, Any]] = yaml.safe_load((DATA / "differences.yml").read_text())
#: A plugin that turns features on and off, as they were before they were settings.
FLAGS = """
from tutor import hooks
hooks.Filters.ENV_PATCHES.add_items([
    ("openedx-common-settings", 'FEATURES["ENABLE_CLOCKS"] = True'),
    ("openedx-lms-common-settings", 'FEATURES["ENABLE_LMS_CLOCKS"] = False'),
    ("openedx-cms-common-settings", 'FEATURES["ENABLE_CMS_CLOCKS"] = False'),
])
"""


@pytest.fixture(scope="module")
def environments(
    tmp_path_factory: pytest.TempPathFactory, saved_project: Path
) -> dict[str, effect.Documents]:
    """The documents of every variant of ours."""
    found = {}
    for name, settings in VARIANTS.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / "plugins").mkdir()
        session = Session(folder / "root", folder / "plugins", folder / "site")
        shutil.copytree(saved_project, session.root)
        config = {**serialize.load((session.root / "config.yml").read_text()), **settings}
        (session.root / "config.yml").write_text(serialize.dumps(config))
        session.tutor("config", "save")
        random = {key: value for key, value in config.items() if key not in settings}
        found[name] = effect.documents(session.root / "env", random)
    return found


def differences(ours: effect.Documents, variant: str) -> dict[str, Any]:
    """What differs from the facts: document and key → what stands there in ours."""
    facts = effect.facts(variant)
    assert set(ours) == set(facts)
    return {
        f"{name}: {key}": value
        for name, document in ours.items()
        for key, value in effect.changed(document, facts[name]).items()
    }


def covers(listed: dict[str, Any], variant: str, place: str, value: Any) -> bool:
    """Whether a listed difference is this one."""
    return (
        variant in listed.get("variants", VARIANTS)
        and any(fnmatchcase(place, pattern) for pattern in listed["keys"])
        and listed.get("ours", value) == value
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_effect_is_the_usual_one(variant: str, environments: dict[str, effect.Documents]) -> None:
    found = differences(environments[variant], variant)
    unlisted = {p: v for p, v in found.items() if not any(covers(d, variant, p, v) for d in LISTED)}
    assert not unlisted


def test_nothing_is_listed_that_is_the_same(environments: dict[str, effect.Documents]) -> None:
    """Each pattern of the list, in each of its variants."""
    for listed in LISTED:
        for pattern in listed["keys"]:
            one = {**listed, "keys": [pattern]}
            for variant in listed.get("variants", ["default"]):
                found = differences(environments[variant], variant)
                assert any(covers(one, variant, p, v) for p, v in found.items()), (pattern, variant)


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed["keys"][0])
def test_users_can_read_of_each_difference(listed: dict[str, Any]) -> None:
    page = (REPOSITORY / "docs/reference/differences.md").read_text()
    assert listed["page"] in re.sub(r"\s+", " ", page)
    assert re.fullmatch(r"[A-Z].*\.", listed["why"])


def test_a_change_of_the_effect_is_seen(environments: dict[str, effect.Documents]) -> None:
    """The comparison itself: a host, a missing variable, a setting too many."""
    ours = {name: dict(document) for name, document in environments["smtp-outside-tls"].items()}
    ours["lms.env"]["EMAIL_HOST"] = "smtp"
    del ours["compose.local"]["lms.environment.UWSGI_WORKERS"]
    ours["settings.cms.production"]["NEW"] = 1
    found = differences(ours, "smtp-outside-tls")
    unlisted = {p for p, v in found.items() if not any(covers(d, "smtp-outside-tls", p, v) for d in LISTED)}
    assert unlisted == {
        "lms.env: EMAIL_HOST",
        "compose.local: lms.environment.UWSGI_WORKERS",
        "settings.cms.production: NEW",
    }


@pytest.mark.parametrize("module", ["production", "development"])
def test_what_plugins_put_into_features_is_a_setting(session: Session, module: str) -> None:
    """The platform's FEATURES are the settings of the module that made them: ours make their own."""
    write(session.plugins_root / "flags.py", FLAGS)
    session.tutor("plugins", "enable", "flags")
    found = effect.documents(session.root / "env", {})
    for service in ("lms", "cms"):
        settings = found[f"settings.{service}.{module}"]
        assert settings["ENABLE_CLOCKS"] is True
        assert settings[f"ENABLE_{service.upper()}_CLOCKS"] is False
