"""Jobs that plugins add to `tutor local do` and its siblings."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import click

from tutor.commands.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.core.hooks import Origin


class JobGroup(click.Group):
    """A group of jobs: the core's, and those of enabled plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all jobs."""
        return sorted({*self.commands, *(c.name or "" for c, _ in _plugin_jobs(ctx))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The job of a name: the core's first, so that no plugin can take its place."""
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        return next((_running(c, o) for c, o in _plugin_jobs(ctx) if c.name == cmd_name), None)


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
        for number, (service, source) in enumerate(service_commands, 1):
            name = f"{ctx.info_name} #{number}"
            text = Text(f"<task {name}>", source, origin, f"task {name}")
            tasks.append(Task(name, service, s.project.renderer.render_text(source, text), origin))
        tasks = s.place.resolve(tasks)
        s.place.start(tasks)
        run_tasks(s.place, tasks, s.project.root, s.reporter, job=str(ctx.info_name))


def _running(command: click.Command, origin: Origin) -> click.Command:
    """A plugin's command, which returns the tasks, as a command that runs them."""
    if isinstance(command, click.Group) or command.callback is None:
        return command
    tasks_of = command.callback

    def run(*arguments: Any, **options: Any) -> None:
        from tutor.hooks import Actions

        Actions.DO_JOB.do(command.name or "", options)
        do_callback(tasks_of(*arguments, **options) or (), origin)

    found = copy.copy(command)
    found.callback = run
    return found


def _plugin_jobs(ctx: click.Context) -> list[tuple[click.Command, Origin]]:
    """Jobs of enabled plugins. Opens the project until the command has ended.

    What is wrong with a plugin, or with ``config.yml``, is told by the commands that need them.
    """
    from tutor.exceptions import TutorError
    from tutor.hooks import Filters

    context = ctx.find_object(Context)
    if context is None:
        return []
    found: list[tuple[click.Command, Origin]] | None = ctx.meta.get("tutor.plugin_jobs")
    if found is None:
        found = ctx.meta["tutor.plugin_jobs"] = []
        try:
            ctx.with_resource(context.opened())
        except TutorError as error:
            click.echo(f"Plugins' jobs are not available: {error}", err=True)
        else:
            items: Iterable[tuple[Any, Origin]] = Filters.CLI_DO_COMMANDS.collect_from_plugins()
            found += [(_command(item), origin) for item, origin in items if callable(item)]
    return found


def _command(item: Any) -> click.Command:
    """A job as a command: it is one, or a function that was decorated with click's options."""
    return item if isinstance(item, click.Command) else click.command()(item)
