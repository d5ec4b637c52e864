"""All or nothing on disk.

New contents and the old files are staged in one folder first, with a journal of what will be done. Only
then are files moved into place, one rename each. Whatever ends the process in between, the journal is
there: the next command that opens the project puts everything back, byte for byte, from the old files.

Files are replaced inside of their folders, and folders stay: containers that have mounted one go on
seeing it, and files that are not ours are never touched.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from tutor.env.storage import ARMED, DONE, STATE, storage_errors

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL = "journal.json"
#: Folder in `STATE` in which a transaction is prepared.
STAGING = "transaction.staging"


class Transaction:
    """Changes to files below a root, made together or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Path relative to the root → (content, mode); ``None`` removes the file.
        self._changes: dict[str, tuple[bytes, int] | None] = {}

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Plan to write a file."""
        self._changes[path] = (content, mode)

    def remove(self, path: str) -> None:
        """Plan to remove a file, and the folders that become empty."""
        self._changes[path] = None

    def commit(self) -> None:
        """Make all changes.

        Raises:
            StorageError: the disk refused; everything is as it was.
        """
        if not self._changes:
            return
        import shutil

        state = self.root / STATE
        staged, armed = state / STAGING, state / ARMED
        with storage_errors(self.root):
            shutil.rmtree(staged, ignore_errors=True)
            try:
                state.mkdir(parents=True, exist_ok=True, mode=0o700)
                staged.mkdir(mode=0o700)
                journal = self._stage(staged)
                _write(staged / JOURNAL, json.dumps(journal).encode(), 0o600, durable=True)
                staged.rename(armed)
            except BaseException:
                shutil.rmtree(staged, ignore_errors=True)
                raise
            try:
                self._execute(armed, journal)
                done = state / DONE
                shutil.rmtree(done, ignore_errors=True)
                armed.rename(done)  # from here on there is no way back
            except BaseException:
                recover(self.root)
                raise
            _tidy(self.root, done)

    def _stage(self, staged: Path) -> list[dict[str, Any]]:
        """Put new contents and links to the old files into the staging folder."""
        journal: list[dict[str, Any]] = []
        there = {self.root}
        for number, (path, change) in enumerate(self._changes.items()):
            live = self.root / path
            existed = live.is_symlink() or live.exists()
            if existed:
                _link_or_copy(live, staged / f"{number}.old")
            if change is not None:
                content, mode = change
                _write(staged / f"{number}.new", content, mode, durable=mode & 0o077 == 0)
            folders = [] if change is None else self._missing_folders(live, there)
            journal.append({"path": path, "existed": existed, "removed": change is None, "folders": folders})
        return journal

    def _missing_folders(self, live: Path, there: set[Path]) -> list[str]:
        """The folders to make for a file, outermost first; ``there`` are those that it needs not make."""
        missing: list[Path] = []
        for folder in live.parents:
            if folder in there or folder.exists() or not folder.is_relative_to(self.root):
                break
            missing.insert(0, folder)
        there.update(missing, (live.parent,))
        return [str(folder.relative_to(self.root)) for folder in missing]

    def _execute(self, armed: Path, journal: list[dict[str, Any]]) -> None:
        for number, entry in enumerate(journal):
            live = self.root / str(entry["path"])
            new = armed / f"{number}.new"
            if new.exists():
                for folder in entry["folders"]:
                    _make_folder(self.root, str(folder))
                new.replace(live)
            elif entry["existed"]:
                live.unlink(missing_ok=True)
        _sync_folder(self.root)


def recover(root: Path) -> bool:
    """Undo a transaction that was cut off, or finish tidying up after one that was made.

    Returns:
        Whether one was undone.

    Raises:
        StorageError: the disk refuses; the journal stays, and the next attempt goes on.
    """
    state = root / STATE
    armed, done = state / ARMED, state / DONE
    with storage_errors(root):
        if done.is_dir():
            _tidy(root, done)
        if not armed.is_dir():
            return False
        import shutil

        for number, entry in reversed(list(enumerate(_journal(armed)))):
            live = root / entry["path"]
            old = armed / f"{number}.old"
            if not entry["existed"]:
                live.unlink(missing_ok=True)
            elif os.path.lexists(old):
                # A link of the same file to itself: rename would do nothing and leave both.
                if os.path.lexists(live) and os.path.samestat(old.lstat(), live.lstat()):
                    old.unlink()
                else:
                    old.replace(live)
            for folder in reversed(entry["folders"]):
                with contextlib.suppress(OSError):
                    (root / folder).rmdir()
        # Without its journal the folder could not be read any more: it goes in one step.
        undone = state / STAGING
        shutil.rmtree(undone, ignore_errors=True)
        armed.rename(undone)
        shutil.rmtree(undone, ignore_errors=True)
    return True


def _journal(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / JOURNAL).read_bytes())
    return found


def _tidy(root: Path, done: Path) -> None:
    """Remove folders that became empty when files were removed, and what a transaction left behind."""
    import shutil

    with contextlib.suppress(OSError, ValueError):  # a journal that is gone already: the folders were first
        for entry in _journal(done):
            if entry["removed"]:
                _remove_empty_folders(root, root / entry["path"])
    shutil.rmtree(done, ignore_errors=True)


def _remove_empty_folders(root: Path, path: Path) -> None:
    for folder in path.parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue  # tidying up was cut off here
        except OSError:
            return


def _make_folder(root: Path, folder: str) -> None:
    """Make a folder: closed to other users where it lies in the root, open inside, whatever the umask.

    What is inside is mounted into containers, whose users have to read it.
    """
    path = root / folder
    path.mkdir(exist_ok=True)
    path.chmod(0o700 if path.parent == root else 0o755)


def _write(path: Path, content: bytes, mode: int, *, durable: bool) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fchmod(handle, mode)
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def _link_or_copy(source: Path, target: Path) -> None:
    import shutil

    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        # Not every file system has links.
        shutil.copy2(source, target, follow_symlinks=False)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
