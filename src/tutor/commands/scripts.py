"""Running the scripts of a job in the project of the current command."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from tutor.commands.job_session import JobSession, job_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tutor.jobs.scripts import Script
    from tutor.jobs.tasks import Task


@contextlib.contextmanager
def announced(name: str, arguments: Mapping[str, Any]) -> Iterator[JobSession]:
    """The session of a job: plugins are told that it starts.

    It needs no plugin that cannot be loaded: what runs was deployed before.
    """
    from tutor.hooks import Actions

    with job_session(click.get_current_context().obj) as s:
        Actions.DO_JOB.do(name, dict(arguments))
        yield s


def run_scripts(name: str, arguments: Mapping[str, Any], scripts: Callable[[Any], Sequence[Script]]) -> None:
    """Run the scripts of a job of the core.

    Args:
        name: of the job.
        arguments: of the job, for plugins; without passwords.
        scripts: from the settings to the scripts.

    Raises:
        TaskError: a script fails; the job is named.
    """
    from tutor.jobs.run import run_tasks

    with announced(name, arguments) as s:
        tasks = prepared(s, name, scripts(s.project.values))
        run_tasks(s.place, tasks, s.project.root, s.reporter, job=name)


def prepared(s: JobSession, name: str, scripts: Sequence[Script]) -> list[Task]:
    """Scripts as tasks whose services exist, and what they need runs."""
    from tutor.core.hooks import CORE
    from tutor.jobs.tasks import Task

    tasks = [Task(f"core/{name}", service, script, CORE) for service, script in scripts]
    tasks = s.place.resolve(tasks)
    s.place.start(tasks)
    return tasks


def ask_password(what: str) -> str:
    """A new password: typed, or read from standard input, never from a command line.

    Raises:
        click.UsageError: there is none.
    """
    import sys

    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, confirmation_prompt=True, err=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("There is no password: write it to the standard input, or use a terminal.")
    return password
