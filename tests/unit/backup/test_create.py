"""Making an archive, as far as it goes without containers: what fails leaves nothing."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import fingerprint
from tests.unit.backup.kit import tree
from tutor.backup import archive, listing, verify
from tutor.backup.create import create, default_path, size
from tutor.exceptions import BackupError, LockedError, StorageError
from tutor.jobs.run import alone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.backup.conftest import Platform

NOW = dt.datetime(2026, 11, 24, 3, 0, 0, tzinfo=dt.timezone.utc)


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clients of MySQL that answer as a server without databases would."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("mysql", "mysqldump"):
        (folder / name).write_text("#!/bin/sh\ncat >/dev/null\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def test_everything_is_in_it(platform: Platform, clients: Path) -> None:
    path = default_path(platform.root, NOW)
    manifest = create(platform.deployment(), path, NOW)
    assert path.name == "tutor-20261124-030000.tar"
    assert {m.name: m.kind for m in manifest.members} == {
        "settings/config.yml": "settings",
        "data/lms.tar.gz": "files",
        "data/media.tar.gz": "files",
        "data/mysql.sql.gz": "dump",
        "data/notes.dump.gz": "dump",
    }
    with archive.opened(path) as reader:
        contents = {m.name: b"".join(verify.chunks(reader, m)) for m in manifest.members}
    assert contents["settings/config.yml"] == b"LMS_HOST: old\n"
    assert contents["data/notes.dump.gz"] == b"old note"
    assert contents["data/mysql.sql.gz"].endswith(b"-- There is no database.\n")
    assert [listed.path for listed in listing.archives(platform.root)] == [path]


def test_it_changes_nothing_else(platform: Platform, clients: Path, tmp_path: Path) -> None:
    before = fingerprint(platform.root / "data", platform.root / "env", platform.root / "config.yml")
    create(platform.deployment(), tmp_path / "a.tar", NOW)
    assert fingerprint(platform.root / "data", platform.root / "env", platform.root / "config.yml") == before
    assert platform.engine.running == {"lms", "notes"}


def test_a_database_that_did_not_run_is_stopped_again(
    platform: Platform, clients: Path, tmp_path: Path
) -> None:
    platform.engine.running = set()
    create(platform.deployment(), tmp_path / "a.tar", NOW)
    assert any("up" in command for command in platform.engine.commands)
    assert platform.engine.running == set()


def test_a_script_that_fails_leaves_no_archive(platform: Platform, clients: Path) -> None:
    (clients / "mysql").write_text("#!/bin/sh\necho 'Access denied' >&2\nexit 1\n")
    before = tree(platform.root / "data")
    with pytest.raises(BackupError, match="The dump of data/mysql failed in service mysql-job") as caught:
        create(platform.deployment(), default_path(platform.root, NOW), NOW)
    assert "Access denied" in str(caught.value.excerpt)
    assert list((platform.root / "backups").iterdir()) == []
    assert tree(platform.root / "data") == before


def test_passwords_are_on_no_command_line(platform: Platform, clients: Path, tmp_path: Path) -> None:
    """Scripts of plugins may have some: they go through variables."""
    create(platform.deployment(), tmp_path / "a.tar", NOW)
    assert not any("notes/store" in word for command in platform.engine.commands for word in command)


def test_a_disk_that_is_too_small_is_seen_before(
    platform: Platform, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _usage(1 << 20))
    with pytest.raises(BackupError, match=r"may need 64\.0 MiB, and 1\.0 MiB are free; nothing was done"):
        create(platform.deployment(), default_path(platform.root, NOW), NOW)
    assert not (platform.root / "backups").exists()


def test_a_disk_that_fills_up_is_one_sentence(platform: Platform, clients: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as caught:
        create(platform.deployment(), tmp_path / "file/a.tar", NOW)
    assert caught.value.message == "The archive could not be written: File exists. Nothing was changed"


def test_a_full_disk_leaves_no_archive(
    platform: Platform, clients: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fills up after it was looked at."""
    folder = platform.root / "backups"
    folder.mkdir()
    (platform.root / "data/media/film").write_bytes(os.urandom(2_000_000))
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _usage(1 << 40))
    try:
        with pytest.raises(StorageError) as caught:
            create(platform.deployment(), default_path(platform.root, NOW), NOW)
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    assert caught.value.message == "The archive could not be written: the disk is full. Nothing was changed"
    assert platform.engine.running == {"lms", "notes"}


def test_not_while_tasks_run(platform: Platform, clients: Path) -> None:
    with alone(platform.root), pytest.raises(LockedError):
        create(platform.deployment(), default_path(platform.root, NOW), NOW)


def test_sizes_in_words() -> None:
    assert [size(n) for n in (0, 1023, 1024, 1536, 5 << 30, 3 << 50)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 KiB",
        "5.0 GiB",
        "3072.0 TiB",
    ]


def _usage(free: int) -> Any:
    class Usage:
        pass

    found: Any = Usage()
    found.free = free
    return found
