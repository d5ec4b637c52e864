"""The archive: what was written is read back, and what was changed is found."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.unit.backup.kit import make_archive, tar_of
from tutor.backup import archive, verify
from tutor.backup.manifest import FORMAT_VERSION
from tutor.exceptions import BackupError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive with one member of each kind."""
    return make_archive(
        tmp_path / "a.tar",
        {
            "settings/config.yml": ("settings", b"PLUGINS: []\n"),
            "data/lms.tar.gz": ("files", tar_of({"./": None, "./logs/a": b"x" * 100_000})),
            "data/mysql.sql.gz": ("dump", b"CREATE TABLE t;\n" * 1000),
        },
    )


def test_what_was_written_is_read_back(path: Path) -> None:
    manifest, faults = verify.verify(path)
    assert faults == []
    assert [(m.name, m.kind, m.place) for m in manifest.members] == [
        ("settings/config.yml", "settings", ""),
        ("data/lms.tar.gz", "files", "data/lms"),
        ("data/mysql.sql.gz", "dump", "data/mysql"),
    ]
    with archive.opened(path) as reader:
        assert b"".join(verify.chunks(reader, manifest.members[2])) == b"CREATE TABLE t;\n" * 1000


def test_the_usual_tools_read_it(path: Path, tmp_path: Path) -> None:
    """A restore by hand, where there is no tutor."""
    subprocess.run(["tar", "-xf", str(path), "-C", str(tmp_path)], check=True)
    dump = subprocess.run(
        ["gzip", "-dc", str(tmp_path / "data/mysql.sql.gz")], capture_output=True, check=True
    )
    assert dump.stdout == b"CREATE TABLE t;\n" * 1000
    listed = subprocess.run(
        ["tar", "-tzf", str(tmp_path / "data/lms.tar.gz")], capture_output=True, text=True, check=True
    )
    assert "./logs/a" in listed.stdout
    assert json.loads((tmp_path / "manifest.json").read_text())["format_version"] == FORMAT_VERSION


def test_any_changed_byte_is_found(path: Path) -> None:
    """In every block of the archive: in headers, members, padding or the manifest."""
    content = path.read_bytes()
    assert len(content) > 4096
    for position in range(0, len(content) - 1024, 512):  # the end of a tar is two empty blocks
        changed = bytearray(content)
        changed[position] ^= 0x55
        path.write_bytes(changed)
        try:
            _, faults = verify.verify(path)
        except BackupError:
            continue
        assert faults, position


@pytest.mark.parametrize("kept", [0, 100, 512, 2000, -1500, -2048])
def test_one_that_was_cut_off_is_refused(path: Path, kept: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:kept])
    with pytest.raises(BackupError):
        verify.demand(path)


def test_a_member_that_nobody_names_is_found(path: Path) -> None:
    with tarfile.open(path) as old:
        entries = [(entry, old.extractfile(entry).read()) for entry in old]  # type: ignore[union-attr]  # files
    with tarfile.open(path, "w") as new:
        for entry, content in [*entries, (tarfile.TarInfo("data/more.tar.gz"), b"")]:
            new.addfile(entry, io.BytesIO(content))
    assert verify.verify(path)[1] == ["data/more.tar.gz: the manifest does not know it"]


