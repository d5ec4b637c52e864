"""In which order plugins are loaded: as the user enabled them, but each after those that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.exceptions import PluginError
from tutor.plugins.requirements import needs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutor.plugins.discovery import Installed


def ordered(
    names: Iterable[str], installed: Mapping[str, list[Installed]]
) -> tuple[list[str], list[PluginError]]:
    """Put plugins after those that they need. Nothing else changes its place.

    Returns:
        The plugins to load, in order, and an error for each cycle of requirements. Its plugins are left out.
    """
    waiting = list(dict.fromkeys(names))
    after = {name: _after(name, waiting, installed) for name in waiting}
    order: list[str] = []
    errors: list[PluginError] = []
    while waiting:
        ready = next((name for name in waiting if after[name].isdisjoint(waiting)), None)
        if ready is not None:
            waiting.remove(ready)
            order.append(ready)
            continue
        cycle = _cycle(waiting, after)
        errors.append(_cyclic(cycle))
        waiting = [name for name in waiting if name not in cycle]
    return order, errors


def _after(name: str, names: Iterable[str], installed: Mapping[str, list[Installed]]) -> set[str]:
    """The plugins of a list that come before one of them."""
    found = {
        other
        for plugin in installed.get(name, ())
        for choices in needs(plugin, installed)
        for other in choices
    }
    return found.intersection(names) - {name}


def _cycle(waiting: list[str], after: Mapping[str, set[str]]) -> list[str]:
    """Plugins that need each other in a circle. All that wait do so for others that wait, so there is one."""
    path = [waiting[0]]
    while True:
        following = next(name for name in waiting if name in after[path[-1]])
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _cyclic(cycle: list[str]) -> PluginError:
    circle = " needs ".join([*cycle, cycle[0]])
    return PluginError(
        f"Plugins {' and '.join(sorted(cycle))} need each other, so none can be loaded first: {circle}",
        where="requirements of their packages",
        hint=f"tutor plugins disable {' '.join(sorted(cycle))}",
    )
