"""Where we keep what we know about a project, and what a failing disk means to the user."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from tutor.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Folder in the project root for the manifest, the lock and transactions.
STATE = ".tutor"

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
        reason, hint = _REMEDIES.get(error.errno or 0, (error.strerror or str(error), "ls -ld {path}"))
        place = error.filename if isinstance(error.filename, str) else str(root)
        raise StorageError(
            f"The project could not be written: {reason}. Nothing was changed",
            where=place,
            hint=hint.format(path=root),
        ) from error
