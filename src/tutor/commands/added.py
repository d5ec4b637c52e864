"""The commands that plugins add, wherever they add them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.commands.groups import Additions, CommandGroup

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tutor.plugins.words import AddedCommand


def added_commands() -> list[AddedCommand]:
    """All commands that plugins add, in the project that is open; those that groups share, once.

    Raises:
        PluginError: a function of a plugin fails.
    """
    from tutor.core.hooks import current
    from tutor.hooks import Filters

    registry, hooks = current(), (Filters.CLI_COMMANDS, Filters.CLI_DO_COMMANDS)
    handles = [h for h in registry.handles() if h in hooks or isinstance(h, Additions)]
    if not any(entry.origin.plugin for handle in handles for entry in registry.entries(handle)):
        return []  # our own are not imported for it
    from tutor.commands.cli import cli

    found: dict[tuple[object, ...], AddedCommand] = {}
    for path, group in _groups("tutor", cli):
        for added in group.added(path)[1]:
            found.setdefault((group.name, added.name, added.origin), added)
    return list(found.values())


def in_the_way(plugins: Collection[str]) -> list[str]:
    """What keeps commands of some plugins, or of others because of them, from being called by their names."""
    return [
        f"{added.origin}: {added.obstacle}; {added.remedy}"
        for added in added_commands()
        if added.obstacle and not {added.origin.plugin, added.owner}.isdisjoint(plugins)
    ]


def _groups(path: str, group: CommandGroup) -> Iterator[tuple[str, CommandGroup]]:
    """The core's groups, each with what is typed for it; what others share first in `tutor local`."""
    yield path, group
    for word in sorted(group.core, key=lambda word: (word != "local", word)):
        command = group.own(word)
        if isinstance(command, CommandGroup):
            yield from _groups(f"{path} {word}", command)
