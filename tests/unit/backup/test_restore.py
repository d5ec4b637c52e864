"""Restoring: all or nothing, resumed, undone. The engine is a shell, so that data really moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import fingerprint, project_state
from tests.unit.backup.kit import make_archive, tar_of, tree
from tutor.backup import journal, restore
from tutor.core.hooks import CORE
from tutor.exceptions import BackupError
from tutor.jobs.initialised import Initialised
from tutor.jobs.ledger import FILE, UPGRADE_FILE, Ledger
from tutor.jobs.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.backup.conftest import Platform

    CutOff = Callable[[Path, str], None]

NEW_DATA = {
    "lms": None,
    "lms/log": "new log",
    "media": None,
    "media/picture": "new picture",
    "notes": None,
    "notes/store": "new note",
}

TASK = Task("notes #1", "notes", "true", CORE)


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of the same platform at another time."""
    return make_archive(
        tmp_path / "a.tar",
        {
            "settings/config.yml": ("settings", b"LMS_HOST: new\n"),
            "data/lms.tar.gz": ("files", tar_of({"./": None, "./log": b"new log"})),
            "data/media.tar.gz": ("files", tar_of({"./": None, "./picture": b"new picture"})),
            "data/notes.dump.gz": ("dump", b"new note"),
        },
    )


def _state(platform: Platform) -> dict[str, tuple[str, str]]:
    return {**project_state(platform.root), **fingerprint(platform.root / "data")}


