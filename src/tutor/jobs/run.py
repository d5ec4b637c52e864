"""Running the tasks of a job: in order, at the same time only what works on different databases."""

from __future__ import annotations

import contextlib
import fcntl
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutor.engines.together import Step, together
from tutor.env.storage import STATE, storage_errors
from tutor.exceptions import LockedError, TaskError
from tutor.jobs import initialised
from tutor.jobs import ledger as ledgers
from tutor.jobs.initialised import Initialised
from tutor.jobs.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tutor.engines.report import Reporter
    from tutor.engines.run import Result
    from tutor.jobs.place import Place
    from tutor.jobs.tasks import Task

#: Lines of a failed task's output that are shown.
SHOWN = 25


def run_tasks(
    place: Place,
    tasks: Sequence[Task],
    root: Path,
    reporter: Reporter,
    *,
    resume: bool = False,
    partial: bool = False,
    job: str = "init",
    images: Mapping[str, str] | None = None,
    again: str | None = None,
    check: Callable[[], None] | None = None,
) -> None:
    """Run tasks in order, and begin none after one has failed.

    Those that are known to work on different databases may run at the same time. A plugin's task runs alone,
    after all that stand before it.

    Args:
        place: runs them.
        tasks: in order, as the place has resolved them.
        root: the project's root, which keeps the ledger.
        reporter: told about each task and its output.
        resume: leave out what has finished in the run that was cut off.
        partial: these are not all tasks of the job: the ledger of a whole run is left alone.
        job: which job they are; only ``init`` has a ledger.
        images: service that runs tasks → identity of its image, to be noted with what has run.
        again: the command that goes on after a failure, if not the job's own.
        check: called before each task; what it raises keeps the rest from running.

    Raises:
        TaskError: a task failed; with the end of its output, and how to resume.
    """
    with alone(root):
        if place.clear():
            reporter.info("removed the containers of a run that was cut off")
        partial = partial or job != "init"
        command = again or f"tutor {place.group} do {job}"
        ledger = Ledger.read(root, ledger_of(place))
        # What is noted says whether an initialisation is due again: on this machine, in containers of here.
        noted = Initialised.read(root) if job == "init" and place.group != "k8s" else None

        def finished(task: Task) -> None:
            if noted is not None:
                noted.finish(task, (images or {}).get(task.job_service, ""))

        run = _Run(place, ledger, reporter, finished, partial=partial, command=command, check=check)
        run.run(tasks, resume=resume)


def ledger_of(place: Place) -> str:
    """The name of the ledger of a place: `tutor local` and `tutor dev` have the same data."""
    return "k8s init" if place.group == "k8s" else "init"


def forget(root: Path) -> None:
    """Forget which tasks have run on the data of this machine: it is other data now.

    Raises:
        StorageError: the disk refuses.
    """
    notes = (initialised.FILE.format(name="compose"), ledgers.FILE, ledgers.UPGRADE_FILE)
    with storage_errors(root):
        for name in notes:
            (root / STATE / name).unlink(missing_ok=True)


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep others from running tasks of this project. The kernel frees the lock if we are killed.

    Raises:
        LockedError: somebody does.
    """
    path = root / STATE / "jobs.lock"
    with storage_errors(root):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                "Another process is running tasks of this project, or a backup; nothing was done here",
                where=str(root),
                hint="wait until it has ended, then run the command again",
            ) from None
        yield
    finally:
        os.close(handle)


@dataclass(slots=True)
class _Run:
    """One run of a job.

    Args:
        place: runs the tasks.
        ledger: notes what has finished.
        reporter: told about each task and its output.
        finished: told about each task that has finished.
        partial: the ledger of a whole run is left alone.
        command: what goes on after a failure.
        check: called before each task.
        running: label → task that has begun and has not finished.
    """

    place: Place
    ledger: Ledger
    reporter: Reporter
    finished: Callable[[Task], None]
    partial: bool
    command: str
    check: Callable[[], None] | None = None
    running: dict[str, Task] = field(default_factory=dict)

    def run(self, tasks: Sequence[Task], *, resume: bool) -> None:
        """Run tasks; with ``resume``, those that have not finished before."""
        if not self.partial:
            if resume and not self.ledger.interrupted:
                self.reporter.info("there is no run to resume: all tasks run")
            self.ledger.begin(resume=resume)
        steps = []
        for number, task in enumerate(tasks, 1):
            label = f"[{number}/{len(tasks)}] {task.service}: {task.owner}"
            if resume and self.ledger.has(task):
                self.reporter.info(f"{label}, finished before")
            else:
                after = frozenset(other.name for other in tasks[: number - 1] if task.waits_for(other))
                steps.append(self._step(task, label, after))
        try:
            # One that works on a database is not cut off because another one has failed.
            together(steps, {"": self.place.at_once}, stop_rest=False)
        except KeyboardInterrupt:
            for label, task in self.running.items():
                again = _again(task, self.command, partial=self.partial)
                self.reporter.warn(f"stopped in {label}; to go on from here: {again}")
            raise
        if not self.partial:
            self.ledger.close()

    def _step(self, task: Task, label: str, after: frozenset[str]) -> Step:
        number = label.partition(" ")[0]

        def begin() -> None:
            if self.check is not None:
                self.check()
            self.running[label] = task
            self.reporter.title(label)

        def show(line: str) -> None:
            self.reporter.output(f"{number} {line}" if len(self.running) > 1 else line)

        def work() -> None:
            result = self.place.run(task, show)
            if result.code:
                raise _failed(self.place, task, result, self.command, partial=self.partial)

        def done() -> None:
            del self.running[label]
            self.finished(task)
            if not self.partial:
                self.ledger.finish(task)

        return Step(task.name, begin, work, done, after)


def _again(task: Task, command: str, *, partial: bool) -> str:
    if not command.endswith(" init"):
        return command
    return f"{command} --limit {task.app}" if partial else f"{command} --resume"


def _failed(place: Place, task: Task, result: Result, command: str, *, partial: bool) -> TaskError:
    job = command.rpartition(" ")[2]
    remedy = "correct it, then go on from here" if task.origin.plugin else "then go on from here"
    if job != "init":
        remedy = "correct what it says, then again"
    return TaskError(
        f"The {job} task of {task.owner} failed in service {task.service} (exit code {result.code})",
        where=f"{task.origin}, {place.where(task)}; the end of its output follows",
        excerpt="\n".join(result.output.rstrip().splitlines()[-SHOWN:]) or "(it printed nothing)",
        hint=f"{remedy}: {_again(task, command, partial=partial)}",
    )
