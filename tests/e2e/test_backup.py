"""Backups and upgrades of the platform, on real containers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e

USERS = "SELECT username, email FROM auth_user WHERE username = 'saved'"


def _kill_at(platform: Platform, text: str, *arguments: str) -> None:
    """Run a command, and kill it and all that it started as soon as it prints a text."""
    process = platform.start(*arguments)
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            break
    else:
        pytest.fail(f"the command did not come to {text}")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_a_backup_that_was_killed_leaves_nothing(platform: Platform) -> None:
    """No archive, no half of one, and no service that is still halted."""
    _kill_at(platform, "halting redis", "local", "backup", "create")
    assert list(platform.root.glob("backups/*")) == []
    deadline = time.monotonic() + 30
    while any(c["State"]["Paused"] for c in platform.containers().values()):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_was_lost_is_there_again(database: Platform) -> None:
    database.tutor("local", "do", "createuser", "--password=x", "saved", "saved@example.com")
    media = "/openedx/media/picture"
    database.tutor("local", "exec", "-T", "lms", "sh", "-c", f"echo of someone >{media}")
    started = {name: c["State"]["StartedAt"] for name, c in database.containers().items()}
    out = database.tutor("local", "backup", "create")
    archive = Path(out.splitlines()[-1])
    assert archive.stat().st_mode & 0o777 == 0o600
    assert {name: c["State"]["StartedAt"] for name, c in database.containers().items()} == started
    assert not any(c["State"]["Paused"] for c in database.containers().values())
    assert "complete and unchanged" in database.tutor("local", "backup", "verify", archive.name)

    damaged = archive.with_name("damaged.tar")
    shutil.copy(archive, damaged)
    content = bytearray(damaged.read_bytes())
    content[content.index(b"data/mysql.sql.gz") + 512 + 99] ^= 1
    damaged.write_bytes(content)
    assert "data/mysql.sql.gz: its checksum is wrong" in database.tutor(
        "local", "backup", "restore", "-I", damaged.name, code=1
    )
    assert {name: c["State"]["StartedAt"] for name, c in database.containers().items()} == started
    damaged.unlink()

    database.tutor("local", "dc", "kill")
    database.tutor("local", "dc", "down", "--volumes")
    shutil.rmtree(database.root / "data")
    (database.root / "config.yml").write_text(
        (database.root / "config.yml").read_text() + "PLATFORM_NAME: After the archive\n"
    )
    _kill_at(database, "] data/mysql", "local", "backup", "restore", "-I", archive.name)
    refused = database.tutor("local", "start", "-d", code=1)
    assert "tutor local backup restore --resume" in refused
    out = database.tutor("local", "backup", "restore", "--resume")
    assert re.search(r"\] data/openedx-media, finished before", out)
    assert "After the archive" not in (database.root / "config.yml").read_text()
    database.tutor("local", "start", "-d")
    assert database.query(USERS) == [["saved", "saved@example.com"]]
    assert "of someone" in database.tutor("local", "exec", "-T", "lms", "cat", media)
    left = list(database.root.glob("data/*/.before-restore*"))
    assert left == []


def test_an_upgrade_that_was_killed_goes_on(database: Platform) -> None:
    """On the backup of the test before, or a new one."""
    if not list(database.root.glob("backups/*.tar")):
        database.tutor("local", "backup", "create")
    words = ("local", "upgrade", "--from=redwood", "-I")
    _kill_at(database, "] Let MongoDB use", *words)
    again = "4. Convert tables to utf8mb4 (finished before)"
    assert again in database.tutor(*words, "--plan")
    out = database.tutor(*words, "--resume")
    assert "mysql-charset/mysql #1, finished before" in out
    assert "Emptied: default" in out
    assert "The data is that of verawood" in out
    assert again not in database.tutor(*words, "--plan")
    shutil.rmtree(database.root / "backups")
    database.query("DELETE FROM auth_user WHERE username = 'saved'")
