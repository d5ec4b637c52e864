"""Two plugins that give one name different values: a conflict, unless one looks at what the other says."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any

from tutor.core.hooks import current
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.config.settings import Conflict, Settings
    from tutor.core.hooks import Entry, Filter, Origin


def conflicts(settings: Settings) -> list[Conflict]:
    """Settings that several plugins override with different values, and none of them knows of the others'."""
    found = []
    for conflict in settings.conflicts():
        blind = tuple(
            c
            for c in conflict.contributions
            if not looks_at_others(Filters.CONFIG_OVERRIDES, conflict.name, c.origin)
        )
        if any(c.value != blind[0].value for c in blind):
            found.append(conflict._replace(contributions=blind))
    return found


def looks_at_others(handle: Filter[list[Any], Any], name: str, origin: Origin, *args: Any) -> bool:
    """Whether a function made a contribution, and makes another one when the others of that name are gone.

    Args:
        handle: whose items are tuples that begin with a name.
        name: what the contribution is to.
        origin: of the contribution.
        args: what the functions of the filter get besides the list.
    """
    for entry, before in _steps(handle, *args):
        if entry.origin[1:] == origin[1:]:  # the layer is the kind of use
            without = [item for item in before if item[0] != name]
            return len(without) < len(before) and _made(handle, entry, name, before, *args) != _made(
                handle, entry, name, without, *args
            )
    return False


def is_aware(name: str, *origins: Origin) -> bool:
    """Whether one of some declarations of a setting is a function's that looks at the others."""
    handles = (Filters.CONFIG_DEFAULTS, Filters.CONFIG_UNIQUE)
    return any(looks_at_others(handle, name, o) for handle in handles for o in origins)


def _steps(handle: Filter[list[Any], Any], *args: Any) -> Iterator[tuple[Entry, list[Any]]]:
    """The functions of a filter, each with the list that it is handed."""
    items: list[Any] = []
    for entry in current().entries(handle):
        if entry.callback is None:
            items += entry.items
            continue
        yield entry, items
        items = list(current().compute(handle, entry, _copied(items), *args))


def _made(
    handle: Filter[list[Any], Any], entry: Entry, name: str, before: list[Any], *args: Any
) -> list[Any] | None:
    """What a function adds to a list under a name; nothing where it fails without that."""
    given = _copied(before)
    with contextlib.suppress(Exception):
        after = current().compute(handle, entry, given, *args)
        return [item for item in after if item[0] == name and item not in before]
    return None


def _copied(items: list[Any]) -> list[Any]:
    """The same items for a function that may change what is in them, as far as they can be copied."""
    with contextlib.suppress(Exception):
        return copy.deepcopy(items)
    return list(items)
