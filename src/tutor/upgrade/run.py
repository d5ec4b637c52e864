"""Running the steps of an upgrade, on whatever engine: what runs a task is given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.backup import listing, verify
from tutor.core.hooks import CORE
from tutor.exceptions import BackupError, TaskError
from tutor.jobs.ledger import UPGRADE_FILE, Ledger
from tutor.jobs.run import SHOWN, alone
from tutor.jobs.tasks import Task
from tutor.upgrade.releases import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tutor.engines.report import Reporter
    from tutor.engines.run import Result
    from tutor.project import Project
    from tutor.upgrade.steps import Step

#: How old a backup may be that an upgrade relies on.
FRESH = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade that can begin, or go on.

    Args:
        root: of the project.
        release: the one whose data is there.
        steps: each with its tasks.
        ledger: what has finished.
    """

    root: Path
    release: str
    steps: tuple[tuple[Step, tuple[Task, ...]], ...]
    ledger: Ledger

    @property
    def interrupted(self) -> bool:
        """Whether it began before and has not come to its end."""
        return self.ledger.interrupted

    def is_done(self, step: Step) -> bool:
        """Whether a step has finished, in a run that was cut off."""
        tasks = next(tasks for known, tasks in self.steps if known is step)
        return self.interrupted and all(self.ledger.has(task) for task in tasks)


def prepare(project: Project, release: str, steps: Sequence[Step]) -> Upgrade:
    """Turn steps into tasks.

    Args:
        project: opened.
        release: the one whose data is there.
        steps: in order.

    Raises:
        RenderError: a script cannot be rendered.
    """
    prepared = []
    for step in steps:
        tasks = [
            Task(f"{step.name}/{service} #{number}", service, script, CORE)
            for number, (service, script) in enumerate(step.scripts(project), 1)
        ]
        if tasks:
            prepared.append((step, tuple(tasks)))
    ledger = Ledger.read(project.root, f"upgrade from {release} to {CURRENT}", UPGRADE_FILE)
    return Upgrade(project.root, release, tuple(prepared), ledger)


def demand_backup(root: Path, now: dt.datetime, reporter: Reporter) -> Path:
    """Make sure that there is a way back: a backup that is fresh, and that can be restored.

    Returns:
        The newest archive.

    Raises:
        BackupError: there is none, it is too old, or it is damaged.
    """
    usable = [entry for entry in listing.archives(root) if entry.manifest is not None]
    hint = "tutor local backup create, or go on without one: --without-backup"
    if not usable or usable[-1].manifest is None:
        raise BackupError("There is no backup to go back to", where=str(root / "backups"), hint=hint)
    newest = usable[-1]
    age = now - dt.datetime.fromisoformat(usable[-1].manifest.created)
    if age > FRESH:
        hours = int(age.total_seconds() // 3600)
        raise BackupError(
            f"The newest backup is {hours} hours old: what came after would be lost",
            where=str(newest.path),
            hint=hint,
        )
    reporter.title(f"Verifying the backup {newest.path.name}")
    verify.demand(newest.path)
    return newest.path


def run(
    upgrade: Upgrade,
    perform: Callable[[Task], Result],
    reporter: Reporter,
    *,
    resume: bool,
    command: str,
) -> None:
    """Run the steps in order, and stop at the first that fails.

    Args:
        upgrade: prepared.
        perform: runs a task, and what it needs.
        reporter: told about each step.
        resume: leave out what has finished in the run that was cut off.
        command: that goes on from where this one stops.

    Raises:
        TaskError: a step failed; with the end of its output, and how to resume.
        LockedError: other tasks run.
    """
    with alone(upgrade.root):
        upgrade.ledger.begin(resume=resume)
        for number, (step, tasks) in enumerate(upgrade.steps, 1):
            reporter.title(f"[{number}/{len(upgrade.steps)}] {step.title}")
            for task in tasks:
                if resume and upgrade.ledger.has(task):
                    reporter.info(f"{task.name}, finished before")
                    continue
                try:
                    result = perform(task)
                except KeyboardInterrupt:
                    reporter.warn(f"stopped in {task.name}; to go on from here: {command}")
                    raise
                if result.code:
                    raise _failed(step, task, result, command)
                upgrade.ledger.finish(task)
        upgrade.ledger.close()


def _failed(step: Step, task: Task, result: Result, command: str) -> TaskError:
    return TaskError(
        f"A step of the upgrade failed in service {task.service} (exit code {result.code}): {step.title}",
        where=f"step {step.name}; the end of its output follows",
        excerpt="\n".join(result.output.rstrip().splitlines()[-SHOWN:]) or "(it printed nothing)",
        hint=f"correct what it says, then go on from here: {command}",
    )
