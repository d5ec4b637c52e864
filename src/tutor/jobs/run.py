"""Running the tasks of a job, one after the other, in containers of their services."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
from typing import TYPE_CHECKING

from tutor.engines.compose import JOB_LABEL, service_names
from tutor.engines.health import containers, is_ready, wait_until_healthy
from tutor.engines.model import dependencies, read_model
from tutor.engines.start import remove_labelled, start
from tutor.env.storage import STATE, storage_errors
from tutor.exceptions import LockedError, TaskError
from tutor.jobs.initialised import Initialised
from tutor.jobs.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tutor.engines.compose import ComposeProject, Files
    from tutor.engines.report import Reporter
    from tutor.engines.run import Result, Runner
    from tutor.jobs.tasks import Task

#: Runs a script that it reads from its input. On a command line, everybody on this machine could read it,
#: secrets included. The script's commands get an input of their own, else they would swallow what is left.
SHELL = ("sh", "-c", 'script=$(cat); exec </dev/null; set -e; eval "$script"')
#: Seconds that the services on which tasks depend may take to become healthy.
TIMEOUT = 600.0
#: Lines of a failed task's output that are shown.
SHOWN = 25


def check_services(tasks: Iterable[Task], files: Files) -> list[Task]:
    """Make sure that each task has a service that runs it, before the first one runs.

    That is the job service; plugins of before 2020 have none, and their tasks run in the service itself.

    Returns:
        The tasks, each with the service that runs it.

    Raises:
        TaskError: one has none; names plugin, service, and the patch that would add it.
    """
    known = service_names(files, jobs=True)
    found = []
    for task in tasks:
        if task.job_service in known:
            found.append(task)
        elif task.origin.plugin and task.service in known:
            found.append(dataclasses.replace(task, container=task.service))
        else:
            raise TaskError(
                f"The task {task.name} of {task.owner} for service {task.service} cannot run: "
                f"there is no service {task.job_service}",
                where=str(task.origin),
                hint=f"add {task.job_service} with a patch named local-docker-compose-jobs-services",
            )
    return found


def start_dependencies(
    runner: Runner, compose: ComposeProject, tasks: Sequence[Task], reporter: Reporter
) -> None:
    """Start the services that tasks need, and wait until they are healthy.

    Raises:
        EngineError: one does not start.
    """
    services = read_model(runner, compose, jobs=True)
    jobs = dict.fromkeys(task.job_service for task in tasks)
    startable = service_names(compose.files)
    needed = {n: services[n] for n in dependencies(services, jobs) if n in startable}
    found = {c.service: c for c in containers(runner, compose)}
    if all(name in found and is_ready(found[name], needed[name]) for name in needed):
        return
    reporter.info(f"starting {', '.join(needed)}")
    start(runner, compose, needed, reporter, names=list(needed))
    wait_until_healthy(runner, compose, list(needed.values()), reporter, timeout=TIMEOUT)


def run_tasks(
    runner: Runner,
    compose: ComposeProject,
    tasks: Sequence[Task],
    root: Path,
    reporter: Reporter,
    *,
    resume: bool = False,
    partial: bool = False,
    job: str = "init",
    group: str = "local",
    images: Mapping[str, str] | None = None,
    again: str | None = None,
) -> None:
    """Run tasks in order, and stop at the first that fails.

    Args:
        runner: runs them.
        compose: where they run.
        tasks: in order.
        root: the project's root, which keeps the ledger.
        reporter: told about each task and its output.
        resume: leave out what has finished in the run that was cut off.
        partial: these are not all tasks of the job: the ledger of a whole run is left alone.
        job: which job they are; only ``init`` has a ledger.
        group: of the commands that run the job: ``local`` or ``dev``.
        images: service that runs tasks → identity of its image, to be noted with what has run.
        again: the command that goes on after a failure, if not the job's own.

    Raises:
        TaskError: a task failed; with the end of its output, and how to resume.
    """
    with alone(root):
        if remove_labelled(runner, compose, JOB_LABEL):
            reporter.info("removed the containers of a run that was cut off")
        partial = partial or job != "init"
        command = again or f"tutor {group} do {job}"
        ledger = Ledger.read(root, "init")
        noted = Initialised.read(root) if job == "init" else None

        def finished(task: Task) -> None:
            if noted is not None:
                noted.finish(task, (images or {}).get(task.job_service, ""))

        _run_tasks(
            runner,
            compose,
            tasks,
            ledger,
            reporter,
            finished,
            resume=resume,
            partial=partial,
            command=command,
        )


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


def _run_tasks(
    runner: Runner,
    compose: ComposeProject,
    tasks: Sequence[Task],
    ledger: Ledger,
    reporter: Reporter,
    finished: Callable[[Task], None],
    *,
    resume: bool,
    partial: bool,
    command: str,
) -> None:
    if not partial:
        if resume and not ledger.interrupted:
            reporter.info("there is no run to resume: all tasks run")
        ledger.begin(resume=resume)
    for number, task in enumerate(tasks, 1):
        label = f"[{number}/{len(tasks)}] {task.service}: {task.owner}"
        if resume and ledger.has(task):
            reporter.info(f"{label}, finished before")
            continue
        reporter.title(label)
        try:
            result = run_task(runner, compose, task, reporter)
        except KeyboardInterrupt:
            reporter.warn(f"stopped in {label}; to go on from here: {_again(task, command, partial=partial)}")
            raise
        if result.code:
            raise _failed(task, result, command, partial=partial)
        finished(task)
        if not partial:
            ledger.finish(task)
    if not partial:
        ledger.close()


def run_task(
    runner: Runner,
    compose: ComposeProject,
    task: Task,
    reporter: Reporter,
    line: Callable[[str], None] | None = None,
) -> Result:
    """Run one task in a new container, and tell the reporter, or ``line``, what it prints."""
    try:
        return runner.tail(
            compose.run_job(task.job_service, SHELL),
            stdin=task.script,
            environment=compose.engine.environment,
            line=line or reporter.output,
        )
    finally:
        remove_labelled(runner, compose, JOB_LABEL)


def _again(task: Task, command: str, *, partial: bool) -> str:
    if not command.endswith(" init"):
        return command
    return f"{command} --limit {task.app}" if partial else f"{command} --resume"


def _failed(task: Task, result: Result, command: str, *, partial: bool) -> TaskError:
    job = command.rpartition(" ")[2]
    remedy = "correct it, then go on from here" if task.origin.plugin else "then go on from here"
    if job != "init":
        remedy = "correct what it says, then again"
    return TaskError(
        f"The {job} task of {task.owner} failed in service {task.service} (exit code {result.code})",
        where=f"{task.origin}, service {task.job_service}; the end of its output follows",
        excerpt="\n".join(result.output.rstrip().splitlines()[-SHOWN:]) or "(it printed nothing)",
        hint=f"{remedy}: {_again(task, command, partial=partial)}",
    )
