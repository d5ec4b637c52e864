"""Filters: values that plugins may add to or change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from tutor.core.hooks import registry
from tutor.core.hooks.origin import CORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tutor.core.hooks.origin import Origin
    from tutor.core.hooks.registry import Entry

T1 = TypeVar("T1")
T2 = ParamSpec("T2")
L = TypeVar("L")


class Filter(Generic[T1, T2]):
    """A handle on the contributions to one value. It holds nothing itself: see `Registry`."""

    #: Its name in the catalogue; empty for one that a plugin defines.
    hook = ""

    def __set_name__(self, owner: type, name: str) -> None:
        if owner.__module__ == registry.CATALOGUE:
            self.hook = name

    def add(self, priority: int | None = None) -> Callable[[Callable[..., T1]], Callable[..., T1]]:
        """Decorate a function ``(value, *args) -> value`` that changes the value."""
        priority = registry.checked_priority(self, priority)

        def decorate(callback: Callable[..., T1]) -> Callable[..., T1]:
            registry.check_function(self, callback)
            registry.current().add(self, callback=callback, priority=priority)
            return callback

        return decorate

    def add_item(self: Filter[list[L], T2], item: L, priority: int | None = None) -> None:
        """Add one item to the list."""
        registry.current().add(self, items=(item,), priority=priority)

    def add_items(self: Filter[list[L], T2], items: Iterable[L], priority: int | None = None) -> None:
        """Add items to the list. The items are read now."""
        registry.current().add(self, items=registry.checked_items(self, items), priority=priority)

    def apply(self, value: T1, *args: T2.args, **kwargs: T2.kwargs) -> T1:
        """Return ``value`` as all contributions leave it."""
        return self.apply_from_context(None, value, *args, **kwargs)

    def apply_from_context(self, context: str | None, value: T1, *args: T2.args, **kwargs: T2.kwargs) -> T1:
        """Like `apply`, with the contributions made in one context."""
        result: Any = value
        ours = False  # a list that nobody else holds grows in place
        contributions = registry.current()
        for entry in contributions.entries(self, context):
            if entry.callback is not None:
                result, ours = contributions.compute(self, entry, result, *args, **kwargs), False
            elif ours:
                result += entry.items
            else:
                result, ours = [*result, *entry.items], True
        return result  # type: ignore[no-any-return]  # contributions are a plugin's, unchecked

    def iterate(self: Filter[list[L], T2], *args: T2.args, **kwargs: T2.kwargs) -> Iterator[L]:
        """Yield the items of a list value that starts empty."""
        yield from self.apply([], *args, **kwargs)

    def iterate_from_context(
        self: Filter[list[L], T2], context: str | None, *args: T2.args, **kwargs: T2.kwargs
    ) -> Iterator[L]:
        """Like `iterate`, with the contributions made in one context."""
        yield from self.apply_from_context(context, [], *args, **kwargs)

    def collect(self: Filter[list[L], T2], *args: T2.args, **kwargs: T2.kwargs) -> list[tuple[L, Origin]]:
        """Return the items of a list value, each with its origin.

        An item that a function added or replaced has the function's origin.
        """
        return self.collect_onto((), *args, **kwargs)

    def collect_onto(
        self: Filter[list[L], T2], start: Iterable[tuple[L, Origin]], *args: T2.args, **kwargs: T2.kwargs
    ) -> list[tuple[L, Origin]]:
        """Like `collect`, of a list that starts with some items."""
        return self._walk(registry.current().entries(self), start, *args, **kwargs)[0]

    def collect_from_plugins(
        self: Filter[list[L], T2], *args: T2.args, **kwargs: T2.kwargs
    ) -> list[tuple[L, Origin]]:
        """Like `collect`, only what plugins contribute.

        What the core contributes is computed only where a function of a plugin is going to see it.
        """
        entries = registry.current().entries(self)
        if not any(entry.is_computed for entry in entries):
            entries = [entry for entry in entries if entry.origin != CORE]
        found, _ = self._walk(entries, (), *args, **kwargs)
        return [(item, origin) for item, origin in found if origin != CORE]

    def taken_away(self: Filter[list[L], T2], *args: T2.args, **kwargs: T2.kwargs) -> list[tuple[L, Origin]]:
        """Return the core's items that functions of plugins take out of the list, each with who takes it."""
        entries = registry.current().entries(self)
        if not any(entry.is_computed for entry in entries):
            return []
        return self._walk(entries, (), *args, **kwargs)[1]

    def _walk(
        self: Filter[list[L], T2],
        entries: Iterable[Entry],
        start: Iterable[tuple[L, Origin]],
        *args: T2.args,
        **kwargs: T2.kwargs,
    ) -> tuple[list[tuple[L, Origin]], list[tuple[L, Origin]]]:
        """The items with their origins; and those of the core that are gone, with who took them."""
        found = list(start)
        gone: list[tuple[L, Origin]] = []
        for entry in entries:
            if entry.callback is None:
                found += [(item, entry.origin) for item in entry.items]
                continue
            changed = registry.current().compute(self, entry, [item for item, _ in found], *args, **kwargs)
            found, left = _matched(found, changed, entry.origin)
            gone += [(item, entry.origin) for item, origin in left if origin.plugin is None]
        return found, gone

    def clear(self, context: str | None = None) -> None:
        """Forget contributions, all or those made in one context."""
        registry.current().clear(self, context)

    @classmethod
    def clear_all(cls, context: str | None = None) -> None:
        """Forget contributions to every filter, all or those made in one context."""
        found = registry.current()
        for handle in {handle for handle, _ in found.contributions() if isinstance(handle, cls)}:
            found.clear(handle, context)


