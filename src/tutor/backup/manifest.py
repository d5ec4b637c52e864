"""The manifest of an archive: what is in it, and what made it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from tutor.exceptions import BackupError
from tutor.upgrade.releases import CURRENT, is_newer

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Version of the format of archives; grows with every change that older releases cannot read.
FORMAT_VERSION = 1
#: The member of an archive that holds the manifest. It is the last one: what was cut off has none.
FILENAME = "manifest.json"
#: Bytes that a manifest may have.
LIMIT = 4 << 20
#: ``settings`` is ``config.yml``, ``files`` the tar of a folder, ``dump`` what a script printed.
Kind = Literal["settings", "files", "dump"]
_KINDS = ("settings", "files", "dump")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an archive.

    Args:
        name: path in the archive.
        kind: what it is.
        place: the data that it holds, such as ``data/mysql``; empty for settings.
        sha256: of its bytes as they lie in the archive.
        size: in bytes, as it lies in the archive.
        raw_size: in bytes, before it was compressed.
    """

    name: str
    kind: Kind
    place: str
    sha256: str
    size: int
    raw_size: int


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was enabled. ``package`` is where it came from: a package, or the name of a file."""

    name: str
    version: str | None
    package: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known about an archive.

    Args:
        created: when, in UTC, as ISO 8601.
        version: of tutor.
        release: of Open edX that this tutor deploys.
        plugins: enabled ones, in order.
        members: all others of the archive, in its order.
        left_out: data of the platform that is not in it, each with the reason.
    """

    created: str
    version: str
    release: str
    plugins: tuple[Plugin, ...]
    members: tuple[Member, ...]
    left_out: tuple[str, ...] = ()

    def serialized(self) -> bytes:
        """The manifest as it is stored."""
        content = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(content, indent=1).encode() + b"\n"

    @property
    def raw_size(self) -> int:
        """Bytes of all members before they were compressed."""
        return sum(member.raw_size for member in self.members)

    def check_release(self) -> None:
        """Make sure that the data is not newer than the platform that would run on it.

        Raises:
            BackupError: it is.
        """
        if is_newer(self.release):
            raise BackupError(
                f"The archive was made on Open edX {self.release}, which is newer than {CURRENT}: "
                "databases cannot go back",
                where=f"made with tutor {self.version}",
                hint=f"pip install 'tutor>={self.version}'",
            )


def parse(content: bytes, place: str) -> Manifest:
    """Read a manifest.

    Args:
        content: its bytes.
        place: the archive, for messages.

    Raises:
        BackupError: it is broken, or of a format that this version does not know.
    """
    try:
        found: Any = json.loads(content)
        version = found["format_version"]
    except (ValueError, KeyError, TypeError):
        raise _broken(place, "it is not JSON, or says no format_version") from None
    if version != FORMAT_VERSION:
        raise BackupError(
            f"The archive has format {version!r}, and this version of tutor reads {FORMAT_VERSION}",
            where=place,
            hint="read it with the version of tutor that made it, or: pip install --upgrade tutor",
        )
    try:
        return Manifest(
            created=_text(found["created"]),
            version=_text(found["version"]),
            release=_text(found["release"]),
            plugins=tuple(_plugin(entry) for entry in found["plugins"]),
            members=tuple(_member(entry) for entry in found["members"]),
            left_out=tuple(_text(entry) for entry in found["left_out"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _broken(place, f"{type(error).__name__}: {error}") from None


def _plugin(entry: Any) -> Plugin:
    version = entry["version"]
    return Plugin(_text(entry["name"]), None if version is None else _text(version), _text(entry["package"]))


def _member(entry: Any) -> Member:
    kind = entry["kind"]
    if kind not in _KINDS:
        raise ValueError(f"kind {kind!r}")
    size, raw_size = entry["size"], entry["raw_size"]
    if type(size) is not int or type(raw_size) is not int or min(size, raw_size) < 0:
        raise ValueError(f"size of {entry['name']}")
    return Member(_text(entry["name"]), kind, _text(entry["place"]), _text(entry["sha256"]), size, raw_size)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, found {value!r}")
    return value


def _broken(place: str, reason: str) -> BackupError:
    return BackupError(
        f"The archive's manifest is broken: {reason}",
        where=place,
        hint="use another archive: tutor local backup list",
    )


def total(members: Iterable[Member]) -> int:
    """Bytes of members as they lie in the archive."""
    return sum(member.size for member in members)
