"""All or nothing on disk, and one process at a time."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.kit import fingerprint, write
from tutor.env.lock import locked
from tutor.env.storage import storage_errors
from tutor.env.transaction import Transaction, recover
from tutor.exceptions import LockedError, StorageError


@pytest.fixture
def project(root: Path) -> Path:
    """One with a few files."""
    write(root / "config.yml", "A: 1\n").chmod(0o600)
    write(root / "env/a", "a\n")
    write(root / "env/d/b", "b\n").chmod(0o755)
    (root / "env/link").symlink_to("a")
    return root


def change(root: Path) -> Transaction:
    """One that changes, makes and removes files."""
    transaction = Transaction(root)
    transaction.write("config.yml", b"A: 2\n", 0o600)
    transaction.write("env/a", b"changed\n")
    transaction.write("env/new/folder/c", b"c\n", 0o755)
    transaction.write("env/new/folder/inner/d", b"d\n")
    transaction.write("env/new/e", b"e\n")
    transaction.write("env/new/folder/f", b"f\n")
    transaction.write("env/link", b"no link\n")
    transaction.remove("env/d/b")
    return transaction


def live(root: Path) -> dict[str, tuple[str, str]]:
    """Everything but our own notes."""
    return {k: v for k, v in fingerprint(root).items() if ".tutor" not in k}


def test_commit(project: Path) -> None:
    """Everything is as asked for, and no rubbish is left."""
    change(project).commit()
    assert (project / "config.yml").read_text() == "A: 2\n"
    assert (project / "env/new/folder/c").stat().st_mode & 0o777 == 0o755
    assert not (project / "env/link").is_symlink()
    assert (project / "env/a").read_text() == "changed\n"
    assert not (project / "env/d").exists()
    assert list((project / ".tutor").iterdir()) == []


def test_each_folder_is_made_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files are in it."""
    made: list[str] = []
    mkdir = os.mkdir

    def noted(path: Path, mode: int = 0o777) -> None:
        made.append(path.name)
        mkdir(path, mode)

    monkeypatch.setattr(os, "mkdir", noted)
    change(project).commit()
    assert made == [".tutor", "transaction.staging", "new", "folder", "inner"]


def test_nothing_to_do(root: Path) -> None:
    """Makes no folder."""
    Transaction(root).commit()
    assert not root.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize(
    "function", ["rename", "replace", "link", "mkdir", "write", "fsync", "open", "unlink"]
)
def test_every_call_that_fails(
    function: str, number: int, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first, the second, … of each kind: everything is as it was, and one sentence says why."""
    before = live(project)
    original = getattr(os, function)
    for fatal in range(1, 100):
        count = 0

        def failing(*args: Any, fatal: int = fatal, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == fatal:
                raise OSError(number, os.strerror(number))
            return original(*args, **kwargs)

        monkeypatch.setattr(os, function, failing)
        refused = None
        try:
            change(project).commit()
        except StorageError as error:
            refused = error
        monkeypatch.setattr(os, function, original)
        if refused is None:
            # There are no more such calls, or it was one that we can do without, such as of a link.
            assert (project / "config.yml").read_text() == "A: 2\n"
            return
        assert "Nothing was changed" in refused.message
        assert refused.hint
        recover(project)
        assert live(project) == before, f"{function} number {fatal}"
    pytest.fail("there is no end to it")


def test_recover_with_nothing_to_do(root: Path, project: Path) -> None:
    """Says so."""
    assert not recover(root / "nowhere")
    assert not recover(project)


def test_recover_after_staging(project: Path) -> None:
    """What was only prepared counts for nothing, and the next change takes its place."""
    write(project / ".tutor/transaction.staging/0.new", "rubbish")
    assert not recover(project)
    change(project).commit()
    assert list((project / ".tutor").iterdir()) == []


def test_recover_finishes_what_was_made(project: Path) -> None:
    """A change that was made, and whose tidying was cut off."""
    change(project).commit()
    (project / "env/d").mkdir()
    journal = [{"path": "env/d/b", "existed": True, "removed": True, "folders": []}]
    write(project / ".tutor/transaction.done/journal.json", json.dumps(journal))
    assert not recover(project)
    assert not (project / "env/d").exists()
    assert (project / "config.yml").read_text() == "A: 2\n"


def test_without_links(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system that has none, old files are copied."""

    def no_link(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.EPERM, "no links")

    before = live(project)
    monkeypatch.setattr(os, "link", no_link)

    def no_rename(self: Path, target: Path) -> None:
        if target.name == "a":
            raise OSError(errno.EIO, "broken")
        os.replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", no_rename)
        with pytest.raises(StorageError):
            change(project).commit()
    recover(project)
    assert live(project) == before
    change(project).commit()
    assert (project / "env/a").read_text() == "changed\n"


def test_lock(root: Path) -> None:
    """The second is told who holds it; after the first has ended, it is free."""
    with locked(root):
        with pytest.raises(LockedError, match=f"process {os.getpid()} ") as caught, locked(root):
            pass
        assert caught.value.hint
    with locked(root):
        pass
    assert (root / ".tutor/lock").stat().st_mode & 0o777 == 0o600


def test_lock_with_rubbish_in_it(root: Path) -> None:
    """It is the kernel's lock that counts."""
    write(root / ".tutor/lock", "rubbish")
    with locked(root):
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EACCES, "permission is denied"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_storage_errors(number: int, words: str, root: Path) -> None:
    """In words, with the place and a remedy."""
    with pytest.raises(StorageError, match=words) as caught, storage_errors(root):
        raise OSError(number, os.strerror(number), "/some/file")
    assert caught.value.where == "/some/file"
    assert str(root) in str(caught.value.hint) or "tutor --root" in str(caught.value.hint)
