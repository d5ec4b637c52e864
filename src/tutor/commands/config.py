"""`tutor config`: settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tutor import fmt
from tutor.commands import exact
from tutor.commands.config_patches import patches_command
from tutor.commands.groups import CommandGroup
from tutor.commands.params import NameType, completing
from tutor.commands.showing import dry_run_option, show_dry_run
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutor.change import Change
    from tutor.commands.context import Context


#: Names under which plugins import what is elsewhere.
HANDED_ON = {
    "ConfigListKeyValParamType": "tutor.commands.config:ConfigKeyValParamType",
    "patches_list": "list_command",
    "patches_show": "show",
}

__getattr__ = hand_on(__name__, "tutor.commands.config_patches", HANDED_ON)


class ConfigKeyParamType(NameType):
    """The name of a setting."""

    name = "configkey"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Settings of the core, of enabled plugins, and of the user."""
        from tutor.exceptions import TutorError

        try:
            with completing(ctx).opened() as project:
                return sorted(project.settings)
        except TutorError:
            from tutor.config.table import core_settings

            return sorted(core_settings())


class ConfigKeyValParamType(ConfigKeyParamType):
    """``NAME=VALUE``, the value as typed, or in YAML."""

    name = "configkeyval"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return (name, value)."""
        if isinstance(value, tuple):
            return value
        assigned = exact.assignment(str(value))
        if assigned is None:
            name = str(value).partition("=")[0]
            self.fail(f"'{name}' must be NAME=VALUE, such as PLATFORM_NAME='My school'", param, ctx)
        return assigned[0], self.read(*assigned)

    def read(self, name: str, text: str) -> Any:
        """The value of a setting, as typed."""
        from tutor.config.values import parse

        return parse(name, text)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Names of settings, each with the sign that follows it."""
        found = super().shell_complete(ctx, param, incomplete)
        return [CompletionItem(f"{item.value}=") for item in found]


class SettingParamType(ConfigKeyValParamType):
    """``NAME=VALUE`` for a setting whose type is known when the project is open."""

    def read(self, name: str, text: str) -> Any:
        """What was typed, and what it means so far."""
        from tutor.config.values import Typed

        return Typed.of(name, text)


@click.group("config", cls=CommandGroup, short_help="Settings: read, change, save.")
def config_command() -> None:
    """Read and change the settings of the platform, and render its environment.

    Settings are in config.yml in the project's folder; everything else is a default or a plugin's.
    """


config_command.add_command(patches_command)


@config_command.command("save", short_help="Save settings and render the environment.")
@click.option("-i", "--interactive", is_flag=True, help="Ask for the main settings.")
@click.option(
    "-s",
    "--set",
    "set_vars",
    type=SettingParamType(),
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a value.",
)
@click.option(
    "-a",
    "--append",
    "append_vars",
    type=ConfigKeyValParamType(),
    multiple=True,
    metavar="NAME=ITEM",
    help="Add to a list.",
)
@click.option(
    "-A",
    "--remove",
    "remove_vars",
    type=ConfigKeyValParamType(),
    multiple=True,
    metavar="NAME=ITEM",
    help="Take from a list.",
)
@click.option(
    "-U",
    "--unset",
    "unset_vars",
    type=ConfigKeyParamType(),
    multiple=True,
    metavar="NAME",
    help="Go back to the default.",
)
@click.option("-e", "--env-only", is_flag=True, help="Render the environment, leave config.yml alone.")
@click.option(
    "-c",
    "--clean",
    "clean_env",
    is_flag=True,
    help="Remove files from the environment that are not rendered.",
)
@click.option("--allow-missing", is_flag=True, help="Go on without enabled plugins that cannot be loaded.")
@dry_run_option
@click.pass_obj
def save(
    context: Context,
    interactive: bool,
    set_vars: Sequence[tuple[str, Any]],
    append_vars: Sequence[tuple[str, Any]],
    remove_vars: Sequence[tuple[str, Any]],
    unset_vars: Sequence[str],
    env_only: bool,
    clean_env: bool,
    allow_missing: bool,
    dry_run: bool,
) -> int:
    """Save settings to config.yml and render the environment, both or none.

    Values are YAML: true, 8080, "[a, b]".

    \b
    Examples:
      tutor config save --set LMS_HOST=learn.example.com --set ENABLE_HTTPS=true
      tutor config save --append OPENEDX_EXTRA_PIP_REQUIREMENTS=my-xblock
      tutor config save --unset PLATFORM_NAME
      tutor config save --set ENABLE_HTTPS=true --dry-run
    """
    from tutor import change as changes

    lists = tuple(append_vars), tuple(remove_vars), tuple(unset_vars)
    wish: Change = changes.Change(dict(set_vars), *lists)
    if interactive:
        from tutor.commands.questions import ask

        with context.opened() as project:
            answers = ask(project)
        wish = changes.Change({**answers, **dict(set_vars)}, *lists)
    options = changes.Options(save_config=not env_only, clean=clean_env, allow_missing=allow_missing)
    if dry_run:
        return show_dry_run(context, wish, options)
    exact.save(context, wish, options)
    return 0


