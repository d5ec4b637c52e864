"""Plugins are found as on a user's machine, without the finders that isolate the other tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.kit import SOURCE, distribution, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session


@pytest.fixture
def found(session: Session, site: Path) -> dict[str, str]:
    """A plugin is installed; the variables with which Python's own finders alone look for it."""
    distribution(site, "installed", 'config = {"defaults": {"VERSION": "1.0"}}\n')
    info = "tutor_installed-1.0.0.dist-info"
    write(site / info / "RECORD", f"tutorinstalled/__init__.py,,\n{info}/METADATA,,\n")
    return {"PYTHONPATH": os.pathsep.join(map(str, (site, SOURCE)))}


def test_from_listing_to_locking(session: Session, found: dict[str, str]) -> None:
    assert "installed" in session.process("plugins", "list", env=found).out
    assert "tutor-installed" in session.process("plugins", "show", "installed", env=found).out
    session.process("plugins", "enable", "installed", env=found)
    value = session.process("config", "printvalue", "INSTALLED_VERSION", env=found)
    assert value.out.strip() == "1.0"
    session.process("plugins", "check", "installed", env=found)
    session.process("plugins", "lock", env=found)
    locked = yaml.safe_load((session.root / "plugins.lock").read_text())["plugins"]
    (plugin,) = (p for p in locked if p["name"] == "installed")
    assert len(plugin["sha256"]) == 64
    session.process("plugins", "sync", "--check", env=found)
    session.process("plugins", "disable", "installed", env=found)
