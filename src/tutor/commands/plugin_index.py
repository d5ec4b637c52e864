"""`tutor plugins search`, `show`, `update` and `index`: plugins that are published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.groups import CommandGroup
from tutor.commands.params import NameType, completing
from tutor.commands.plugin_install import IndexName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutor.commands.context import Context
    from tutor.plugins.indexes import IndexEntry

_SETTING = "PLUGIN_INDEXES"


class IndexUrl(NameType):
    """An index that is in use."""

    name = "index"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Addresses of the indexes in use."""
        return _own(completing(ctx))


@click.command("search", short_help="Search the indexes.")
@click.argument("pattern", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def search(context: Context, pattern: str, as_json: bool) -> None:
    """List the plugins in the indexes, or those with a word in name or description. Needs no network.

    \b
    Examples:
      tutor plugins search
      tutor plugins search theme
    """
    entries, status = _known(context)
    rows = [_row(entry, status) for entry in entries if entry.match(pattern)]
    if as_json:
        fmt.echo_json(plugins=rows)
        return
    if not rows:
        fmt.echo_info(f"No plugin in the indexes has '{pattern}' in its name or description.")
        return
    header = {"name": "NAME", "status": "STATUS"}
    widths = [max(len(str(row[key] or "")) for row in (header, *rows)) for key in header]
    click.echo("  ".join([*(header[k].ljust(w) for k, w in zip(header, widths, strict=True)), "DESCRIPTION"]))
    for row, entry in zip(rows, (e for e in entries if e.match(pattern)), strict=True):
        cells = [str(row[key] or "").ljust(width) for key, width in zip(header, widths, strict=True)]
        click.echo("  ".join([*cells, entry.short_description]).rstrip())


@click.command("show", short_help="Show a plugin.")
@click.argument("name", type=IndexName())
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def show(context: Context, name: str, as_json: bool) -> None:
    """Show what the indexes tell about a plugin, or the plugin that is installed. Needs no network.

    \b
    Example:
      tutor plugins show mfe
    """
    from tutor.commands.exact import listed

    installed = next((row for row in listed(context) if row["name"] == name and row["place"]), None)
    row = _of_indexes(context, name, required=installed is None) or installed or {}
    if as_json:
        fmt.echo_json(**row)
        return
    for key, value in row.items():
        if value not in (None, ""):
            text = str(value).replace("\n", "\n" + " " * 13)
            click.echo(f"{key + ':':<13}{text}")


def _of_indexes(context: Context, name: str, *, required: bool) -> dict[str, Any] | None:
    """What the indexes tell about a plugin.

    Raises:
        PluginError: they do not know it, and that is ``required``.
    """
    from tutor.config.userfile import nearest
    from tutor.exceptions import PluginError
    from tutor.plugins.indexes import find_entry

    try:
        entries, status = _known(context)
    except PluginError:
        if required:
            raise
        return None
    entry = find_entry(name, entries)
    if entry is None and required:
        near = nearest(name, (e.name for e in entries))
        raise PluginError(
            f"No index has a plugin {name}" + (f"; did you mean {near}?" if near else ""),
            where="command line",
            hint=f"tutor plugins show {near}" if near else "tutor plugins update, then: tutor plugins search",
        )
    return _row(entry, status) if entry else None


@click.command("update", short_help="Fetch the indexes.")
@click.pass_obj
def update(context: Context) -> int:
    """Fetch the lists of published plugins. Where one cannot be fetched, what was kept of it stays.

    \b
    Example:
      tutor plugins update
    """
    from tutor.__main__ import show as show_error
    from tutor.exceptions import TutorError
    from tutor.plugins import indexes

    failed = 0
    with context.opened() as project:
        names = indexes.configured(project.values[_SETTING])
        for name, found in indexes.update(names):
            if isinstance(found, TutorError):
                failed = 1
                show_error(found)
            else:
                fmt.echo_info(f"{indexes.masked(name)}: {_count(found.entries)}")
    if not names:
        fmt.echo_info("No index is in use. To add one: tutor plugins index add URL")
    return failed


@click.group("index", cls=CommandGroup, short_help="The indexes in use.")
def index_command() -> None:
    """Indexes: lists of published plugins, each a file plugins.yml on a web server or in a folder."""


@index_command.command("list", short_help="List the indexes in use.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def list_command(context: Context, as_json: bool) -> None:
    """List the indexes in use, and when they were fetched.

    \b
    Example:
      tutor plugins index list
    """
    from tutor.plugins import indexes

    with context.opened() as project:
        names = indexes.configured(project.values[_SETTING])
        cache = indexes.read_cache()
        rows: list[dict[str, Any]] = [
            {
                "index": indexes.masked(name),
                "location": indexes.masked(indexes.location(name)),
                "fetched": cache[name].fetched.isoformat() if name in cache else None,
                "plugins": len(cache[name].entries) if name in cache else None,
            }
            for name in names
        ]
    if as_json:
        fmt.echo_json(indexes=rows)
        return
    if not rows:
        fmt.echo_info("No index is in use. To add one: tutor plugins index add URL")
    for row in rows:
        fetched = (
            f"{_plugins(row['plugins'])}, of {row['fetched'][:10]}" if row["fetched"] else "not fetched yet"
        )
        click.echo(f"{row['index']}  ({fetched})")


@index_command.command("add", short_help="Use one more index.")
@click.argument("url")
@click.pass_obj
def add(context: Context, url: str) -> None:
    """Use one more index: the URL or path of a file, or of what has the file for this release in it.

    It is fetched first. If it cannot be, nothing is changed.

    \b
    Examples:
      tutor plugins index add https://example.com/tutor
      tutor plugins index add ./plugins.yml
    """
    from tutor import edits
    from tutor.plugins import indexes

    name = indexes.normalised(url)
    if name in _own(context):
        fmt.echo_info(f"{indexes.masked(name)} is in use already.")
        return
    with context.opened():
        found = indexes.fetch_index(name)
    root, folder = Path(context.root), Path(context.plugins_root)
    edits.edit_list(root, folder, _SETTING, lambda names: [*names, name])
    indexes.write_cache([found])
    fmt.echo_info(f"Added: {indexes.masked(name)}, {_count(found.entries)}")
    _tell_overridden()


@index_command.command("remove", short_help="Use an index no more.")
@click.argument("url", type=IndexUrl())
@click.pass_obj
def remove(context: Context, url: str) -> None:
    """Use an index no more. Plugins that were installed from it stay.

    \b
    Example:
      tutor plugins index remove https://example.com/tutor
    """
    from tutor import edits
    from tutor.config.userfile import nearest
    from tutor.exceptions import PluginError
    from tutor.plugins import indexes

    own = _own(context)
    name = next(
        (i for i in own if url in (i, indexes.masked(i)) or indexes.normalised(url) == i.rstrip("/")), None
    )
    if name is None:
        near = nearest(url, own)
        raise PluginError(
            f"Index {indexes.masked(url)} is not in use"
            + (f"; did you mean {indexes.masked(near)}?" if near else ""),
            where="command line",
            hint="tutor plugins index list",
        )
    root, folder = Path(context.root), Path(context.plugins_root)
    edits.edit_list(root, folder, _SETTING, lambda names: [other for other in names if other != name])
    fmt.echo_info(f"Removed: {indexes.masked(name)}")
    _tell_overridden()


def _own(context: Context) -> list[str]:
    """The indexes that ``config.yml`` or else the default names: those that can be removed."""
    from tutor.config import userfile
    from tutor.config.table import core_settings
    from tutor.env.recovery import recover_if_cut_off

    recover_if_cut_off(Path(context.root))
    names = userfile.read(Path(context.root)).values.get(_SETTING, core_settings()[_SETTING].default)
    return [str(name) for name in names] if isinstance(names, list) else []


def _tell_overridden() -> None:
    import os

    if f"TUTOR_{_SETTING}" in os.environ:
        fmt.echo_alert(f"the environment variable TUTOR_{_SETTING} is set, and is used instead of config.yml")


def _known(context: Context) -> tuple[list[IndexEntry], dict[str, str]]:
    """Entries of the indexes in use, and the status of the plugins that are installed."""
    from tutor.config.userfile import enabled_plugins
    from tutor.exceptions import PluginError
    from tutor.plugins import indexes

    with context.opened() as project:
        names = indexes.configured(project.values[_SETTING])
        status = dict.fromkeys(project.installed, "installed")
        status |= {name: "enabled" for name in enabled_plugins(project.user) if name in status}
    cache = indexes.read_cache()
    kept = [name for name in names if name in cache]
    if not kept:
        raise PluginError(
            "No index was fetched yet, so it is not known which plugins there are",
            where=str(indexes.cache_path()),
            hint="tutor plugins update" if names else "tutor plugins index add URL",
        )
    for name in names:
        if name not in cache:
            fmt.echo_alert(f"index {indexes.masked(name)} was not fetched yet: tutor plugins update")
        elif cache[name].old:
            date = cache[name].fetched.date().isoformat()
            fmt.echo_alert(f"index {indexes.masked(name)} was fetched on {date}: tutor plugins update")
    return list(indexes.iter_cache_entries(kept)), status


def _row(entry: IndexEntry, status: dict[str, str]) -> dict[str, Any]:
    from tutor.plugins.indexes import KEYS, masked

    found: dict[str, Any] = {"name": entry.name, "status": status.get(entry.name)}
    return (
        found | {key: entry.data.get(key) for key in KEYS if key != "name"} | {"index": masked(entry.index)}
    )


def _count(entries: Sequence[IndexEntry]) -> str:
    return _plugins(len(entries))


def _plugins(number: int) -> str:
    return f"{number} plugin{'' if number == 1 else 's'}"
