"""Restoring an archive: all of it, or nothing. What was killed can be resumed or undone."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.backup import archive, journal, verify
from tutor.backup.create import SETTINGS, Progress, demand_room
from tutor.backup.journal import Journal
from tutor.backup.store import CLEAN, COMMIT, MOVE_ASIDE, UNDO
from tutor.engines.start import run_quietly
from tutor.exceptions import BackupError, EngineError, TutorError
from tutor.jobs.run import alone, forget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tutor.backup.deployment import Deployment
    from tutor.backup.manifest import Manifest, Member
    from tutor.backup.places import Inventory, Item
    from tutor.engines.report import Reporter

#: Folder of the journal for dumps of data that is not on this machine, taken before it is replaced.
_OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Hands:
    """What a restore does to the project as a whole.

    Args:
        opened: the platform as its settings say now; ``None`` where there is no environment.
        replace_settings: writes another ``config.yml``, and the environment that follows from it.
        fetch: gets the images that are missing.
        reporter: told what goes on.
    """

    opened: Callable[[], AbstractContextManager[Deployment | None]]
    replace_settings: Callable[[bytes], None]
    fetch: Callable[[Deployment], None]
    reporter: Reporter


def settings_of(path: Path) -> bytes:
    """``config.yml`` in an archive that was verified."""
    with archive.opened(path) as reader:
        found = [m for m in reader.manifest.members if m.name == SETTINGS]
        return b"".join(verify.chunks(reader, found[0])) if found else b""


def restore(root: Path, path: Path, hands: Hands) -> None:
    """Put the data and the settings of an archive in the place of those that are there.

    Args:
        root: of the project.
        path: the archive, verified.
        hands: how.

    Raises:
        TutorError: something failed; everything is as it was before, unless the message says otherwise.
    """
    with alone(root):
        demand_none(root)
        with archive.opened(path) as reader:
            demand_room(root, reader.manifest.raw_size, "The data")
        new = Journal(root, str(path.absolute()), _digest(path))
        with hands.opened() as deployment:
            new.running = deployment.running() if deployment else []
        new.begin()
        _carry_on(new, hands)


def resume(root: Path, hands: Hands) -> None:
    """Go on with a restore that was cut off.

    Raises:
        TutorError: there is none, the archive is not what it was, or something failed.
    """
    with alone(root):
        found = _cut_off(root)
        if not found.complete:
            path = Path(found.archive)
            verify.demand(path)
            if _digest(path) != found.digest:
                raise BackupError(
                    "This is not the archive that was being restored any more",
                    where=found.archive,
                    hint="tutor local backup restore --undo",
                )
        _carry_on(found, hands)


def undo(root: Path, hands: Hands) -> None:
    """Put everything back as it was before a restore that was cut off.

    Raises:
        TutorError: there is none, all of it was restored already, or something failed.
    """
    with alone(root):
        found = _cut_off(root)
        if found.complete:
            raise BackupError(
                "All of it was restored: it is too late to undo that",
                where=found.archive,
                hint="tutor local backup restore --resume",
            )
        _undo(found, hands)


def demand_none(root: Path) -> None:
    """Make sure that no restore was cut off.

    Raises:
        BackupError: one was.
    """
    found = journal.read(root)
    if found is not None:
        raise BackupError(
            "A restore was cut off: the data is not complete",
            where=found.archive,
            hint="tutor local backup restore --resume, or: tutor local backup restore --undo",
        )


def _cut_off(root: Path) -> Journal:
    found = journal.read(root)
    if found is None:
        raise BackupError(
            "No restore was cut off: there is nothing to resume or to undo",
            where=str(root),
            hint="tutor local backup list",
        )
    return found


def _carry_on(entry: Journal, hands: Hands) -> None:
    try:
        if not entry.complete:
            _replace(entry, hands)
            entry.complete = True
            entry.write()
    except BaseException as error:
        hands.reporter.warn("it did not work: everything is put back as it was before")
        try:
            _undo(entry, hands)
        except TutorError as other:
            other.message = f"{error}. Putting everything back failed, too: {other.message}"
            other.hint = f"{other.hint}; then: tutor local backup restore --undo"
            raise
        raise
    with _demanded(hands) as deployment:
        deployment.store.rearrange(entry.places, COMMIT)
        # Tasks may have run since the archive was made, and data that is not in it may be missing.
        forget(entry.root)
        entry.close()
        _start_again(deployment, entry)


def _replace(entry: Journal, hands: Hands) -> None:
    reporter = hands.reporter
    reporter.title("Stopping the platform")
    with hands.opened() as deployment:
        if deployment is not None:
            deployment.stop_leftovers()
            deployment.stop()
    path = Path(entry.archive)
    reporter.title("Settings and environment")
    hands.replace_settings(settings_of(path))
    with _demanded(hands) as deployment, archive.opened(path) as reader:
        hands.fetch(deployment)
        work = _work(reader.manifest, deployment.inventory, path)
        _prepare_places(entry, deployment, [item for _, item in work])
        _clean(entry, deployment, work)
        started = False
        for number, (member, item) in enumerate(work, 1):
            label = f"[{number}/{len(work)}] {item.name}"
            if member.name in entry.finished:
                reporter.info(f"{label}, finished before")
                continue
            reporter.title(label)
            if item.treatment.restore is not None and not started:
                _start_stores(deployment, work)
                started = True
            source = Progress.over(verify.chunks(reader, member), reporter)
            _restore(entry, deployment, item, source)
            entry.finish(member.name)


def _work(manifest: Manifest, found: Inventory, path: Path) -> list[tuple[Member, Item]]:
    """The members to restore, each with where it goes.

    Raises:
        BackupError: this platform has no place for one.
    """
    work = []
    for member in manifest.members:
        item = found.item(member.place)
        if member.kind == "settings":
            continue
        if item is None or (item.treatment.restore if member.kind == "dump" else item.place) is None:
            raise BackupError(
                f"The archive has {member.place}, for which nothing on this platform has a place",
                where=str(path),
                hint="tutor plugins list: a plugin may be missing, or of another version",
            )
        work.append((member, item))
    return work


def _prepare_places(entry: Journal, deployment: Deployment, items: list[Item]) -> None:
    """Empty the places, and note that before."""
    places = [item.place for item in items if item.place]
    volumes = [place for place in places if place.is_volume]
    if len(deployment.existing(volumes)) < len(volumes):
        argv = deployment.compose.command("create", "--no-recreate")
        result = run_quietly(deployment.runner, deployment.compose, argv, deployment.reporter)
        if result.code:
            raise EngineError(
                f"The volumes cannot be created: {result.reason}",
                where=f"project {deployment.compose.name}",
                hint="docker volume ls",
            )
    if not entry.places:
        entry.places = places
        entry.write()
    deployment.store.rearrange(entry.places, MOVE_ASIDE)


def _clean(entry: Journal, deployment: Deployment, work: list[tuple[Member, Item]]) -> None:
    """Empty the places into which a run that was cut off has begun to write."""
    unfinished = [item.place for member, item in work if item.place and member.name not in entry.finished]
    deployment.store.rearrange(unfinished, CLEAN)


def _start_stores(deployment: Deployment, work: list[tuple[Member, Item]]) -> None:
    """Start the services whose scripts read data: all at once, each with what it has."""
    services = dict.fromkeys(s for _, item in work if item.treatment.restore for s in item.services)
    deployment.start([name for name in services if name in deployment.services])


def _restore(entry: Journal, deployment: Deployment, item: Item, source: Iterator[bytes]) -> None:
    if item.treatment.restore is not None:
        if item.place is None:
            _keep_outside(entry, deployment, item)
        deployment.load(item, source)
    elif item.place is not None:
        deployment.store.unpack(item.place, source)


def _keep_outside(entry: Journal, deployment: Deployment, item: Item) -> None:
    """Dump what is on another machine, and cannot be moved aside, once."""
    path = entry.folder / _OUTSIDE / item.name.replace("/", "%")
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True, mode=0o700)
    deployment.reporter.output("keeping what is there now")
    new = path.with_name(path.name + ".new")
    with gzip.open(new, "wb") as file:
        deployment.dump(item, file.write)
    new.replace(path)


def _undo(entry: Journal, hands: Hands) -> None:
    reporter = hands.reporter
    reporter.title("Putting everything back")
    with hands.opened() as deployment:
        if deployment is not None:
            deployment.stop_leftovers()
            deployment.stop()
            _put_back_outside(entry, deployment)
            if entry.places:
                deployment.store.rearrange(entry.places, UNDO)
    entry.put_back_settings()
    with hands.opened() as deployment:
        if deployment is not None:
            _start_again(deployment, entry)
    entry.close()


def _put_back_outside(entry: Journal, deployment: Deployment) -> None:
    for path in sorted((entry.folder / _OUTSIDE).glob("*")):
        item = deployment.inventory.item(path.name.replace("%", "/"))
        if item is not None and path.suffix != ".new":
            with gzip.open(path) as file:
                deployment.load(item, iter(lambda: file.read(1 << 18), b""))


def _start_again(deployment: Deployment, entry: Journal) -> None:
    """What ran before runs again; what did not does not."""
    names = [name for name in entry.running if name in deployment.services]
    if names:
        deployment.reporter.title("Starting the platform again")
        deployment.start(names)
    else:
        deployment.stop()


@contextlib.contextmanager
def _demanded(hands: Hands) -> Iterator[Deployment]:
    with hands.opened() as deployment:
        if deployment is None:
            raise EngineError("There is no environment to run yet", hint="tutor config save")
        yield deployment


def _digest(path: Path) -> str:
    """Tells an archive from others: of its manifest, which has the checksums of all else."""
    with archive.opened(path) as reader:
        return hashlib.sha256(reader.manifest.serialized()).hexdigest()
