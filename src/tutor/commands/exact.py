"""Commands that scripts run again and again, found by their exact words: no command line is parsed for them.

Importing click takes longer than what they do. Any other line of words, with an option more, say, is parsed,
and comes to the same functions. So this module, and what it imports, does without click.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor import fmt
from tutor.commands.context import Context, default_plugins_root, default_root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tutor.change import Change, Options
    from tutor.plugins import Installed


def find(words: Sequence[str]) -> Callable[[Context], None] | None:
    """What a line of words runs; ``None`` where it has to be parsed."""
    match words:
        case ["plugins", "list"]:
            return list_plugins
        case ["config", "printvalue", name] if not name.startswith("-"):
            return functools.partial(print_value, name=name)
        case ["config", "save"]:
            return save
        case ["config", "save", *options] if {"-s", "--set"}.issuperset(options[::2]):
            assigned = [found for text in options[1::2] if (found := assignment(text))]
            if 2 * len(assigned) == len(options):
                return functools.partial(save_set, assigned=assigned)
    return None


def assignment(text: str) -> tuple[str, str] | None:
    """The name and the text of the value in ``NAME=VALUE``, if that is what it is."""
    name, equals, value = text.partition("=")
    return (name, value) if equals and name.isascii() and name.isidentifier() else None


def context_of(root: str | None) -> Context:
    """The project of a command.

    Args:
        root: its folder as the user gives it; where that is nothing, the default of the system.
    """
    folder = os.path.abspath(os.path.expanduser(root)) if root else default_root()
    return Context(folder, default_plugins_root())


def print_value(context: Context, name: str) -> None:
    """Print the value of a setting."""
    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        if name not in project.values:
            from tutor.explain.settings import unknown

            raise unknown(project, name)
        value = project.values[name]
    if value is not None and not isinstance(value, str):
        from tutor import serialize

        value = serialize.str_format(value)
    fmt.echo(value or "")


def save_set(context: Context, assigned: Sequence[tuple[str, str]]) -> None:
    """Save settings and render the environment.

    Args:
        context: the project.
        assigned: names of settings, and their new values as typed.
    """
    from tutor import change as changes
    from tutor.config import values

    save(context, changes.Change({name: values.Typed.of(name, text) for name, text in assigned}))


def save(context: Context, change: Change | None = None, options: Options | None = None) -> None:
    """Make a change, if there is one, and render the environment."""
    from tutor import change as changes
    from tutor.commands import report

    done = changes.save(Path(context.root), Path(context.plugins_root), change or changes.Change(), options)
    report.saved(done)


def list_plugins(context: Context, *, only_enabled: bool = False) -> None:
    """Print a table of plugins."""
    rows = listed(context, only_enabled=only_enabled)
    for sentence in () if only_enabled else _not_read(context):
        fmt.echo_alert(sentence)
    if not rows:
        if only_enabled:
            fmt.echo_info("No plugin is enabled. To enable one: tutor plugins enable NAME")
        else:
            fmt.echo_info("No plugin is installed. To install one: tutor plugins install NAME")
        return
    header = {"name": "NAME", "status": "STATUS", "version": "VERSION"}
    if any(row["fits"] is False for row in rows):
        header["requires"] = "REQUIRES"
    table = [{**header, "summary": "DESCRIPTION"}, *rows]
    columns = [max(len(row[key] or "") for row in table) for key in header]
    for row in table:
        cells = [(row[key] or "").ljust(n) for key, n in zip(header, columns, strict=False)]
        fmt.echo("  ".join([*cells, row["summary"] or ""]).rstrip())


def listed(context: Context, *, only_enabled: bool = False) -> list[dict[str, Any]]:
    """What `tutor plugins list` tells about each plugin, by name; without running one."""
    from tutor.plugins.discovery import discover

    enabled = enabled_plugins(context)
    installed = discover(Path(context.plugins_root))
    return [
        _row(name, plugin, enabled)
        for name in sorted({*installed, *enabled})
        if not only_enabled or name in enabled
        for plugin in installed.get(name, [None])
    ]


def _not_read(context: Context) -> list[str]:
    from tutor.plugins.discovery import discover, not_read

    return not_read(discover(Path(context.plugins_root)))


def enabled_plugins(context: Context) -> list[str]:
    """The names of the enabled plugins, in order; without opening the project.

    Raises:
        ConfigError: ``config.yml`` cannot be read.
    """
    from tutor.config import userfile
    from tutor.env.recovery import recover_if_cut_off

    recover_if_cut_off(Path(context.root))
    return userfile.enabled_plugins(userfile.read(Path(context.root)))


def _row(name: str, plugin: Installed | None, enabled: list[str]) -> dict[str, Any]:
    from tutor.plugins.requirements import pin_of

    row: dict[str, Any] = {"name": name, "status": "enabled" if name in enabled else "installed"}
    if plugin is None:
        missing = {"version": None, "summary": "enabled, but not installed", "api": None, "place": None}
        return row | {"status": "missing"} | missing | {"requires": None, "fits": None}
    pin = pin_of(plugin)
    return row | {
        "version": plugin.version,
        "summary": plugin.summary,
        "api": {"v0": "v0", "v1": "v1", "yaml": "v0", "file": None}[plugin.kind],
        "place": plugin.place,
        "requires": pin.text if pin else None,
        "fits": pin.fits if pin else None,
    }
