"""Jobs that plugins add to `tutor local do` and its siblings."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import click

from tutor.commands.groups import CommandGroup

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tutor.core.hooks import Origin


class JobGroup(CommandGroup):
    """A group of jobs: the core's, and those of enabled plugins.

    The filter decides which job has which word: a plugin that takes one of the core out of it, and puts
    another in, does so on purpose. To run a job takes the project, which is opened anyway.
    """

    fixed = False

    def core_words(self, given: Iterable[tuple[Any, Any, Origin]]) -> Collection[str]:
        """The core's jobs, as far as the filter leaves them where they are in it."""
        left = {name for name, _, origin in given if origin.plugin is None}
        return self.core & left or self.core

    def contributed(self) -> Iterable[tuple[Any, Origin]]:
        """Jobs that plugins contribute."""
        from tutor.hooks import Filters

        items: list[tuple[Any, Origin]] = list(Filters.CLI_DO_COMMANDS.collect())
        # What is contributed twice is one job.
        jobs = {id(item): _running(_command(item), origin) for item, origin in reversed(items)}
        return [(jobs[id(item)], origin) for item, origin in items]


def do_callback(service_commands: Iterable[tuple[str, str]], origin: Origin | None = None) -> None:
    """Run a job in the project of the current command.

    Args:
        service_commands: (service, script as a template), in order.
        origin: who contributed the job.

    Raises:
        TutorError: a script cannot be rendered, has no service, or fails.
    """
    from tutor.commands.job_session import job_session
    from tutor.core.hooks import CORE
    from tutor.env.failures import Text
    from tutor.jobs.run import run_tasks
    from tutor.jobs.tasks import Task

    ctx = click.get_current_context()
    origin = origin or CORE
    with job_session(ctx.obj, deploys=True) as s:
        tasks = []
        for number, (service, source) in enumerate(_checked(service_commands, origin, str(ctx.info_name)), 1):
            name = f"{ctx.info_name} #{number}"
            text = Text(f"<task {name}>", source, origin, f"task {name}")
            tasks.append(Task(name, service, s.project.renderer.render_text(source, text), origin))
        tasks = s.place.resolve(tasks)
        s.place.start(tasks)
        run_tasks(s.place, tasks, s.project.root, s.reporter, job=str(ctx.info_name))


def _checked(given: Any, origin: Origin, job: str) -> Iterator[tuple[str, str]]:
    """The tasks of a job, as it gives them one by one. What goes wrong meanwhile is its plugin's error.

    Raises:
        PluginError: a task is no pair of texts, or what the job is made of fails.
    """
    from tutor.core.hooks import door
    from tutor.core.hooks.guilty import remedy
    from tutor.exceptions import PluginError

    if origin.plugin is None:
        yield from given
        return
    shape = door.SHAPES["CLI_DO_INIT_TASKS"]
    listed = hasattr(given, "__iter__") and not isinstance(given, (str, bytes))
    fault = None if listed else f"{door.described(given)}, expected a list of {shape.title}"
    for task in given if listed else ():
        fault = shape.fault(task)
        if fault:
            break
        yield task
    if fault:
        raise PluginError(
            f"The job {job} of plugin {origin.plugin} gives {fault}", where=str(origin), hint=remedy(origin)
        ).blaming(origin)


def _running(job: Any, origin: Origin) -> Any:
    """A plugin's command, which returns the tasks, as a command that runs them."""
    if not isinstance(job, click.Command) or isinstance(job, click.Group) or job.callback is None:
        return job
    name, tasks_of = job.name or "", job.callback

    def run(*arguments: Any, **options: Any) -> None:
        from tutor.hooks import Actions

        Actions.DO_JOB.do(name, options)
        do_callback(tasks_of(*arguments, **options) or (), origin)

    found = copy.copy(job)
    found.callback = run
    return found


def _command(item: Any) -> Any:
    """A job as a command: it is one, or a function that was decorated with click's options."""
    if isinstance(item, click.Command) or not hasattr(item, "__name__"):
        return item
    options = getattr(item, "__click_params__", None)
    job = click.command()(item)
    if options is not None:
        item.__click_params__ = options  # click takes them; the next project needs them, too
    return job
