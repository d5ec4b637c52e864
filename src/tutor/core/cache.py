"""Things that take long to compute, kept in files. Nothing here is needed, and nothing is believed blindly.

A key is made of everything that a value was computed from, so that a value is never out of date. A file is
used only if nobody but us can have written it, and if it is whole: what was compiled is code. One that is
neither is not there.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
import sys
from typing import Any

from tutor.__about__ import __version__
from tutor.core.hashes import blake2b

#: What values mean: another number after a change of what is kept, or of how.
FORMAT = 1
#: Number of files above which the oldest of a folder go.
LIMIT = 4000
_MAGIC = b"tutor cache\n"
_DIGEST = 32


def digest(*parts: bytes | str) -> bytes:
    """A hash of some texts, in which none can pass for a part of its neighbour."""
    contents = [part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts]
    whole = b"".join([piece for content in contents for piece in (b"%d:" % len(content), content)])
    return blake2b(whole, digest_size=_DIGEST).digest()


def user_folder(name: str) -> str | None:
    """A folder of ours among the user's caches, closed to others; ``None`` where that cannot be had."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", ""), ".cache")
    if not os.path.isabs(base):
        return None
    ours = os.path.join(base, "tutor")
    folder = os.path.join(ours, name)
    try:
        os.makedirs(base, exist_ok=True)
        for path in (ours, folder):
            with contextlib.suppress(FileExistsError):
                os.mkdir(path, 0o700)
        return folder if is_private(folder) else None
    except OSError:
        return None


def is_private(folder: str) -> bool:
    """Whether only we can write into a folder, and nobody else can look into it."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def read(path: str) -> Any:
    """The value in a file; ``None`` where there is none, or one that is not to be trusted."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return None
        content = os.read(handle, found.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(handle)
    start = len(_MAGIC) + _DIGEST
    payload = content[start:]
    if content[:start] != _MAGIC + digest(_tag(), payload):
        return None
    try:
        return marshal.loads(payload)  # noqa: S302 (we wrote it, and it is whole)
    except (ValueError, EOFError, TypeError):
        return None


def write(path: str, value: Any) -> None:
    """Keep a value, whole or not at all. A disk that does not take it is no failure."""
    try:
        payload = marshal.dumps(value)
    except ValueError:
        return  # something that is no plain data
    temporary = f"{path}.{os.getpid()}.part"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        with open(handle, "wb") as file:
            file.write(_MAGIC + digest(_tag(), payload) + payload)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def tidy(folder: str) -> None:
    """Remove the files that were written longest ago, when there are too many."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 (without pathlib)
        if len(names) <= LIMIT:
            return
        paths = [os.path.join(folder, name) for name in names]
        paths.sort(key=lambda path: os.lstat(path).st_mtime)
        for path in paths[: len(paths) - LIMIT // 2]:
            os.unlink(path)
    except OSError:
        return  # another process is at it


def _tag() -> str:
    """Who can read what is kept: this Python, and this release of ours."""
    return f"{FORMAT} {__version__} {sys.implementation.cache_tag} {sys.hexversion:x}"
