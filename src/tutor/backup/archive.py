"""The archive: a tar whose members are compressed each on its own, so that `tar` and `gzip` read it as well.

Sizes are known only when a member is complete. The header in front of it is written again then, so that
nothing has to be held in memory or in a second file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
import time
import zlib
from typing import IO, TYPE_CHECKING

from tutor.backup import manifest as manifests
from tutor.backup.manifest import Manifest, Member
from tutor.exceptions import BackupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tutor.backup.manifest import Kind

_BLOCK = tarfile.BLOCKSIZE
#: zlib's number for the format of gzip.
_GZIP = 31
_LEVEL = 5


class Writer:
    """Writes an archive to a file that can be rewound.

    Args:
        file: empty, open for writing.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._now = int(time.time())
        self.members: list[Member] = []

    @contextlib.contextmanager
    def member(self, name: str, kind: Kind, place: str = "") -> Iterator[Callable[[bytes], None]]:
        """Add a member: yields a function that takes its bytes, uncompressed, piece by piece."""
        start = self._file.tell()
        self._file.write(self._header(name, 0))
        content = self._file.tell()
        squeeze, digest, raw_size = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP), hashlib.sha256(), 0

        def store(data: bytes) -> None:
            digest.update(data)
            self._file.write(data)

        def write(data: bytes) -> None:
            nonlocal raw_size
            raw_size += len(data)
            store(squeeze.compress(data))

        yield write
        store(squeeze.flush())
        size = self._file.tell() - content
        self._file.write(b"\0" * (-size % _BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(self._header(name, size))
        self._file.seek(end)
        self.members.append(Member(name, kind, place, digest.hexdigest(), size, raw_size))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest, and end the archive."""
        content = manifest.serialized()
        self._file.write(self._header(manifests.FILENAME, len(content)))
        self._file.write(content + b"\0" * (-len(content) % _BLOCK))
        self._file.write(b"\0" * 2 * _BLOCK)
        self._file.flush()

    def _header(self, name: str, size: int) -> bytes:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, 0o600, self._now
        return entry.tobuf(tarfile.GNU_FORMAT)


class Reader:
    """Reads an archive. Nothing in it is trusted.

    Raises:
        BackupError: it is no archive, or an incomplete one, or one of another format.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._found: dict[str, tarfile.TarInfo] = {}
        try:
            self._tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 (lives as long as the file)
            for entry in self._tar:
                if not entry.isreg() or entry.name in self._found:
                    raise self._unusable(f"{entry.name} is not a file, or there twice")
                self._found[entry.name] = entry
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise self._unusable(str(error)) from None
        last = self._found.pop(manifests.FILENAME) if manifests.FILENAME in self._found else None
        if last is None or last.size > manifests.LIMIT:
            raise self._unusable("it has no manifest, as one that was cut off")
        with self._extract(last) as content:
            self.manifest = manifests.parse(content.read(), str(path))

    def faults(self) -> list[str]:
        """What differs between the manifest and the archive, before anything was read."""
        named = [member.name for member in self.manifest.members]
        found = [f"{name}: it is not in the archive" for name in named if name not in self._found]
        found += [f"{name}: the manifest does not know it" for name in self._found if name not in named]
        found += [f"{name}: the manifest names it twice" for name in set(named) if named.count(name) > 1]
        return found

    def raw(self, member: Member) -> IO[bytes]:
        """The bytes of a member as they lie in the archive.

        Raises:
            BackupError: it is not there.
        """
        if member.name not in self._found:
            raise self._unusable(f"{member.name} is missing")
        return self._extract(self._found[member.name])

    def _extract(self, entry: tarfile.TarInfo) -> IO[bytes]:
        content = self._tar.extractfile(entry)
        if content is None:
            raise self._unusable(f"{entry.name} cannot be read")
        return content

    def _unusable(self, reason: str) -> BackupError:
        return BackupError(
            f"This is no archive that can be used: {reason}",
            where=str(self.path),
            hint="tutor local backup list",
        )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """Open an archive for reading.

    Raises:
        BackupError: it is not there, cannot be read, or is none.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(
            f"The archive cannot be read: {error.strerror}", where=str(path), hint="tutor local backup list"
        ) from None
    with file:
        yield Reader(path, file)


@contextlib.contextmanager
def created(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name when the block has ended well, and is gone otherwise.

    Without a name from the start where the file system can do that: then it is gone, too, when this process
    is killed. Elsewhere it is called ``NAME.partial`` until it is complete.

    Raises:
        OSError: the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + ".partial")
    named = False
    try:
        handle = os.open(path.parent, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except (AttributeError, OSError):
        named = True
        partial.unlink(missing_ok=True)
        handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(handle)
            if not named:
                partial.unlink(missing_ok=True)
                # With a folder given, the link is to what the name in /proc leads to, and not to that name.
                os.link(f"/proc/self/fd/{handle}", partial.name, dst_dir_fd=folder)
        partial.replace(path)
        os.fsync(folder)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(folder)
