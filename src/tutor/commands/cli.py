"""The root of the command line. Commands are imported when they are used, plugins when theirs is."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.__about__ import __version__, version_line
from tutor.commands import exact
from tutor.commands.context import Context
from tutor.core import safe
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "TutorCli": "tutor.commands.cli:LazyGroup",
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


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the core's commands and of those that enabled plugins add."""
        return sorted({*COMMANDS, *self.commands, *(c.name or "" for c in _plugin_commands(ctx))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name: the core's first, so that no plugin can take its place."""
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        if cmd_name in COMMANDS:
            module, attribute = COMMANDS[cmd_name][0].split(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return next((c for c in _plugin_commands(ctx) if c.name == cmd_name), None)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        rows = []
        plugins = {c.name or "": c for c in _plugin_commands(ctx)}
        for name in self.list_commands(ctx):
            if name in COMMANDS:
                rows.append((name, COMMANDS[name][1]))
            else:
                command = self.commands.get(name) or plugins[name]
                rows.append((name, command.get_short_help_str(limit=formatter.width)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _plugin_commands(ctx: click.Context) -> Iterator[click.Command]:
    """Commands of enabled plugins. Opens the project until the command has ended.

    What is wrong with a plugin, or with ``config.yml``, is told by the commands that need them.
    """
    from tutor.exceptions import TutorError
    from tutor.hooks import Filters

    if "tutor.plugin_commands" not in ctx.meta:
        ctx.meta["tutor.plugin_commands"] = []
        context = ctx.ensure_object(Context) if isinstance(ctx.obj, Context) else _context(ctx)
        try:
            if not exact.enabled_plugins(context):
                return  # the project is not opened for none
            ctx.with_resource(context.opened())
        except TutorError as error:
            click.echo(f"Plugins' commands are not available: {error}", err=True)
        else:
            ctx.meta["tutor.plugin_commands"] = list(Filters.CLI_COMMANDS.iterate())
    yield from ctx.meta["tutor.plugin_commands"]


def _context(ctx: click.Context) -> Context:
    return exact.context_of(ctx.params.get("root") or os.environ.get("TUTOR_ROOT"))


def _set_safe(ctx: click.Context, _: click.Parameter, without_plugins: bool) -> None:
    safe.set_safe(without_plugins)
    ctx.call_on_close(lambda: safe.set_safe(False))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": None},
    epilog="Start here: tutor local launch",
)
@click.version_option(__version__, message=version_line())
@click.option(
    "-r",
    "--root",
    envvar="TUTOR_ROOT",
    type=click.Path(file_okay=False),
    help="Folder of the project.  [env: TUTOR_ROOT; default: the folder for data of your system]",
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Also say what plugins use that has another name in this release."
)
@click.option(
    "--no-plugins",
    is_flag=True,
    is_eager=True,  # before --help, which lists the commands of plugins
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
