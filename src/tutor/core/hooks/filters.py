"""Filters: values that plugins may add to or change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from tutor.core.hooks import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tutor.core.hooks.origin import Origin

T1 = TypeVar("T1")
T2 = ParamSpec("T2")
L = TypeVar("L")


class Filter(Generic[T1, T2]):
    """A handle on the contributions to one value. It holds nothing itself: see `Registry`."""

    def add(self, priority: int | None = None) -> Callable[[Callable[..., T1]], Callable[..., T1]]:
        """Decorate a function ``(value, *args) -> value`` that changes the value."""

        def decorate(callback: Callable[..., T1]) -> Callable[..., T1]:
            registry.current().add(self, callback=callback, priority=priority)
            return callback

        return decorate

    def add_item(self: Filter[list[L], T2], item: L, priority: int | None = None) -> None:
        """Add one item to the list."""
        registry.current().add(self, items=(item,), priority=priority)

    def add_items(self: Filter[list[L], T2], items: Iterable[L], priority: int | None = None) -> None:
        """Add items to the list. The items are read now."""
        registry.current().add(self, items=tuple(items), priority=priority)

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
                result, ours = contributions.compute(entry, result, *args, **kwargs), False
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
        found: list[tuple[L, Origin]] = []
        contributions = registry.current()
        for entry in contributions.entries(self):
            if entry.callback is None:
                found += [(item, entry.origin) for item in entry.items]
                continue
            known = {id(item): origin for item, origin in found}
            changed = contributions.compute(entry, [item for item, _ in found], *args, **kwargs)
            found = [(item, known.get(id(item), entry.origin)) for item in changed]
        return found

    def clear(self, context: str | None = None) -> None:
        """Forget contributions, all or those made in one context."""
        registry.current().clear(self, context)
