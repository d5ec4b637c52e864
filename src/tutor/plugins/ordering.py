"""In which order plugins are loaded: as the user enabled them, but each after those that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.exceptions import PluginError
from tutor.plugins.requirements import needs, providers

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
    packages = providers(installed)
    after = {name: _after(name, waiting, installed, packages) for name in waiting}
    order: list[str] = []
    errors: list[PluginError] = []
    left = set(waiting)
    while waiting:
        ready = next((n for n, name in enumerate(waiting) if not after[name] & left), None)
        if ready is not None:
            order.append(waiting.pop(ready))
            left.discard(order[-1])
            continue
        cycle = _cycle(waiting, after)
        errors.append(_cyclic(cycle))
        waiting = [name for name in waiting if name not in cycle]
        left = set(waiting)
    return order, errors


def _after(
    name: str,
    names: Iterable[str],
    installed: Mapping[str, list[Installed]],
    packages: Mapping[str, list[str]],
) -> set[str]:
    """The plugins of a list that come before one of them."""
    found = {
        other
        for plugin in installed.get(name, ())
        for choices in needs(plugin, installed, packages)
        for other in choices
    }
    return found.intersection(names) - {name} if found else found


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
