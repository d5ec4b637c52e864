"""One process at a time changes a project."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.env.storage import STATE, storage_errors
from tutor.exceptions import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


#: Roots whose lock this process holds.
_held: set[str] = set()


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the lock of a project root for the length of the block. The kernel frees it if we are killed.

    Raises:
        LockedError: another process holds it; says which.
        StorageError: the root cannot be written.
    """
    path = root / STATE / "lock"
    with storage_errors(root):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(root, handle) from None
        with storage_errors(root):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {_command()}".encode(errors="replace"), 0)
        _held.add(os.path.realpath(root))
        try:
            yield
        finally:
            _held.discard(os.path.realpath(root))
    finally:
        os.close(handle)


def locked_once(root: Path) -> AbstractContextManager[None]:
    """The lock, for what plugins call while we change the project: then it is held already."""
    return contextlib.nullcontext() if os.path.realpath(root) in _held else locked(root)


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:3]])


def _taken(root: Path, handle: int) -> LockedError:
    number, _, command = os.pread(handle, 4096, 0).decode(errors="replace").partition(" ")
    who = f"process {number} ({command})" if number.isdecimal() else "another process"
    return LockedError(
        f"{who} is changing this project; nothing was done here",
        where=str(root),
        hint="wait until it has ended, then run the command again",
    )
