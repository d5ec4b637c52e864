"""`tutor plugins install`, `upgrade` and `uninstall`: packages of plugins."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from tutor import fmt
from tutor.commands.params import ParamType
from tutor.commands.plugins import PluginName
from tutor.commands.showing import dry_run_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tutor.commands.context import Context
    from tutor.plugins import Installed
    from tutor.plugins.indexes import IndexEntry
    from tutor.plugins.installing import Installation
    from tutor.plugins.wanted import Wanted

#: Beginnings of the installers' lines that tell how far they are.
_STEPS = ("Collecting ", "Downloading ", "Building ", "Resolved ", "Prepared ", "Installing ", "Installed ")


class IndexName(ParamType):
    """The name of a plugin in the indexes, or anything else that can be installed."""

    name = "plugin"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's signature)
        param: click.Parameter,  # noqa: ARG002 (click's signature)
        incomplete: str,
    ) -> list[CompletionItem]:
        """Names in the indexes, as they are kept here; files and folders where a path was begun."""
        if incomplete.startswith((".", "/", "~")):
            return [CompletionItem(incomplete, type="file")]
        from tutor.plugins.indexes import iter_cache_entries

        return [
            CompletionItem(entry.name, help=entry.short_description)
            for entry in iter_cache_entries()
            if entry.name.startswith(incomplete)
        ]


@click.command("install", short_help="Install plugins.")
@click.argument("names", metavar="NAME...", nargs=-1, type=IndexName())
@click.option(
    "-e", "--editable", "editable", multiple=True, metavar="FOLDER", help="Run a plugin from a folder."
)
@click.option("--force", is_flag=True, help="Also plugins that are made for a newer tutor.")
@click.pass_obj
def install(context: Context, names: tuple[str, ...], editable: tuple[str, ...], force: bool) -> None:
    """Install plugins, and show what they would change. They are not enabled.

    NAME is a name in the indexes, a package with or without a version, a file, a folder or a URL, as for pip.
    They go where tutor itself is installed, all of them or none. Tutor is left as it is, also where a plugin
    requires another version of it.

    \b
    Examples:
      tutor plugins install mfe indigo
      tutor plugins install 'tutor-myapp>=1.2'
      tutor plugins install ./tutor-myapp git+https://example.com/tutor-other.git
      tutor plugins install -e ./tutor-myapp
    """
    from tutor.plugins.wanted import from_names

    if not names and not editable:
        raise click.UsageError("Missing argument 'NAME...'.", click.get_current_context())
    install_wanted(
        context, lambda entries: from_names([*names, *(f"-e {e}" for e in editable)], entries), force=force
    )


def install_wanted(
    context: Context,
    choose: Callable[[list[IndexEntry]], Sequence[Wanted]],
    *,
    force: bool = False,
    instead: Callable[[Installation], None] | None = None,
) -> list[str]:
    """Install what is chosen from the indexes, and say what it would change.

    Args:
        context: says where the project is.
        choose: what to install.
        force: also what is made for a newer tutor.
        instead: is handed what was fetched and checked, and nothing is installed.

    Returns:
        Names of the plugins that were installed.
    """
    from tutor.commands import preview
    from tutor.engines.run import ProcessRunner
    from tutor.plugins.installers import find_installer, find_place
    from tutor.plugins.installing import install, prepared

    wanted, installed, enabled = _choose(context, choose)
    place = find_place()
    runner = ProcessRunner()
    installer = find_installer(runner, place, _progress())
    fmt.echo_title(
        f"Fetching {', '.join(w.label for w in wanted)}, and what that requires, with {installer.name}"
    )
    with prepared(wanted, installer, installed, force=force) as installation:
        if not installation.packages:
            fmt.echo_info("Nothing to do: what was asked for is installed, in the version that would be.")
            return []
        _tell(installation, "Would install" if instead else "Installing")
        if instead is not None:
            instead(installation)
            return []
        install(installation, installer, place)
        plugins = installation.plugins
    new = [name for name in plugins if name not in enabled]
    if new:
        fit = preview.show(runner, Path(context.root), Path(context.plugins_root), new)
        if fit:
            fmt.echo_info(f"To enable: tutor plugins enable {' '.join(fit)}")
    if len(new) < len(plugins):
        fmt.echo_info("To run the platform with the new version: tutor local launch")
    return plugins


@click.command("upgrade", short_help="Upgrade plugins.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=PluginName())
@click.option("--force", is_flag=True, help="Also to versions that are made for a newer tutor.")
@dry_run_option
@click.pass_obj
def upgrade(context: Context, names: tuple[str, ...], force: bool, dry_run: bool) -> int:
    """Upgrade plugins to the newest version that their index, or else the package registry, has.

    NAME is a plugin that is installed, or "all". All of them are upgraded or none.

    \b
    Examples:
      tutor plugins upgrade mfe
      tutor plugins upgrade all
      tutor plugins upgrade all --dry-run
    """
    from tutor.plugins import discover
    from tutor.plugins.installing import to_upgrade

    wanted: list[Wanted] = []
    installed = discover(Path(context.plugins_root))

    def choose(entries: list[IndexEntry]) -> Sequence[Wanted]:
        found, left = to_upgrade(names, installed, entries)
        for sentence in left:
            fmt.echo_info(sentence)
        wanted.extend(found)
        return found

    with context.opened() as project:
        choose(_entries(project.values["PLUGIN_INDEXES"]))
    if not wanted:
        fmt.echo_info("There is nothing to upgrade.")
        return 0
    if not dry_run:
        install_wanted(context, lambda _: wanted, force=force)
        return 0
    codes = [0]

    def show(installation: Installation) -> None:
        from tutor.commands import preview

        codes.append(preview.plan(installation.work, Path(context.root)))

    install_wanted(context, lambda _: wanted, force=force, instead=show)
    return codes[-1]


@click.command("uninstall", short_help="Uninstall plugins.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=PluginName())
@click.pass_obj
def uninstall(context: Context, names: tuple[str, ...]) -> None:
    """Uninstall plugins that are not enabled, and that no enabled plugin requires.

    What they required stays installed; their settings stay in config.yml.

    \b
    Example:
      tutor plugins uninstall myapp
    """
    from tutor.config import userfile
    from tutor.config.userfile import enabled_plugins
    from tutor.engines.run import ProcessRunner
    from tutor.env.recovery import recover_if_cut_off
    from tutor.plugins import discover
    from tutor.plugins.installers import find_installer, find_place
    from tutor.plugins.installing import to_uninstall

    recover_if_cut_off(Path(context.root))
    enabled = enabled_plugins(userfile.read(Path(context.root)))
    packages = to_uninstall(names, discover(Path(context.plugins_root)), enabled)
    find_installer(ProcessRunner(), find_place(), _progress()).uninstall(packages)
    fmt.echo_info(f"Uninstalled: {', '.join(packages)}")


def _choose(
    context: Context, choose: Callable[[list[IndexEntry]], Sequence[Wanted]]
) -> tuple[Sequence[Wanted], dict[str, list[Installed]], list[str]]:
    """What to install, what is installed, and what is enabled."""
    from tutor.config.userfile import enabled_plugins

    with context.opened() as project:
        wanted = choose(_entries(project.values["PLUGIN_INDEXES"]))
        return wanted, project.installed, enabled_plugins(project.user)


def _entries(setting: Iterable[str]) -> list[IndexEntry]:
    from tutor.plugins.indexes import configured, iter_cache_entries

    return list(iter_cache_entries(configured(setting)))


def _tell(installation: Installation, verb: str) -> None:
    for note in installation.notes:
        fmt.echo_alert(note)
    told = []
    for package in installation.packages:
        old = installation.before.get(package.key)
        told.append(f"{package.name} {old} → {package.version}" if old else package.title)
    fmt.echo_info(f"{verb} {', '.join(told)}")


def _progress() -> Callable[[str], None] | None:
    """On a terminal, the steps of the installer."""
    if not sys.stderr.isatty():
        return None

    def tell(line: str) -> None:
        if line.strip().startswith(_STEPS):
            click.echo(f"  {line.strip()[:100]}", err=True)

    return tell
