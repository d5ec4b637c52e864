"""`tutor images`, on a real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e


def test_only_what_changed_is_built(platform: Platform) -> None:
    out = platform.tutor("images", "build", "sandbox-permissions")
    assert "sandbox-permissions is up to date" in out
    assert "building" not in out
    out = platform.tutor("images", "build", "--no-cache", "sandbox-permissions")
    assert "sandbox-permissions is built: --no-cache" in out
    assert "building sandbox-permissions" in out
    assert "up to date" in platform.tutor("images", "build", "sandbox-permissions")


def test_an_image_that_cannot_be_pulled_is_named(platform: Platform) -> None:
    out = platform.tutor("images", "pull", "myapp", code=1)
    assert "There is no image myapp to pull" in out


def test_tags(platform: Platform) -> None:
    assert "tutor-sandbox/openedx:" in platform.tutor("images", "printtag", "openedx")
