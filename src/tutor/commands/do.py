"""`tutor local do`: jobs, each a list of tasks that run in containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor.commands.compose import allow_missing_option
from tutor.commands.job_session import JobSession, job_session
from tutor.commands.mysql_jobs import JOBS as MYSQL_JOBS
from tutor.commands.platform_jobs import JOBS as PLATFORM_JOBS
from tutor.commands.plugin_jobs import JobGroup
from tutor.commands.tests_job import tests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.commands.context import Context
    from tutor.jobs.tasks import Task


@click.group("do", cls=JobGroup, short_help="Run a job: initialisation and others.")
def do() -> None:
    """Run a job: a list of tasks, each in a container of its own.

    \b
    Examples:
      tutor local do init
      tutor local do createuser --staff --superuser admin admin@example.com
    """


for job in (*PLATFORM_JOBS, *MYSQL_JOBS, tests):
    do.add_command(job)


@do.command("init", short_help="Initialise databases and services.")
@click.option("-l", "--limit", metavar="NAME", help="Only the tasks of one plugin, or of mysql, lms or cms.")
@click.option("--resume", is_flag=True, help="Go on where the last run stopped.")
@allow_missing_option
@click.pass_obj
def init(context: Context, limit: str | None, resume: bool, allow_missing: bool) -> int:
    """Create databases, migrate them, and initialise every plugin. It does no harm to run it again.

    \b
    Examples:
      tutor local do init
      tutor local do init --limit=myplugin
      tutor local do init --resume
    """
    with job_session(context, deploys=True, allow_missing=allow_missing) as s:
        tasks = tasks_of_init(s, limit)
        s.check_before_jobs()
        run_init(s, tasks, limit=limit, resume=resume)
    return 0


def tasks_of_init(s: JobSession, limit: str | None = None) -> list[Task]:
    """The tasks of the job `init`, each with a service that can run it.

    Raises:
        TaskError: nothing has the name ``limit``, or a task cannot run.
    """
    from tutor.jobs.tasks import init_tasks

    return s.place.resolve(init_tasks(s.project, limit))


def run_init(
    s: JobSession,
    tasks: list[Task],
    *,
    limit: str | None = None,
    resume: bool = False,
    partial: bool = False,
    again: str | None = None,
    check: Callable[[], None] | None = None,
) -> None:
    """Run the job `init`.

    Args:
        s: where it runs.
        tasks: in order.
        limit: the one whose tasks they are, where they are not all.
        resume: go on where the last run stopped.
        partial: they are not all tasks.
        again: the command that goes on after a failure, if not the job's own.
        check: called before each task; what it raises keeps the rest from running.

    Raises:
        TaskError: a task failed.
    """
    from tutor.hooks import Actions
    from tutor.jobs.run import run_tasks

    Actions.DO_JOB.do("init", {"limit": limit})
    s.place.start(tasks)
    run_tasks(
        s.place,
        tasks,
        s.project.root,
        s.reporter,
        resume=resume,
        partial=partial or limit is not None,
        images=s.place.images(),
        again=again,
        check=check,
    )
