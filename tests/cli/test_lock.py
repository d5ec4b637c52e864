"""Plugins as they are written down: other machines are made equal to them, with real installations."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_installing import Environment, environment, wheel
from tests.kit import project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session

    Golden = Callable[[Session], None]

__all__ = ["environment"]  # a fixture
NO_ENGINE = {"TUTOR_ENGINE": "/no/such/engine"}


@pytest.fixture
def machine(environment: Environment) -> Environment:
    """Two versions of a plugin in the registry, another plugin, and the older ones installed."""
    wheel(environment.wheels, "tutor-one", "1.0.0", plugin="one", source="# 1.0\n")
    wheel(environment.wheels, "tutor-one", "2.0.0", plugin="one", source="# 2.0\n")
    wheel(environment.wheels, "tutor-two", "1.0.0", plugin="two", source="# two\n")
    environment.process("plugins", "install", "tutor-one==1.0.0", "tutor-two")
    environment.transcript.clear()
    return environment


def _normalised(session: Environment) -> None:
    session.transcript[:] = [re.sub(r"\b[0-9a-f]{64}\b", "SHA256", line) for line in session.transcript]
    session.transcript[:] = [re.sub(r"\b[0-9a-f]{12}\b", "DIGEST", line) for line in session.transcript]


def test_from_locking_to_another_machine_and_back(machine: Environment, golden: Golden) -> None:
    """Upgraded here, added there, taken away: made equal to the file again."""
    write(machine.plugins_root / "mine.yml", "name: mine\nversion: '3'\n")
    before = machine.installed()
    machine.process("plugins", "lock", env=NO_ENGINE)
    file = (machine.root / "plugins.lock").read_bytes()
    machine.note(file.decode())
    machine.process("plugins", "sync", "--check")
    machine.process("plugins", "upgrade", "one")
    machine.process("plugins", "uninstall", "two")
    wheel(machine.wheels, "tutor-three", plugin="three")
    machine.process("plugins", "install", "tutor-three")
    machine.process("plugins", "sync", "--check", code=2)
    machine.process("plugins", "sync")
    machine.process("plugins", "sync", "--check")
    assert machine.installed() == before
    machine.process("plugins", "lock", env=NO_ENGINE)
    assert (machine.root / "plugins.lock").read_bytes() == file
    _normalised(machine)
    golden(machine)


def test_a_plugin_that_was_tampered_with(machine: Environment, golden: Golden) -> None:
    """On the machine: it is installed again. In the registry: it is refused, and nothing is changed."""
    machine.process("plugins", "lock", env=NO_ENGINE)
    module = machine.packages / "tutor_one" / "__init__.py"
    module.write_text("# 1.0, and something else\n")
    machine.process("plugins", "sync", "--check", code=2)
    machine.process("plugins", "sync")
    assert module.read_text() == "# 1.0\n"
    wheel(machine.wheels, "tutor-one", "1.0.0", plugin="one", source="# something else\n")
    module.write_text("# broken\n")
    before, state = machine.installed(), project_state(machine.root)
    machine.process("plugins", "sync", code=1)
    assert machine.installed() == before
    assert project_state(machine.root) == state
    _normalised(machine)
    golden(machine)


def test_a_lock_that_does_not_match(machine: Environment, golden: Golden) -> None:
    """None at all, one that is broken, a wrong hash, a file of the user, a plugin that is enabled."""
    machine.process("plugins", "sync", code=1)
    path = write(machine.root / "plugins.lock", "format_version: 1\nplugins: [{name: one\n")
    machine.process("plugins", "sync", "--check", code=1)
    machine.process("plugins", "lock", env=NO_ENGINE)
    text = path.read_text()
    path.write_text(re.sub(r"sha256: [0-9a-f]{64}", f"sha256: {'f' * 64}", text, count=1))
    before = machine.installed()
    machine.process("plugins", "sync", code=1)
    assert machine.installed() == before
    path.write_text(text)
    write(machine.plugins_root / "mine.yml", "name: mine\n")
    machine.process("plugins", "sync", code=1)
    (machine.plugins_root / "mine.yml").unlink()
    machine.process("plugins", "enable", "two")
    path.write_text("format_version: 1\nplugins: []\n")
    machine.process("plugins", "sync", code=1)
    assert machine.installed() == before
    _normalised(machine)
    golden(machine)


def test_images_without_an_engine(machine: Environment, golden: Golden) -> None:
    """They are not compared, and that is said, unless they are left out; plugins are."""
    machine.process("plugins", "lock", env=NO_ENGINE)
    with (machine.root / "plugins.lock").open("a") as file:
        file.write(f"images:\n  docker.io/redis:7: sha256:{'a' * 64}\n")
    machine.process("plugins", "sync", "--check", env=NO_ENGINE)
    machine.process("plugins", "sync", "--skip-images", env=NO_ENGINE)
    machine.process("plugins", "uninstall", "two")
    machine.process("plugins", "sync", "--check", env=NO_ENGINE, code=2)
    golden(machine)


def test_json(machine: Environment) -> None:
    """For scripts."""
    written = json.loads(machine.process("plugins", "lock", "--json", env=NO_ENGINE).out)
    assert [(p["name"], p["version"], p["source"]) for p in written["plugins"]] == [
        ("one", "1.0.0", "index"),
        ("two", "1.0.0", "index"),
    ]
    machine.process("plugins", "uninstall", "two")
    found = json.loads(machine.process("plugins", "sync", "--check", "--json", code=2).out)
    assert [(d["kind"], d["name"], d["want"]) for d in found["differences"]] == [("install", "two", "1.0.0")]


def test_a_plugin_from_a_file(machine: Environment, tmp_path: Path) -> None:
    """Its place is its source; it comes from there again."""
    (tmp_path / "elsewhere").mkdir()
    path = wheel(tmp_path / "elsewhere", "tutor-four", plugin="four", source="# four\n")
    machine.process("plugins", "install", str(path))
    machine.process("plugins", "lock", env=NO_ENGINE)
    assert f"source: file://{path}" in (machine.root / "plugins.lock").read_text()
    machine.process("plugins", "uninstall", "four")
    machine.process("plugins", "sync")
    machine.process("plugins", "sync", "--check")


def test_help(session: Session, golden: Golden) -> None:
    """With examples."""
    session.tutor("plugins", "lock", "--help")
    session.tutor("plugins", "sync", "--help")
    golden(session)