def test_a_member_that_is_missing_is_named(path: Path) -> None:
    with tarfile.open(path) as old:
        entries = [(entry, old.extractfile(entry).read()) for entry in old]  # type: ignore[union-attr]  # files
    with tarfile.open(path, "w") as new:
        for entry, content in entries:
            if entry.name != "data/mysql.sql.gz":
                new.addfile(entry, io.BytesIO(content))
    with pytest.raises(BackupError) as caught:
        verify.demand(path)
    assert caught.value.excerpt == "data/mysql.sql.gz: it is not in the archive"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format_version": 2}, "format 2"),
        ({"format_version": None}, "format None"),
        ({"members": [{}]}, "manifest is broken"),
        ({"members": 3}, "manifest is broken"),
        ({"plugins": [{"name": 1, "version": None, "package": ""}]}, "manifest is broken"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(path: Path, change: dict[str, object], words: str) -> None:
    with tarfile.open(path) as old:
        entries = [(entry, old.extractfile(entry).read()) for entry in old]  # type: ignore[union-attr]  # files
    with tarfile.open(path, "w") as new:
        for entry, content in entries:
            if entry.name == "manifest.json":
                content = json.dumps({**json.loads(content), **change}).encode()  # noqa: PLW2901 (this one only)
                entry.size = len(content)
            new.addfile(entry, io.BytesIO(content))
    with pytest.raises(BackupError, match=words):
        verify.verify(path)


@pytest.mark.parametrize("release", ["wisteria", "zebrawood"])
def test_one_of_a_newer_release_is_refused(tmp_path: Path, release: str) -> None:
    path = make_archive(tmp_path / "a.tar", {}, release=release)
    manifest, _ = verify.verify(path)
    with pytest.raises(BackupError, match=f"{release}, which is newer than verawood"):
        manifest.check_release()


def test_one_of_an_older_release_is_not(tmp_path: Path) -> None:
    verify.demand(make_archive(tmp_path / "a.tar", {}, release="teak")).check_release()


def _link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([tarfile.TarInfo("../outside")], "leads out of its folder"),
        ([tarfile.TarInfo("./a/../../outside")], "leads out of its folder"),
        ([tarfile.TarInfo("/etc/passwd")], "leads out of its folder"),
        ([_link("./out", "/etc"), tarfile.TarInfo("./out/passwd")], "lies behind the link out"),
        ([_link("./out", "/etc/passwd"), tarfile.TarInfo("out")], "lies behind the link out"),
        ([_link("./hard", "../../etc/passwd", tarfile.LNKTYPE)], "a file outside of its folder"),
        (
            [_link("out", "/etc"), _link("again", "out", tarfile.LNKTYPE), tarfile.TarInfo("again/passwd")],
            "lies behind the link again",
        ),
        ([_link("out", "/etc"), _link("hard", "out/passwd", tarfile.LNKTYPE)], "behind another link"),
        ([_link("disk", "", tarfile.BLKTYPE)], "is a device"),
    ],
    ids=["up", "up later", "absolute", "behind", "over", "hard", "hard to link", "hard behind", "device"],
)
def test_paths_that_lead_out_are_found(tmp_path: Path, entries: list[tarfile.TarInfo], fault: str) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for entry in entries:
            tar.addfile(entry)
    path = make_archive(tmp_path / "a.tar", {"data/x.tar.gz": ("files", content.getvalue())})
    assert len(verify.verify(path)[1]) == 1
    assert fault in verify.verify(path)[1][0]


def test_links_are_data(tmp_path: Path) -> None:
    """Wherever they lead: nothing is written through them."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.addfile(_link("./current", "/openedx/data/releases/2"))
        tar.addfile(tarfile.TarInfo("./file"))
        tar.addfile(_link("./same", "./file", tarfile.LNKTYPE))
    path = make_archive(tmp_path / "a.tar", {"data/x.tar.gz": ("files", content.getvalue())})
    assert verify.verify(path)[1] == []


def test_it_is_there_when_it_is_complete(tmp_path: Path) -> None:
    """Before that, no file has its name; and only its owner may read it."""
    path = tmp_path / "backups/a.tar"
    with archive.created(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("unnamed", [True, False])
def test_nothing_is_left_of_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unnamed: bool
) -> None:
    """Neither with files that have no name yet nor on file systems without them."""
    if not unnamed:
        monkeypatch.delattr(os, "O_TMPFILE")
    with pytest.raises(IsADirectoryError), archive.created(tmp_path / "a.tar") as file:
        file.write(tmp_path.read_bytes())
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\nfrom tutor.backup.archive import created\n"
        "with created(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.tar")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []
