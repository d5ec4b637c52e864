"""Verifying an archive: complete, unchanged, readable, and harmless to unpack."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from typing import TYPE_CHECKING, Any

from tutor.backup import archive
from tutor.exceptions import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutor.backup.archive import Reader
    from tutor.backup.manifest import Manifest, Member
    from tutor.engines.report import Reporter

_CHUNK = 1 << 18


def verify(path: Path, reporter: Reporter | None = None) -> tuple[Manifest, list[str]]:
    """Read an archive from its beginning to its end.

    Args:
        path: the archive.
        reporter: told about each member.

    Returns:
        Its manifest, and what is wrong, a sentence each.

    Raises:
        BackupError: it is no archive, incomplete, or of another format.
    """
    with archive.opened(path) as reader:
        faults = reader.faults()
        if not faults:
            for member in reader.manifest.members:
                fault = _fault(reader, member)
                if fault:
                    faults.append(f"{member.name}: {fault}")
                if reporter is not None:
                    reporter.output(f"{member.name}: {fault or 'good'}")
        return reader.manifest, faults


def demand(path: Path, reporter: Reporter | None = None) -> Manifest:
    """Verify an archive.

    Raises:
        BackupError: something is wrong with it; names what.
    """
    manifest, faults = verify(path, reporter)
    if faults:
        raise BackupError(
            "The archive is damaged, and nothing of it is used",
            where=str(path),
            excerpt="\n".join(faults),
            hint="use another one: tutor local backup list",
        )
    return manifest


def chunks(reader: Reader, member: Member) -> Iterator[bytes]:
    """The uncompressed bytes of a member, piece by piece."""
    with gzip.GzipFile(fileobj=reader.raw(member)) as content:
        while data := content.read(_CHUNK):
            yield data


def _fault(reader: Reader, member: Member) -> str | None:
    """What is wrong with a member, if anything is."""
    digest, size = hashlib.sha256(), 0
    with reader.raw(member) as content:
        try:
            while data := content.read(_CHUNK):
                digest.update(data)
                size += len(data)
        except (OSError, tarfile.TarError) as error:
            return f"it cannot be read: {error}"
    if size != member.size:
        return f"it has {size} bytes instead of {member.size}"
    if digest.hexdigest() != member.sha256:
        return "its checksum is wrong: it was changed after it was made"
    counted = _Counted(chunks(reader, member))
    try:
        fault = _unsafe(counted) if member.kind == "files" else None
        while counted.read(_CHUNK):
            pass
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError) as error:
        return f"it cannot be unpacked: {error}"
    if fault is None and counted.size != member.raw_size:
        fault = f"it unpacks to {counted.size} bytes instead of {member.raw_size}"
    return fault


def _unsafe(content: Any) -> str | None:
    """A path in a tar that would lead out of the folder into which it is unpacked, if there is one.

    A symbolic link may lead anywhere, as it did where it came from: it is data. Nothing may lie behind it.
    """
    links: set[str] = set()
    with tarfile.open(fileobj=content, mode="r|") as tar:
        for entry in tar:
            tar.members = []  # type: ignore[attr-defined]  # else it remembers every file there is
            parts = _parts(entry.name)
            if parts is None:
                return f"{entry.name} leads out of its folder"
            if entry.islnk() and _parts(entry.linkname) is None:
                return f"{entry.name} is a link to a file outside of its folder"
            if entry.ischr() or entry.isblk():
                return f"{entry.name} is a device"
            for end in range(1, len(parts) + 1):
                above = "/".join(parts[:end])
                if above in links and (end < len(parts) or not entry.issym()):
                    return f"{entry.name} lies behind the link {above}"
            target = "/".join(_parts(entry.linkname) or ()) if entry.islnk() else ""
            if any(target.startswith(f"{link}/") for link in links):
                return f"{entry.name} is a link to what lies behind another link"
            if entry.issym() or target in links:
                links.add("/".join(parts))
    return None


def _parts(name: str) -> list[str] | None:
    """The parts of a path below a folder; ``None`` for one that leads out of it."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if name.startswith("/") or ".." in parts else parts


class _Counted(io.RawIOBase):
    """Pieces of bytes as a file, that counts them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, and none at the end; all when it is negative."""
        while not self._rest or (size < 0 or len(self._rest) < size):
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._rest += piece
        found, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        self.size += len(found)
        return found
