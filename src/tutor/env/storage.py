"""Where we keep what we know about a project, and what a failing disk means to the user."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from tutor.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Folder in the project root for the manifest, the lock and transactions.
STATE = ".tutor"
#: The list of generations, in the project root.
HISTORY = f"{STATE}/history.json"
#: Folders in `STATE` of a transaction: to be undone if found; made for good, or undone.
ARMED, DONE = "transaction", "transaction.done"
#: Folder in `STATE` that is there while data is restored from a backup.
RESTORE = "restore"

_REMEDIES = {
    errno.ENOSPC: ("the disk is full", "free some space: df -h {path}"),
    errno.EDQUOT: ("the disk quota is used up", "free some space: quota -s"),
    errno.EROFS: ("the file system is read-only", "choose another root: tutor --root FOLDER"),
    errno.EACCES: ("permission is denied", "ls -ld {path}, or choose another root: tutor --root FOLDER"),
    errno.EPERM: ("permission is denied", "ls -ld {path}, or choose another root: tutor --root FOLDER"),
}


@contextlib.contextmanager
def storage_errors(root: Path) -> Iterator[None]:
    """Turn a failure of the disk into one sentence with a remedy.

    Raises:
        StorageError: for any ``OSError`` inside.
    """
    try:
        yield
    except OSError as error:
        from shlex import quote

        reason, hint = _REMEDIES.get(error.errno or 0, (error.strerror or str(error), "ls -ld {path}"))
        place = error.filename if isinstance(error.filename, str) else str(root)
        raise StorageError(
            f"The project could not be written: {reason}. Nothing was changed",
            where=place,
            hint=hint.format(path=quote(str(root))),
        ) from error


def write_state(path: Path, content: bytes) -> None:
    """Write one of our own files in `STATE`, whole or not at all; only its owner may read it.

    Raises:
        StorageError: the disk refuses.
    """
    new = path.with_name(path.name + ".new")
    with storage_errors(path.parent.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(handle)
            new.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            raise
