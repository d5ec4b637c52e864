"""Commands without plugins, and finding the plugin that makes one fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from tests.kit import distribution, fingerprint, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

CHECKED = """
    import sys

    from tutor import hooks

    if "{other}" in hooks.Filters.PLUGINS_LOADED.iterate():
        raise RuntimeError("{name} does not go with {other}")
    """


def test_a_broken_plugin_is_left_out(session: Session, golden: Golden) -> None:
    """Every command works, and the plugin stays enabled."""
    write(session.plugins_root / "broken.py", "raise RuntimeError('no licence')\n")
    write(session.plugins_root / "fine.yml", "name: fine\npatches: {caddyfile: '# fine'}\n")
    session.tutor("plugins", "enable", "fine")
    session.tutor("plugins", "enable", "--no-save", "broken")
    session.tutor("config", "save", code=1)
    session.tutor("--no-plugins", "config", "printvalue", "LMS_HOST")
    session.tutor("--no-plugins", "config", "save", "--set", "PLATFORM_NAME=Safe")
    saved = yaml.safe_load((session.root / "config.yml").read_text())
    assert (saved["PLUGINS"], saved["PLATFORM_NAME"]) == (["broken", "fine"], "Safe")
    assert "# fine" not in (session.root / "env/apps/caddy/Caddyfile").read_text()
    session.tutor("--no-plugins", "plugins", "enable", "fine", code=1)
    session.tutor("--no-plugins", "plugins", "disable", "broken")
    session.tutor("config", "save")
    assert "# fine" in (session.root / "env/apps/caddy/Caddyfile").read_text()
    golden(session)


def test_commands_of_plugins_are_left_out(session: Session) -> None:
    """Their code does not run at all."""
    write(session.plugins_root / "loud.py", "print('loaded')\npatches = {'caddyfile': '# x'}\n")
    session.tutor("plugins", "enable", "loud")
    assert "loaded" in session.tutor("--help").out
    assert "loaded" not in session.tutor("--no-plugins", "--help").out
    assert "loaded" in session.tutor("--help").out


def test_bisect_finds_a_plugin(session: Session, golden: Golden) -> None:
    """Among six, with version and place; nothing of the project is touched."""
    for name in ("one", "two", "four", "five", "six"):
        write(session.plugins_root / f"{name}.yml", f"name: {name}\npatches: {{caddyfile: '# {name}'}}\n")
    distribution(session.site, "three", "patches = {'caddyfile': '{{ NOT_THERE }}'}\n", version="3.3")
    session.tutor("plugins", "enable", "--no-save", "one", "two", "three", "four", "five", "six")
    (session.root / "data").mkdir()
    before = fingerprint(session.root)
    session.tutor("plugins", "bisect", "--", "config", "save")
    assert fingerprint(session.root) == before
    golden(session)


def test_bisect_finds_a_pair(session: Session) -> None:
    """Two that do not go together."""
    for name in ("one", "two", "three"):
        write(session.plugins_root / f"{name}.yml", f"name: {name}\n")
    write(session.plugins_root / "zero.py", CHECKED.format(name="zero", other="two"))
    session.tutor("plugins", "enable", "--no-save", "one", "two", "three", "zero")
    found = json.loads(session.tutor("plugins", "bisect", "--json", "--", "tutor", "config", "save").out)
    assert [plugin["name"] for plugin in found["plugins"]] == ["two", "zero"]
    assert "zero does not go with two" in found["reason"]


def test_bisect_finds_a_setting(session: Session, golden: Golden) -> None:
    """That fails whether there are plugins or not."""
    write(session.plugins_root / "one.yml", "name: one\n")
    session.tutor("plugins", "enable", "one")
    config = session.root / "config.yml"
    config.write_text(config.read_text() + "LMS_HOST: '{{ NOT_THERE }}'\n")
    before = project_state(session.root)
    session.tutor("plugins", "bisect", "--", "config", "save")
    assert project_state(session.root) == before
    session.note("")
    session.tutor("plugins", "bisect", "--", "config", "printroot")
    session.tutor("plugins", "bisect", "--", "config", "printvalue", "NO_SUCH_SETTING")
    session.tutor("plugins", "bisect", "--", "local", "start", code=1)
    session.tutor("plugins", "bisect", "--", "sh", "-c", "tutor config printvalue LMS_HOST")
    golden(session)


def test_help(session: Session, golden: Golden) -> None:
    """With examples."""
    session.tutor("plugins", "bisect", "--help")
    golden(session)
