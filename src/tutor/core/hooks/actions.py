"""Actions: moments at which plugins may run code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, ParamSpec

from tutor.core.hooks import registry

if TYPE_CHECKING:
    from collections.abc import Callable

T = ParamSpec("T")


class Action(Generic[T]):
    """A handle on the functions that run at one moment. It holds nothing itself: see `Registry`."""

    #: Its name in the catalogue; empty for one that a plugin defines.
    hook = ""

    def __set_name__(self, owner: type, name: str) -> None:
        if owner.__module__ == registry.CATALOGUE:
            self.hook = name

    def add(self, priority: int | None = None) -> Callable[[Callable[T, Any]], Callable[T, Any]]:
        """Decorate a function that runs at this moment."""
        priority = registry.checked_priority(self, priority)

        def decorate(callback: Callable[T, Any]) -> Callable[T, Any]:
            registry.check_function(self, callback)
            registry.current().add(self, callback=callback, priority=priority)
            return callback

        return decorate

    def do(self, *args: T.args, **kwargs: T.kwargs) -> None:
        """Run the functions, in order."""
        self.do_from_context(None, *args, **kwargs)

    def do_from_context(self, context: str | None, *args: T.args, **kwargs: T.kwargs) -> None:
        """Like `do`, with the functions added in one context."""
        for entry in registry.current().entries(self, context):
            registry.current().run(entry, *args, **kwargs)

    def clear(self, context: str | None = None) -> None:
        """Forget functions, all or those added in one context."""
        registry.current().clear(self, context)

    @classmethod
    def clear_all(cls, context: str | None = None) -> None:
        """Forget functions of every action, all or those made in one context."""
        found = registry.current()
        for handle in {handle for handle, _ in found.contributions() if isinstance(handle, cls)}:
            found.clear(handle, context)
