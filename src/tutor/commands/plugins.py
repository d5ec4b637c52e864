"""`tutor plugins`: what is installed, what is enabled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands import exact
from tutor.commands.config import SettingParamType
from tutor.commands.groups import CommandGroup
from tutor.commands.params import NameType, completing
from tutor.commands.showing import dry_run_option, show_dry_run
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.change import Prepared
    from tutor.commands.context import Context


#: Names under which plugins import what is elsewhere.
HANDED_ON = {
    "IndexPluginName": "tutor.commands.plugin_install:IndexName",
    "IndexPluginNameOrLocation": "tutor.commands.plugin_install:IndexName",
    "PLUGINS_ROOT": "tutor.plugins.base:PLUGINS_ROOT",
    "PLUGINS_ROOT_ENV_VAR_NAME": "tutor.plugins.base:PLUGINS_ROOT_ENV_VAR_NAME",
    "config_save_command": "tutor.commands.config:save",
    "index_add": "add",
    "index_command": "index_command",
    "index_list": "list_command",
    "index_remove": "remove",
    "install": "tutor.commands.plugin_install:install",
    "search": "search",
    "show": "show",
    "update": "update",
    "upgrade": "tutor.commands.plugin_install:upgrade",
}

__getattr__ = hand_on(__name__, "tutor.commands.plugin_index", HANDED_ON)


class PluginName(NameType):
    """The name of a plugin that is installed."""

    name = "plugin"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Installed plugins."""
        from tutor.plugins.discovery import discover

        return discover(Path(completing(ctx).plugins_root))


#: Commands in modules of their own, imported when they are used: name → (place, what the help says).
LAZY = {
    "bisect": ("tutor.commands.plugin_bisect:bisect", "Find the plugin that makes a command fail."),
    "check": ("tutor.commands.plugin_check:check", "Check plugins for mistakes."),
    "index": ("tutor.commands.plugin_index:index_command", "The indexes in use."),
    "install": ("tutor.commands.plugin_install:install", "Install plugins."),
    "lock": ("tutor.commands.plugin_lock:lock", "Write down exactly which plugins there are."),
    "search": ("tutor.commands.plugin_index:search", "Search the indexes."),
    "show": ("tutor.commands.plugin_index:show", "Show a plugin."),
    "sync": ("tutor.commands.plugin_lock:sync", "Make the machine equal to plugins.lock."),
    "uninstall": ("tutor.commands.plugin_install:uninstall", "Uninstall plugins."),
    "update": ("tutor.commands.plugin_index:update", "Fetch the indexes."),
    "upgrade": ("tutor.commands.plugin_install:upgrade", "Upgrade plugins."),
}


@click.group("plugins", cls=CommandGroup, lazy=LAZY, short_help="Plugins: find, install, enable, disable.")
def plugins_command() -> None:
    """Find, install, enable and disable plugins."""


