"""`tutor dev`: the platform on this machine, for developers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor.commands import compose
from tutor.commands.backup import backup
from tutor.commands.do import do
from tutor.commands.launch import launch, quickstart
from tutor.commands.params import project_of
from tutor.commands.runners import DevContext, DevTaskRunner
from tutor.commands.upgrade import upgrade
from tutor.engines.compose import DEV

if TYPE_CHECKING:
    from tutor.commands.context import Context
    from tutor.project import Project

__all__ = ["DevContext", "DevJobRunner", "DevTaskRunner", "addresses", "dev", "hosts"]

FLAVOUR = DEV
#: As it was called until 2022.
DevJobRunner = DevTaskRunner


@click.group(
    "dev",
    cls=compose.ComposeGroup,
    flavour=FLAVOUR,
    short_help="Run the platform for development.",
    epilog="Start here: tutor dev launch",
)
@click.pass_context
def dev(ctx: click.Context) -> None:
    """Run the platform for development: code is reloaded when it changes, breakpoints work, no web server.

    It has the data of tutor local, and runs in its place.

    \b
    Examples:
      tutor dev launch
      tutor dev start lms
      tutor dev run lms ./manage.py lms shell
    """
    ctx.obj = project_of(ctx, DevContext)


@dev.command("hosts", short_help="Print the addresses of the platform.")
@click.pass_obj
def hosts(context: Context) -> None:
    """Print the addresses of the platform in development, those of plugins too.

    \b
    Example:
      tutor dev hosts
    """
    from tutor import fmt

    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        for url, purpose in addresses(project):
            click.echo(f"{url}  {purpose}".rstrip())


def addresses(project: Project) -> list[tuple[str, str]]:
    """Addresses of the platform in development, each with whom it is for, or the plugin whose it is."""
    from tutor.commands.hosts import public_hosts

    return [(f"http://{host}", purpose) for host, purpose in public_hosts(project, "dev")]


dev.share(launch, quickstart, do, backup, upgrade, *compose.COMMANDS)
