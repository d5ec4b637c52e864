"""Making an archive."""

from __future__ import annotations

import contextlib
import shutil
import time
from shlex import quote
from typing import TYPE_CHECKING

from tutor.__about__ import __version__
from tutor.backup import archive, verify
from tutor.backup.manifest import Manifest, Plugin
from tutor.env.storage import storage_errors
from tutor.exceptions import BackupError, StorageError
from tutor.jobs.run import alone
from tutor.upgrade.releases import CURRENT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tutor.backup.archive import Writer
    from tutor.backup.deployment import Deployment
    from tutor.backup.places import Inventory, Item
    from tutor.engines.report import Reporter
    from tutor.project import Project

#: Folder in the project's root where archives are put unless the user says otherwise.
FOLDER = "backups"
SUFFIX = ".tar"
SETTINGS = "settings/config.yml"
#: Seconds between two words about a long member.
_PATIENCE = 10.0
#: Share of a database's files that its compressed dump takes at most; indexes and logs are not in it.
_DUMP_SHARE = 0.5
#: Bytes that have to stay free.
_RESERVE = 64 << 20


def default_path(root: Path, now: dt.datetime) -> Path:
    """Where a new archive goes: named after the time, in UTC, so that names sort by age."""
    return root / FOLDER / f"tutor-{now:%Y%m%d-%H%M%S}{SUFFIX}"


def create(deployment: Deployment, path: Path, now: dt.datetime) -> Manifest:
    """Make an archive of a platform, and verify it.

    Services go on; some are halted while their files are copied.

    Args:
        deployment: the platform.
        path: of the archive; it is there when all has gone well, and only then.
        now: the time, in UTC.

    Raises:
        BackupError: something cannot be read, or the archive would not fit.
        StorageError: the disk refuses.
    """
    reporter = deployment.reporter
    with alone(deployment.project.root):
        deployment.stop_leftovers()
        found = deployment.inventory
        _check_room(deployment, found, path)
        started: list[str] = []
        try:
            started = _start_databases(deployment, found)
            with _errors(path), archive.created(path) as file:
                writer = archive.Writer(file)
                _write(deployment, found, writer)
                manifest = _manifest(deployment.project, writer, found, now)
                writer.finish(manifest)
        finally:
            if started:
                reporter.info(f"stopping what did not run before: {', '.join(started)}")
                deployment.stop(started)
    reporter.title("Verifying the archive")
    try:
        return verify.demand(path)
    except BackupError:
        path.unlink(missing_ok=True)
        raise


def _write(deployment: Deployment, found: Inventory, writer: Writer) -> None:
    reporter = deployment.reporter
    with writer.member(SETTINGS, "settings") as write:
        write(deployment.project.user.content or b"")
    existing = deployment.existing(item.place for item in found.items if item.place)
    items = [i for i in found.items if i.treatment.dump is not None or i.place in existing]
    for number, item in enumerate(items, 1):
        reporter.title(f"[{number}/{len(items)}] {item.name}")
        if item.treatment.dump is not None:
            with writer.member(f"{item.name}.{item.treatment.suffix}.gz", "dump", item.name) as write:
                deployment.dump(item, Progress(write, reporter))
        else:
            with writer.member(f"{item.name}.tar.gz", "files", item.name) as write:
                _pack(deployment, item, Progress(write, reporter))
        member = writer.members[-1]
        reporter.output(f"{size(member.raw_size)}, compressed {size(member.size)}")


def _pack(deployment: Deployment, item: Item, write: Callable[[bytes], None]) -> None:
    if item.place is None:
        return
    reporter, paused = deployment.reporter, deployment.identities(item.paused)
    if paused:
        reporter.output(f"halting {', '.join(item.paused)} meanwhile")
    with deployment.store.paused(paused) as halted:
        if not halted:
            reporter.warn(f"the engine cannot halt them: {item.name} is copied as it changes")
        live = not paused or not halted
        changed = deployment.store.pack(item.place, item.treatment.exclude, write, live=live)
    if changed:
        reporter.warn(f"{item.name} changed while it was copied: {changed}")


def _start_databases(deployment: Deployment, found: Inventory) -> list[str]:
    """Make sure that what is dumped can be asked."""
    needed: dict[str, None] = {}
    for item in found.items:
        if item.treatment.dump is not None:
            needed.update(dict.fromkeys(item.services))
    wanted = [name for name in needed if name in deployment.services and deployment.services[name].restarts]
    if set(wanted) <= set(deployment.running()):
        return []
    return deployment.start(wanted)


def _check_room(deployment: Deployment, found: Inventory, path: Path) -> None:
    """Make sure that the archive fits, as far as can be known before.

    Raises:
        BackupError: it would not.
    """
    places = deployment.existing(item.place for item in found.items if item.place)
    sizes = deployment.store.sizes(places)
    dumped = {item.name for item in found.items if item.treatment.dump is not None}
    needed = sum(int(n * _DUMP_SHARE) if name in dumped else n for name, n in sizes.items()) + _RESERVE
    demand_room(path.parent, needed, "The archive")


def demand_room(folder: Path, needed: int, what: str) -> None:
    """Make sure that a disk has room.

    Raises:
        BackupError: it has not.
    """
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed:
        raise BackupError(
            f"{what} may need {size(needed)}, and {size(free)} are free; nothing was done",
            where=str(folder),
            hint=f"free some space: df -h {quote(str(place))}; or choose another disk",
        )


def _manifest(project: Project, writer: Writer, found: Inventory, now: dt.datetime) -> Manifest:
    plugins = tuple(Plugin(p.name, p.version, p.place.rpartition("/")[2]) for p in project.loaded)
    return Manifest(
        created=now.replace(microsecond=0).isoformat(),
        version=__version__,
        release=CURRENT,
        plugins=plugins,
        members=tuple(writer.members),
        left_out=found.left_out,
    )


@contextlib.contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Say that it is the archive that the disk does not take."""
    try:
        with storage_errors(path.parent):
            yield
    except StorageError as error:
        error.message = f"The archive could not be written: {error.message.partition(': ')[2]}"
        raise


class Progress:
    """Hands on pieces of bytes, and says now and then how many there were."""

    def __init__(self, sink: Callable[[bytes], None], reporter: Reporter) -> None:
        self._sink, self._reporter = sink, reporter
        self._bytes, self._told = 0, time.monotonic()

    @classmethod
    def over(cls, pieces: Iterable[bytes], reporter: Reporter) -> Iterator[bytes]:
        """Pieces of bytes as they are, with words now and then."""
        progress = cls(lambda _: None, reporter)
        for data in pieces:
            progress(data)
            yield data

    def __call__(self, data: bytes) -> None:
        self._sink(data)
        self._bytes += len(data)
        if time.monotonic() - self._told >= _PATIENCE:
            self._told = time.monotonic()
            self._reporter.output(f"{size(self._bytes)} so far")


def size(number: int) -> str:
    """A number of bytes in words."""
    value, unit = float(number), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{number} B" if unit == "B" else f"{value:.1f} {unit}"