@plugins_command.command("list", short_help="List installed plugins.")
@click.option("-e", "--enabled", "show_enabled_only", is_flag=True, help="Only those that are enabled.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def list_command(context: Context, show_enabled_only: bool, as_json: bool) -> None:
    """List installed plugins, and those that are enabled although they are not installed.

    What one requires of tutor is told where this is another version. No plugin is run for it.
    """
    if as_json:
        fmt.echo_json(plugins=exact.listed(context, only_enabled=show_enabled_only))
    else:
        exact.list_plugins(context, only_enabled=show_enabled_only)


@plugins_command.command("enable", short_help="Enable plugins.")
@click.argument("plugin_names", metavar="NAME...", nargs=-1, required=True, type=PluginName())
@click.option(
    "-s",
    "--set",
    "set_",
    type=SettingParamType(),
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a setting, for plugins that need one.",
)
@click.option("--no-save", is_flag=True, help="Leave the environment alone until `tutor config save`.")
@click.option("--allow-missing", is_flag=True, help="Go on without enabled plugins that cannot be loaded.")
@click.option("--force", is_flag=True, help="Also plugins for a newer tutor.")
@dry_run_option
@click.pass_obj
def enable(
    context: Context,
    plugin_names: tuple[str, ...],
    set_: tuple[tuple[str, Any], ...],
    no_save: bool,
    allow_missing: bool,
    force: bool,
    dry_run: bool,
) -> int:
    """Enable plugins, and render the environment with them.

    What they change is shown. If something is wrong with them, nothing is changed.

    \b
    Examples:
      tutor plugins enable myapp
      tutor plugins enable myapp --dry-run
      tutor plugins enable myapp --set MYAPP_BUCKET=files
    """
    from tutor import change as changes
    from tutor import edits
    from tutor.commands import report
    from tutor.commands.added import in_the_way
    from tutor.commands.plugin_check import in_short
    from tutor.core.safe import is_safe
    from tutor.exceptions import PluginError

    if no_save and set_:
        raise click.UsageError("--set saves settings: it does not go with --no-save.")
    if is_safe() and not no_save:
        raise PluginError(
            "Plugins are not checked nor rendered in safe mode, so none is enabled",
            where="option --no-plugins",
            hint=f"tutor plugins enable {' '.join(plugin_names)}",
        )
    root, folder = Path(context.root), Path(context.plugins_root)
    plugin_names = tuple(dict.fromkeys(plugin_names))
    _check_installed(plugin_names, folder)
    if not force:
        _check_requirements(plugin_names, folder)
    wish = changes.Change(dict(set_), enable=plugin_names)
    options = changes.Options(
        allow_missing=allow_missing,
        command=f"plugins enable {' '.join(plugin_names)}",
        # What they take is part of what is said of them before a change is made.
        cautions=lambda project: [
            *in_the_way(plugin_names),
            *(report.takes(plugin_names, project) if dry_run else ()),
        ],
    )
    if dry_run:
        from tutor.plan.make import chosen_side

        return show_dry_run(context, wish, options, chosen_side(root, None))
    if no_save:
        edits.write_plugins_only(root, folder, wish)
        fmt.echo_info(f"Enabled: {', '.join(plugin_names)}. To render the environment: tutor config save")
        return 0

    def before(prepared: Prepared) -> None:
        report.will_change(prepared, plugin_names)
        in_short(prepared.project, plugin_names, prepared.tree)

    report.saved(changes.save(root, folder, wish, options, before))
    fmt.echo_info(f"Enabled: {', '.join(plugin_names)}. To restart the platform: tutor local launch")
    return 0


@plugins_command.command("disable", short_help="Disable plugins.")
@click.argument("plugin_names", metavar="NAME...", nargs=-1, required=True, type=PluginName())
@click.option("--no-save", is_flag=True, help="Leave the environment alone until `tutor config save`.")
@dry_run_option
@click.pass_obj
def disable(context: Context, plugin_names: tuple[str, ...], no_save: bool, dry_run: bool) -> int:
    """Disable plugins, and render the environment without them. None of their code is run.

    Secrets that were generated for them stay in config.yml, for the day when they are enabled again.

    \b
    Examples:
      tutor plugins disable myapp
      tutor plugins disable myapp --dry-run
    """
    from tutor import change as changes
    from tutor import edits
    from tutor.commands import report
    from tutor.exceptions import LockedError, StorageError, TutorError

    root, folder = Path(context.root), Path(context.plugins_root)
    if not _check_enabled(plugin_names, root, folder):
        return 0
    wish = changes.Change(disable=plugin_names)
    if dry_run:
        return show_dry_run(context, wish, changes.Options())
    done = f"Disabled: {', '.join(plugin_names)}."
    if no_save:
        edits.write_plugins_only(root, folder, wish)
        fmt.echo_info(f"{done} To render the environment: tutor config save")
        return 0
    try:
        options = changes.Options(command=f"plugins disable {' '.join(plugin_names)}")
        report.saved(changes.save(root, folder, wish, options))
    except (LockedError, StorageError):
        raise
    except TutorError as error:
        # Something else is broken, perhaps another plugin: that must not keep this one enabled.
        edits.write_plugins_only(root, folder, wish)
        fmt.echo_info(done)
        fmt.echo_alert("the environment could not be rendered without it, and stays as it was")
        raise error from None
    fmt.echo_info(f"{done} To restart the platform: tutor local launch")
    return 0


@plugins_command.command("printroot", short_help="Print the folder of plugins that are files.")
@click.pass_obj
def printroot(context: Context) -> None:
    """Print the folder in which YAML and single-file plugins are looked for."""
    click.echo(context.plugins_root)


def _check_installed(names: Iterable[str], folder: Path) -> None:
    from tutor.plugins.discovery import discover
    from tutor.plugins.loading import ambiguous

    installed = discover(folder)
    for name in names:
        if name not in installed:
            raise unknown(name, "installed", installed, f"tutor plugins install {name}")
        if len(installed[name]) > 1:
            raise ambiguous(name, installed[name])


def _check_requirements(names: Iterable[str], folder: Path) -> None:
    from tutor.plugins.discovery import discover
    from tutor.plugins.requirements import check_enabling

    check_enabling(names, discover(folder))


def _check_enabled(names: Iterable[str], root: Path, folder: Path) -> bool:
    """Whether there is one to disable."""
    from tutor.config import userfile
    from tutor.config.userfile import enabled_plugins
    from tutor.env.recovery import recover_if_cut_off
    from tutor.plugins.discovery import discover

    recover_if_cut_off(root)
    enabled = enabled_plugins(userfile.read(root))
    known = discover(folder) | {name: [] for name in enabled}
    for name in names:
        if name not in known:
            raise unknown(name, "enabled, nor installed", known, "tutor plugins list")
        if name not in enabled:
            fmt.echo_info(f"{name} is not enabled.")
    return any(name in enabled for name in names)


def unknown(name: str, what: str, known: Iterable[str], hint: str) -> Exception:
    """The error about the name of a plugin that there is not."""
    from tutor.config.userfile import nearest
    from tutor.exceptions import PluginError

    near = nearest(name, known)
    return PluginError(
        f"Plugin {name} is not {what}" + (f"; did you mean {near}?" if near else ""),
        where="command line",
        hint=hint,
    )