def _matched(
    before: list[tuple[L, Origin]], after: Iterable[L], by: Origin
) -> tuple[list[tuple[L, Origin]], list[tuple[L, Origin]]]:
    """The items of a list that somebody changed, with their origins; and those that are no more in it.

    An item is the one of before if it is the same object, else if it is equal: functions make tuples anew.
    """
    left = {id(item): (item, origin) for item, origin in before}
    found: list[tuple[L, Origin | None]] = []
    for item in after:
        same = left.pop(id(item), None)
        found.append((item, same[1] if same else None))
    result = []
    for item, known in found:
        origin = known
        if origin is None:
            key = next((key for key, (other, _) in left.items() if _is_equal(item, other)), None)
            origin = by if key is None else left.pop(key)[1]
        result.append((item, origin))
    return result, list(left.values())


def _is_equal(item: object, other: object) -> bool:
    return type(item) is type(other) and bool(item == other)


class NamedItems(Filter[list[L], []]):
    """A filter of (name, item), seen as the items of one name."""

    def __init__(self, whole: Filter[list[tuple[str, L]], []], name: str) -> None:
        self.whole, self.name = whole, name

    def add(self, priority: int | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate a function that changes the list of the items of this name."""
        priority = registry.checked_priority(self.whole, priority)

        def decorate(callback: Callable[..., Any]) -> Callable[..., Any]:
            registry.check_function(self.whole, callback)

            def change(pairs: list[tuple[str, L]]) -> list[tuple[str, L]]:
                own = [item for name, item in pairs if name == self.name]
                others = [pair for pair in pairs if pair[0] != self.name]
                return [*others, *((self.name, item) for item in callback(own))]

            registry.current().add(self.whole, callback=change, priority=priority)
            return callback

        return decorate

    def add_item(self, item: L, priority: int | None = None) -> None:
        """Add one item."""
        self.add_items([item], priority)

    def add_items(self, items: Iterable[L], priority: int | None = None) -> None:
        """Add items. They are read now."""
        registry.current().add(
            self.whole,
            items=tuple((self.name, item) for item in registry.checked_items(self.whole, items)),
            priority=priority,
        )

    def apply_from_context(self, context: str | None, value: list[L]) -> list[L]:
        """``value``, and the items of this name."""
        found = self.whole.apply_from_context(context, [])
        return [*value, *(item for name, item in found if name == self.name)]
