"""Backups and upgrades, as far as they go without an engine."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, project_state
from tests.unit.backup.kit import make_archive, tar_of
from tutor.backup.manifest import Plugin
from tutor.upgrade.releases import CURRENT, UPGRADABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session

COMMANDS = ("", "create", "list", "verify", "restore")
MEMBERS = {
    "data/openedx-media.tar.gz": ("files", tar_of({"./": None, "./picture.png": b"x" * 5000})),
    "data/mysql.sql.gz": ("dump", b"CREATE TABLE t (id INT);\n" * 100),
}


def _archive(
    session: Session, name: str, config: bytes | None = None, plugins: tuple[Plugin, ...] = (), **facts: str
) -> Path:
    content = config if config is not None else (session.root / "config.yml").read_bytes()
    members = {"settings/config.yml": ("settings", content), **MEMBERS}
    return make_archive(session.root / "backups" / name, members, plugins=plugins, **facts)  # type: ignore[arg-type]  # kinds are literals


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str, session: Session, golden: Callable[[Session], None]) -> None:
    """Read them as a newcomer would."""
    session.process("local", "backup", *([name] if name else []), "--help")
    golden(session)


def test_help_of_upgrades(session: Session, golden: Callable[[Session], None]) -> None:
    session.process("local", "upgrade", "--help")
    golden(session)


def test_list_and_verify(session: Session, golden: Callable[[Session], None]) -> None:
    """None, several, a damaged one, and one that is no archive at all."""
    session.tutor("local", "backup", "list")
    plugins = (Plugin("myapp", "1.0.0", "tutor-myapp"), Plugin("own", None, "own.py"))
    _archive(session, "tutor-20261124-030000.tar", b"LMS_HOST: a\n", plugins)
    damaged = _archive(
        session, "tutor-20261125-030000.tar", b"LMS_HOST: b\n", created="2026-11-25T03:00:00+00:00"
    )
    content = bytearray(damaged.read_bytes())
    content[content.index(b"data/mysql.sql.gz") + 512 + 20] ^= 1
    damaged.write_bytes(content)
    (session.root / "backups/note.tar").write_text("not an archive")
    session.tutor("local", "backup", "list")
    session.tutor("local", "backup", "verify", "tutor-20261124-030000")
    session.tutor("local", "backup", "verify", "tutor-20261125-030000.tar", code=1)
    session.tutor("local", "backup", "verify", "note.tar", code=1)
    session.tutor("local", "backup", "verify", "gone", code=1)
    golden(session)


def test_list_for_scripts(session: Session) -> None:
    path = _archive(session, "a.tar")
    found = json.loads(session.tutor("dev", "backup", "list", "--json").out)["backups"]
    assert [entry["path"] for entry in found] == [str(path)]
    assert [member["place"] for member in found[0]["members"]] == ["", "data/openedx-media", "data/mysql"]
    assert found[0]["release"] == CURRENT
    assert len(found[0]["members"][1]["sha256"]) == 64


def test_what_restore_refuses(session: Session, golden: Callable[[Session], None]) -> None:
    """Before anything is touched: newer, damaged, plugins that are not there, settings that are broken."""
    before = project_state(session.root)
    _archive(session, "newer.tar", release="zebrawood")
    _archive(session, "plugin.tar", b"PLUGINS: [notes]\n", (Plugin("notes", "2.0", "tutor-notes"),))
    _archive(session, "broken.tar", b"LMS_HOST: [\n")
    damaged = _archive(session, "damaged.tar")
    damaged.write_bytes(damaged.read_bytes().replace(b"manifest.json", b"mamifest.json", 1))
    for words in (
        ["newer.tar"],
        ["plugin.tar"],
        ["broken.tar"],
        ["damaged.tar"],
        ["--undo"],
        ["--resume"],
        [],
    ):
        session.tutor("local", "backup", "restore", *words, code=1)
    assert project_state(session.root) == before
    golden(session)


def test_a_broken_plugin_in_an_archive_is_named(session: Session) -> None:
    distribution(session.site, "fragile", "raise RuntimeError('no')")
    _archive(session, "a.tar", b"PLUGINS: [fragile]\n", (Plugin("fragile", "1.0.0", "tutor-fragile"),))
    before = project_state(session.root)
    done = session.tutor("local", "backup", "restore", "-I", "a.tar", code=1)
    assert "Nothing was restored. Plugin fragile" in done.err
    assert project_state(session.root) == before


def test_a_plugin_of_another_version_is_told(session: Session) -> None:
    """It may work; its data is in the archive."""
    distribution(session.site, "notes", "", version="2.0")
    _archive(session, "a.tar", b"PLUGINS: [notes]\n", (Plugin("notes", "1.0", "tutor-notes"),))
    done = session.tutor("local", "backup", "restore", "a.tar", code=1, env={"PATH": "/nowhere"})
    assert "plugin notes is 2.0 here, and was 1.0 in the archive" in done.err


def test_no_file_is_overwritten(session: Session) -> None:
    target = session.root / "mine.tar"
    target.write_text("mine")
    done = session.tutor("local", "backup", "create", "--output", str(target), code=1)
    assert "There is a file of this name already" in done.err
    assert target.read_text() == "mine"


@pytest.mark.parametrize("release", ["ulmo", "redwood"])
def test_the_steps_of_an_upgrade(release: str, session: Session, golden: Callable[[Session], None]) -> None:
    """They are shown without an engine, and without passwords."""
    session.tutor("local", "upgrade", f"--from={release}", "--plan")
    golden(session)


def test_an_upgrade_insists_on_a_backup(session: Session) -> None:
    words = ("local", "upgrade", "--from=teak", "-I")
    assert "There is no backup to go back to" in session.tutor(*words, code=1).err
    _archive(session, "old.tar", created="2026-01-01T00:00:00+00:00")
    done = session.tutor(*words, code=1)
    assert "hours old" in done.err
    assert "tutor local backup create, or go on without one: --without-backup" in done.err
    now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0).isoformat()
    fresh = _archive(session, "fresh.tar", created=now)
    content = bytearray(fresh.read_bytes())
    content[content.index(b"data/mysql.sql.gz") + 512 + 20] ^= 1
    fresh.write_bytes(content)
    done = session.tutor(*words, code=1)
    assert "data/mysql.sql.gz: its checksum is wrong" in done.err


def test_an_upgrade_of_a_pinned_version_is_told(session: Session) -> None:
    session.tutor("config", "save", "--set", "OPENEDX_COMMON_VERSION=release/teak.3")
    done = session.tutor("local", "upgrade", "--from=teak", "--plan")
    assert "the code stays that of teak" in done.err


def test_an_upgrade_leads_here_from_four_releases() -> None:
    assert UPGRADABLE == ("redwood", "sumac", "teak", "ulmo")
