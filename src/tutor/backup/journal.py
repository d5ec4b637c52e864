"""The journal of a restore: what it replaces and how far it has come, so that it can be resumed or undone."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.backup.places import Place
from tutor.config.userfile import FILENAME as CONFIG
from tutor.env.plan import ENV, MANIFEST
from tutor.env.storage import RESTORE, STATE, storage_errors
from tutor.env.transaction import Transaction
from tutor.exceptions import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT_VERSION = 1
_FILE = "journal.json"
#: Settings and environment as they were before, below the journal's folder.
_BEFORE = "before"
_HINT = "go on with the version of tutor that began it"


@dataclass(slots=True)
class Journal:
    """A restore that has begun and not come to its end.

    Args:
        root: of the project.
        archive: the archive's absolute path.
        digest: of the archive's manifest: it has to be the same one when the restore goes on.
        running: services that ran before.
        places: what is replaced.
        finished: members that are restored.
        complete: all is restored; only tidying up is left.
    """

    root: Path
    archive: str
    digest: str
    running: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    complete: bool = False

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.root / STATE / RESTORE

    def begin(self) -> None:
        """Keep settings and environment, and note that the restore begins.

        Raises:
            StorageError: the disk refuses.
        """
        with storage_errors(self.root):
            shutil.rmtree(self.folder, ignore_errors=True)
            before = self.folder / _BEFORE
            before.mkdir(parents=True, mode=0o700)
            self.folder.chmod(0o700)
            for name in (CONFIG, MANIFEST):
                if (self.root / name).is_file():
                    (before / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(self.root / name, before / name)
            if (self.root / ENV).is_dir():
                shutil.copytree(self.root / ENV, before / ENV, symlinks=True)
        self.write()

    def write(self) -> None:
        """Note how far it has come.

        Raises:
            StorageError: the disk refuses.
        """
        content = {"format_version": FORMAT_VERSION, **asdict(self)}
        del content["root"]
        new = self.folder / f"{_FILE}.new"
        with storage_errors(self.root):
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(handle)
            new.replace(self.folder / _FILE)

    def finish(self, member: str) -> None:
        """Note that a member is restored.

        Raises:
            StorageError: the disk refuses.
        """
        self.finished.append(member)
        self.write()

    def close(self) -> None:
        """There is nothing to resume or to undo any more.

        Raises:
            StorageError: the disk refuses.
        """
        with storage_errors(self.root):
            (self.folder / _FILE).unlink(missing_ok=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    def put_back_settings(self) -> None:
        """Write settings and environment as they were before, all or nothing.

        Raises:
            StorageError: the disk refuses.
        """
        before = self.folder / _BEFORE
        changes = Transaction(self.root)
        old = {path: before / path for path in _files(before)}
        for path in [CONFIG, MANIFEST, *(f"{ENV}/{file}" for file in _files(self.root / ENV))]:
            if path not in old:
                changes.remove(path)
        for path, file in old.items():
            live = self.root / path
            if not _same(file, live):
                # A link, such as into a folder under version control, stays one.
                target = os.path.realpath(live) if live.is_symlink() else path
                changes.write(target, file.read_bytes(), file.stat().st_mode & 0o777)
        changes.commit()


def read(root: Path) -> Journal | None:
    """The journal of a project, if a restore has not come to its end.

    Raises:
        BackupError: it cannot be read.
    """
    path = root / STATE / RESTORE / _FILE
    try:
        content: Any = json.loads(path.read_bytes())
        version = content.pop("format_version")
        places = [Place(**place) for place in content.pop("places")]
        found = Journal(root, places=places, **content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(
            f"The journal of a restore cannot be read: {error}", where=str(path), hint=_HINT
        ) from None
    if version != FORMAT_VERSION:
        raise BackupError(
            f"The journal of a restore has format {version!r}, which this version of tutor does not read",
            where=str(path),
            hint=_HINT,
        )
    return found


def _files(folder: Path) -> Iterator[str]:
    """Files below a folder, without links: those are not ours."""
    for parent, _, files in os.walk(folder):
        for name in files:
            if not Path(parent, name).is_symlink():
                yield str(Path(parent, name).relative_to(folder))


def _same(old: Path, live: Path) -> bool:
    try:
        return old.read_bytes() == live.read_bytes() and old.stat().st_mode == live.stat().st_mode
    except OSError:
        return False