@pytest.fixture
def cut_off(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> CutOff:
    """Restore an archive until a title is printed, where the process ends: it does not undo anything."""

    def run(archive: Path, title: str) -> None:
        def die(text: str) -> None:
            if title in text:
                patch.setattr(restore, "_undo", lambda *_: (_ for _ in ()).throw(Killed))
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(type(platform.journal), "title", lambda self, text: die(text))
            with pytest.raises(Killed):
                restore.restore(platform.root, archive, platform.hands())

    return run


def _restored(platform: Platform) -> None:
    assert tree(platform.root / "data") == NEW_DATA
    assert (platform.root / "config.yml").read_text() == "LMS_HOST: new\n"
    assert not (platform.root / ".tutor/restore").exists()
    assert platform.engine.running == {"lms", "notes"}


def test_data_and_settings_are_those_of_the_archive(platform: Platform, archive: Path) -> None:
    restore.restore(platform.root, archive, platform.hands())
    _restored(platform)


def test_scripts_run_on_services_that_started_empty(platform: Platform, archive: Path) -> None:
    """What they read is not mixed with what was there."""
    restore.restore(platform.root, archive, platform.hands())
    words = [" ".join(command) for command in platform.engine.commands]
    stopped = next(n for n, w in enumerate(words) if w.endswith(" stop"))
    started = next(n for n, w in enumerate(words) if w.endswith(" --detach notes"))
    read = next(n for n, w in enumerate(words) if "TUTOR_SCRIPT" in w)
    assert stopped < started < read


def _note_what_ran(platform: Platform) -> dict[str, tuple[str, str]]:
    """Note a task as run in an initialisation and an upgrade that were cut off; return these files."""
    Initialised.read(platform.root).finish(TASK, "")
    for job, file in (("init", FILE), ("upgrade", UPGRADE_FILE)):
        Ledger.read(platform.root, job, file).finish(TASK)
    return fingerprint(*(platform.root / ".tutor").glob("*.json"))


def test_no_task_counts_as_run_on_the_new_data(platform: Platform, archive: Path) -> None:
    _note_what_ran(platform)
    restore.restore(platform.root, archive, platform.hands())
    assert Initialised.read(platform.root).reason(TASK, "") == "it has not run yet"
    assert not Ledger.read(platform.root, "init").interrupted
    assert not Ledger.read(platform.root, "upgrade", UPGRADE_FILE).interrupted


def test_tasks_count_as_run_when_the_old_data_is_back(
    platform: Platform, archive: Path, cut_off: CutOff
) -> None:
    notes = _note_what_ran(platform)
    assert len(notes) > 3
    cut_off(archive, "3/3")
    restore.undo(platform.root, platform.hands())
    assert fingerprint(*(platform.root / ".tutor").glob("*.json")) == notes


def test_a_platform_that_did_not_run_does_not_run_after(platform: Platform, archive: Path) -> None:
    platform.engine.running = set()
    restore.restore(platform.root, archive, platform.hands())
    assert platform.engine.running == set()


@pytest.mark.parametrize("title", ["Settings and", "1/3", "2/3", "3/3"])
def test_what_was_killed_can_be_undone(
    platform: Platform, archive: Path, cut_off: CutOff, title: str
) -> None:
    before = _state(platform)
    cut_off(archive, title)
    assert journal.read(platform.root) is not None
    restore.undo(platform.root, platform.hands())
    assert _state(platform) == before
    assert platform.engine.running == {"lms", "notes"}
    assert not (platform.root / ".tutor/restore").exists()


@pytest.mark.parametrize("title", ["Settings and", "1/3", "2/3", "3/3", "Starting the platform"])
def test_what_was_killed_can_be_resumed(
    platform: Platform, archive: Path, cut_off: CutOff, title: str
) -> None:
    cut_off(archive, title)
    if title != "Starting the platform":
        restore.resume(platform.root, platform.hands())
        _restored(platform)
    assert tree(platform.root / "data") == NEW_DATA


def test_what_is_finished_is_not_done_again(platform: Platform, archive: Path, cut_off: CutOff) -> None:
    cut_off(archive, "3/3")
    restore.resume(platform.root, platform.hands())
    assert [text for text in platform.journal.texts("info") if "finished before" in text] == [
        "[1/3] data/lms, finished before",
        "[2/3] data/media, finished before",
    ]


def test_a_failure_puts_everything_back(platform: Platform, archive: Path) -> None:
    """Here, the script of the last data fails when all else is in place."""
    before = _state(platform)
    how = {"dump": ("notes", "true"), "restore": ("notes", "echo the reason >&2; exit 7")}
    from tests.unit.backup.conftest import PLUGIN
    from tutor.core.hooks import current
    from tutor.hooks import Filters

    current().add(Filters.BACKUP_DATA, items=(("data/notes", how),), origin=PLUGIN)
    with pytest.raises(BackupError, match="exit code 7") as caught:
        restore.restore(platform.root, archive, platform.hands())
    assert caught.value.excerpt == "the reason"
    assert "plugin notes 1.0" in str(caught.value.where)
    assert _state(platform) == before
    assert platform.engine.running == {"lms", "notes"}
    assert journal.read(platform.root) is None


def test_data_without_a_place_is_refused_before_any_is_moved(platform: Platform, tmp_path: Path) -> None:
    before = _state(platform)
    archive = make_archive(
        tmp_path / "a.tar",
        {"settings/config.yml": ("settings", b""), "data/other.tar.gz": ("files", tar_of({}))},
    )
    with pytest.raises(BackupError, match="data/other, for which nothing on this platform has a place"):
        restore.restore(platform.root, archive, platform.hands())
    assert _state(platform) == before
    assert not any("/places/0" in word for command in platform.engine.commands for word in command)


def test_while_one_is_cut_off_no_other_begins(platform: Platform, archive: Path, cut_off: CutOff) -> None:
    cut_off(archive, "2/3")
    with pytest.raises(BackupError, match="was cut off") as caught:
        restore.restore(platform.root, archive, platform.hands())
    assert caught.value.hint is not None
    assert "--resume" in caught.value.hint


def test_another_archive_of_the_name_is_not_resumed(
    platform: Platform, archive: Path, cut_off: CutOff
) -> None:
    cut_off(archive, "2/3")
    make_archive(archive, {"settings/config.yml": ("settings", b"")})
    with pytest.raises(BackupError, match="not the archive that was being restored"):
        restore.resume(platform.root, platform.hands())


@pytest.mark.parametrize("verb", [restore.resume, restore.undo])
def test_there_is_nothing_to_resume_or_undo(platform: Platform, verb: object) -> None:
    with pytest.raises(BackupError, match="No restore was cut off"):
        verb(platform.root, platform.hands())  # type: ignore[operator]  # one of the two


def test_the_journal_is_the_owners_alone(platform: Platform, archive: Path, cut_off: CutOff) -> None:
    """It has the old settings, with their secrets."""
    cut_off(archive, "2/3")
    assert (platform.root / ".tutor/restore").stat().st_mode & 0o077 == 0
    assert (platform.root / ".tutor/restore/journal.json").stat().st_mode & 0o077 == 0


def test_data_outside_is_kept_before_it_is_replaced(
    platform: Platform, tmp_path: Path, cut_off: CutOff
) -> None:
    """A database on another machine cannot be moved aside: it is dumped, and read back."""
    from tests.unit.backup.conftest import PLUGIN
    from tutor.core.hooks import current
    from tutor.hooks import Filters

    outside = tmp_path / "outside"
    outside.write_text("old")
    how = {"dump": ("lms", f"cat '{outside}'"), "restore": ("lms", f"cat >'{outside}'")}
    current().add(Filters.BACKUP_DATA, items=(("warehouse", how),), origin=PLUGIN)
    archive = make_archive(
        tmp_path / "a.tar",
        {
            "settings/config.yml": ("settings", b""),
            "warehouse.dump.gz": ("dump", b"new"),
            "data/lms.tar.gz": ("files", tar_of({"./log": b"new"})),
        },
    )
    cut_off(archive, "2/2")
    assert outside.read_text() == "new"
    restore.undo(platform.root, platform.hands())
    assert outside.read_text() == "old"
