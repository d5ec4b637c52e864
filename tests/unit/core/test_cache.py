"""What is kept is used only if it is ours and whole, and makes no difference."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.kit import fingerprint
from tutor.core import cache

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder of caches, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_kept(folder: Path) -> None:
    """Data and code come back; the folder and the file are closed to others."""
    place = cache.user_folder("x")
    assert place == str(folder / "tutor" / "x")
    code = compile("a + 1", "name", "eval")
    cache.write(f"{place}/file", {"a": [1, "b"], "code": code})
    found = cache.read(f"{place}/file")
    assert found["a"] == [1, "b"]
    assert eval(found["code"], {"a": 1}) == 2
    assert [oct(os.stat(p).st_mode & 0o777) for p in (place, f"{place}/file")] == ["0o700", "0o600"]
    assert [p.name for p in (folder / "tutor" / "x").iterdir()] == ["file"]


@pytest.mark.parametrize("at", [0, 20, 50, -1])
def test_a_changed_byte_is_noticed(folder: Path, at: int) -> None:
    """Wherever it is."""
    place = f"{cache.user_folder('x')}/file"
    cache.write(place, {"a": "b" * 100})
    content = bytearray((folder / "tutor/x/file").read_bytes())
    content[at] ^= 1
    (folder / "tutor/x/file").write_bytes(bytes(content))
    assert cache.read(place) is None


@pytest.mark.parametrize("length", [0, 5, 30, 60, -1])
def test_a_cut_file_is_noticed(folder: Path, length: int) -> None:
    """Wherever it ends."""
    place = f"{cache.user_folder('x')}/file"
    cache.write(place, {"a": "b" * 100})
    path = folder / "tutor/x/file"
    path.write_bytes(path.read_bytes()[:length])
    assert cache.read(place) is None


def test_what_others_can_write_is_not_read(folder: Path) -> None:
    """Neither a file that is open to them, nor a link, nor a folder that is."""
    place = f"{cache.user_folder('x')}/file"
    cache.write(place, 1)
    (folder / "tutor" / "x" / "file.link").symlink_to("file")
    assert cache.read(f"{place}.link") is None
    os.chmod(place, 0o622)
    assert cache.read(place) is None
    os.chmod(folder / "tutor/x", 0o755)
    assert cache.user_folder("x") is None


def test_another_python_or_release_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may mean something else by the same bytes."""
    place = f"{cache.user_folder('x')}/file"
    cache.write(place, 1)
    monkeypatch.setattr(cache, "__version__", "0")
    assert cache.read(place) is None


def test_a_disk_that_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no cache then, and no error."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.user_folder("x") is None
    cache.write(str(tmp_path / "file" / "x"), 1)


def test_the_oldest_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When there are too many."""
    monkeypatch.setattr(cache, "LIMIT", 4)
    place = cache.user_folder("x")
    assert place is not None
    for number in range(5):
        cache.write(f"{place}/{number}", number)
        os.utime(f"{place}/{number}", (number, number))
    cache.tidy(place)
    assert sorted(p.name for p in (folder / "tutor" / "x").iterdir()) == ["3", "4"]


def poison(folder: Path) -> None:
    """Change a byte of every file."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1] + b"!")


def cut(folder: Path) -> None:
    """Cut every file in the middle."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove(folder: Path) -> None:
    """Remove every file."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize("harm", [poison, cut, remove])
def test_without_a_cache_every_byte_is_the_same(session: Session, folder: Path, harm: object) -> None:
    """Rendered with nothing kept, with everything kept, and with what is kept spoilt."""
    value = "PLATFORM_NAME=Another"
    session.tutor("config", "save", "--set", value)
    expected = fingerprint(session.root / "config.yml", session.root / "env")
    for path in (session.root / "env").rglob("*.py"):
        path.unlink()
    session.tutor("config", "save")
    assert fingerprint(session.root / "config.yml", session.root / "env") == expected
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert callable(harm)
    harm(folder)
    (session.root / ".tutor" / "kept").mkdir()
    (session.root / ".tutor" / "rendered").rename(session.root / ".tutor" / "kept" / "rendered")
    harm(session.root / ".tutor" / "kept")
    for kept in (session.root / ".tutor" / "kept").iterdir():
        kept.rename(session.root / ".tutor" / "rendered")
    for path in (session.root / "env").rglob("*.py"):
        path.unlink()
    session.tutor("config", "save")
    assert fingerprint(session.root / "config.yml", session.root / "env") == expected
    assert all(cache.read(str(path)) is not None for path in files)
