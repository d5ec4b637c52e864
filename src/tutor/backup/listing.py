"""The archives that there are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tutor.backup import archive
from tutor.backup.create import FOLDER, SUFFIX
from tutor.exceptions import BackupError

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.backup.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Listed:
    """An archive in the project's folder of backups.

    Args:
        path: where it is.
        size: in bytes.
        manifest: what it says about itself; ``None`` where it cannot be read.
        fault: why it cannot be read.
    """

    path: Path
    size: int
    manifest: Manifest | None = None
    fault: str | None = None

    @property
    def as_data(self) -> dict[str, Any]:
        """All about it, for scripts."""
        found: dict[str, Any] = {"name": self.path.name, "path": str(self.path), "size": self.size}
        if self.manifest is None:
            return {**found, "fault": self.fault}
        return {**found, **asdict(self.manifest)}


def archives(root: Path) -> list[Listed]:
    """The archives of a project, from the oldest to the newest. Checksums are not looked at."""
    found = []
    for path in sorted((root / FOLDER).glob(f"*{SUFFIX}")):
        try:
            size = path.stat().st_size
            with archive.opened(path) as reader:
                found.append(Listed(path, size, reader.manifest))
        except BackupError as error:
            found.append(Listed(path, size, fault=error.message))
        except OSError:
            continue  # removed in between
    return sorted(found, key=lambda entry: entry.manifest.created if entry.manifest else "")


def find(root: Path, name: str, here: Path) -> Path:
    """The archive that the user means: a path, or a name in the project's folder of backups.

    Args:
        root: of the project.
        name: what the user said.
        here: the folder that a relative path starts from.

    Raises:
        BackupError: there is none.
    """
    for path in (here / name, root / FOLDER / name, root / FOLDER / f"{name}{SUFFIX}"):
        if path.is_file():
            return path
    raise BackupError(f"There is no archive {name}", where=str(root / FOLDER), hint="tutor local backup list")
