"""`tutor local`: the platform on this machine, in production shape."""

from __future__ import annotations

import click

from tutor.commands import compose
from tutor.commands.backup import backup
from tutor.commands.do import do
from tutor.commands.launch import launch, quickstart
from tutor.commands.runners import LocalContext, LocalJobRunner, LocalTaskRunner, docker_compose
from tutor.commands.upgrade import upgrade
from tutor.engines.compose import LOCAL

__all__ = ["LocalContext", "LocalJobRunner", "LocalTaskRunner", "docker_compose", "local"]

FLAVOUR = LOCAL


@click.group(
    "local",
    cls=compose.ComposeGroup,
    flavour=FLAVOUR,
    short_help="Run the platform on this machine.",
    epilog="Start here: tutor local launch",
)
@click.pass_context
def local(ctx: click.Context) -> None:
    """Run the platform on this machine, with Docker or Podman.

    \b
    Examples:
      tutor local launch
      tutor local status
      tutor local stop
    """
    ctx.obj = LocalContext(ctx.obj.root, ctx.obj.plugins_root)


local.share(launch, quickstart, do, backup, upgrade, *compose.COMMANDS)
