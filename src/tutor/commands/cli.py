"""The root of the command line. Commands are imported when they are used, plugins when theirs is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.__about__ import __version__, version_line
from tutor.commands import exact
from tutor.commands.groups import CommandGroup
from tutor.core import safe
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.core.hooks import Origin

#: Name → (module and attribute, what `tutor --help` says about it).
COMMANDS = {
    "apply": ("tutor.commands.apply:apply_command", "Do what `tutor plan` shows."),
    "config": ("tutor.commands.config:config_command", "Settings: read, change, save."),
    "diff": ("tutor.commands.diff:diff", "Compare generations, and what is on disk."),
    "dev": ("tutor.commands.dev:dev", "Run the platform for development."),
    "doctor": ("tutor.commands.doctor:doctor", "Say what is wrong, and what to do."),
    "explain": ("tutor.commands.explain:explain", "Say where something comes from."),
    "help": ("tutor.commands.help:help_command", "Print this help."),
    "history": ("tutor.commands.history:history_command", "List the environments that were applied."),
    "images": ("tutor.commands.images:images_command", "Images: build, pull, push."),
    "k8s": ("tutor.commands.k8s:k8s", "Run the platform on Kubernetes."),
    "local": ("tutor.commands.local:local", "Run the platform on this machine."),
    "mounts": ("tutor.commands.mounts:mounts_command", "Folders of this machine in containers."),
    "plan": ("tutor.commands.plan:plan", "Show what would change, and why."),
    "plugins": ("tutor.commands.plugins:plugins_command", "Plugins: find, install, enable, disable."),
    "rollback": ("tutor.commands.rollback:rollback", "Go back to an earlier generation."),
}


#: Names under which plugins import what is elsewhere.
HANDED_ON = {
    "TutorCli": "tutor.commands.cli:TopGroup",
    "config_command": "tutor.commands.config:config_command",
    "dev": "tutor.commands.dev:dev",
    "help_command": "tutor.commands.help:help_command",
    "images_command": "tutor.commands.images:images_command",
    "k8s": "tutor.commands.k8s:k8s",
    "local": "tutor.commands.local:local",
    "main": "tutor.__main__:main",
    "mounts_command": "tutor.commands.mounts:mounts_command",
    "plugins_command": "tutor.commands.plugins:plugins_command",
}

__getattr__ = hand_on(__name__, "tutor.commands.cli", HANDED_ON)


class TopGroup(CommandGroup):
    """The commands of `tutor` itself."""

    def contributed(self) -> Iterable[tuple[Any, Origin]]:
        """Commands that plugins contribute."""
        from tutor.hooks import Filters

        return Filters.CLI_COMMANDS.collect_from_plugins()


def _set_safe(ctx: click.Context, _: click.Parameter, without_plugins: bool) -> None:
    safe.set_safe(without_plugins)
    ctx.call_on_close(lambda: safe.set_safe(False))


@click.group(
    cls=TopGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": None},
    epilog="Start here: tutor local launch",
)
@click.version_option(__version__, message=version_line())
@click.option(
    "-r",
    "--root",
    envvar="TUTOR_ROOT",
    is_eager=True,  # before --help, which lists the commands of plugins
    type=click.Path(file_okay=False),
    help="Folder of the project.  [env: TUTOR_ROOT; default: the folder for data of your system]",
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Also say what plugins use that has another name in this release."
)
@click.option(
    "--no-plugins",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_set_safe,
    help="Work as if no plugin were enabled. They stay enabled.",
)
@click.pass_context
def cli(ctx: click.Context, root: str | None, verbose: bool) -> None:
    """Run an Open edX platform, and customise it with plugins.

    \b
    Three steps to a platform with a plugin:
      pip install tutor-myapp
      tutor plugins enable myapp
      tutor local launch
    """
    fmt.set_verbose(verbose)
    ctx.obj = exact.context_of(root)
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        ctx.color = False
