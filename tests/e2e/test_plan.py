"""What a plan says is what happens: on real containers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def _launched(platform: Platform) -> None:
    """Tests before these may have written files after the containers that read them were started."""
    platform.launch()


def plan(platform: Platform, code: int = 2) -> Any:
    """The plan as data."""
    out = platform.tutor("plan", "--json", code=code)
    return json.loads(out[out.index("{\n") :])


def identities(platform: Platform) -> dict[str, str]:
    """Service → its container."""
    return {name: container["Id"] for name, container in platform.containers().items()}


def test_after_a_launch_nothing_would_change(platform: Platform) -> None:
    found = plan(platform, code=0)
    assert not found["changes"]
    assert platform.tutor("apply", "--yes").strip().endswith("as they should be.")


def test_only_what_the_plan_names_is_recreated(platform: Platform) -> None:
    """A setting of one container: it is made anew, the others stay; rolling back does the reverse."""
    before = identities(platform)
    platform.tutor("config", "save", "--set", "REDIS_MEMORY_LIMIT=300Mi")
    try:
        (change,) = plan(platform)["services"]
        assert (change["name"], change["action"]) == ("redis", "recreated")
        assert change["reasons"][0] == "setting REDIS_MEMORY_LIMIT"
        platform.tutor("apply", "--yes")
        now = identities(platform)
        assert {name for name in before if now[name] != before[name]} == {"redis"}
        assert set(now) == set(before)
    finally:
        platform.tutor("rollback", "--yes")
    assert {name for name in now if identities(platform)[name] != now[name]} == {"redis"}
    assert not plan(platform, code=0)["changes"]
    assert "Hello from myapp" in platform.page()


def test_a_changed_setting_and_back(platform: Platform) -> None:
    """The plan names the service that is made anew, and those that restart; the others are left alone."""
    before = identities(platform)
    started = {name: c["State"]["StartedAt"] for name, c in platform.containers().items()}
    platform.tutor("config", "save", "--set", "MYAPP_GREETING=Planned", "--set", "SMTP_HOST=mail.example.com")
    try:
        found = plan(platform)
        assert {c["name"] for c in found["settings"]} == {"MYAPP_GREETING", "SMTP_HOST"}
        actions = {c["name"]: c["action"] for c in found["services"]}
        assert set(actions.values()) == {"restarted"}
        assert "lms" in actions
        assert "mysql" not in actions
        assert "setting MYAPP_GREETING" in next(c for c in found["services"] if c["name"] == "lms")["reasons"]
        platform.tutor("apply", "--yes")
        assert identities(platform) == before
        now = {name: c["State"]["StartedAt"] for name, c in platform.containers().items()}
        assert {name for name in now if now[name] != started[name]} == set(actions)
        assert "Planned" in platform.page()
        assert not plan(platform, code=0)["changes"]
    finally:
        platform.tutor("rollback", "--yes")
    assert "Hello from myapp" in platform.page()
    assert identities(platform) == before
    assert not plan(platform, code=0)["changes"]