@config_command.command("printroot", short_help="Print the folder of the project.")
@click.pass_obj
def printroot(context: Context) -> None:
    """Print the folder of the project."""
    click.echo(context.root)


@config_command.command("printvalue", short_help="Print the value of a setting.")
@click.argument("key", type=ConfigKeyParamType())
@click.pass_obj
def printvalue(context: Context, key: str) -> None:
    """Print the value of a setting, resolved. What is not text is printed as YAML.

    \b
    Example:
      tutor config printvalue LMS_HOST
    """
    exact.print_value(context, key)


@config_command.command("show", short_help="Print all settings, and where their values come from.")
@click.argument("names", metavar="[NAME]...", nargs=-1, type=ConfigKeyParamType())
@click.option("--origins", is_flag=True, help="With who gives each value: default, plugin, config.yml, …")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def show(context: Context, names: tuple[str, ...], origins: bool, as_json: bool) -> None:
    """Print all settings, or some, resolved. Secrets are masked: `tutor config printvalue` prints one.

    \b
    Examples:
      tutor config show --origins
      tutor config show LMS_HOST CMS_HOST --origins
      tutor config show --json
    """
    from tutor.explain.settings import rows, unknown

    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        for name in names:
            if name not in project.settings:
                raise unknown(project, name)
        found = rows(project, names)
    if as_json:
        fmt.echo_json(settings=found)
        return
    for row in found:
        by = row.by + (f" ({row.place})" if row.place else "")
        click.echo(f"{row.name}: {row.value}" + (f"  # {by}" if origins else ""))


@config_command.command("edit", short_help="Edit config.yml.")
@click.pass_obj
def edit(context: Context) -> None:
    """Open config.yml in your editor ($EDITOR), and save it if it is right.

    A copy is edited: when there is a mistake in it, config.yml stays as it was and you are asked
    whether to go on editing.
    """
    from tutor.config import userfile
    from tutor.env.apply import apply
    from tutor.env.lock import locked
    from tutor.env.recovery import recover_if_cut_off
    from tutor.exceptions import ConfigError

    recover_if_cut_off(Path(context.root))
    path = Path(context.root) / userfile.FILENAME
    old = path.read_bytes() if path.is_file() else b""
    text: str | None = old.decode(errors="surrogateescape")
    while True:
        text = click.edit(text, extension=".yml", require_save=False)
        if text is None:
            return
        new = text.encode(errors="surrogateescape")
        try:
            userfile.check(path, new)
        except ConfigError as error:
            from tutor.__main__ import show

            show(error)
            if not click.confirm("Edit again?", default=True, err=True):
                raise
            continue
        break
    with locked(Path(context.root)):
        if (path.read_bytes() if path.is_file() else b"") != old:
            raise ConfigError(
                "config.yml was changed by somebody else in the meantime; yours was not saved",
                where=str(path),
                hint="tutor config edit",
            )
        apply(Path(context.root), new)
    fmt.echo_info("Saved. To render the environment: tutor config save")
