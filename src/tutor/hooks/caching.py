"""Values computed from hooks, kept until another plugin is loaded."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any, cast

from tutor.core.hooks import Registry, current

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


def lru_cache(func: F) -> F:
    """Decorate a function whose result depends on hooks: it is computed again when a plugin was loaded.

    Or when the settings are others. What is contributed besides is no reason: functions of published plugins
    contribute while they compute something, each time anew.

    The function keeps `cache_clear`, as those that `functools.lru_cache` decorates have it.
    """
    cached = functools.lru_cache(func)
    #: The registry that the results are from, and its epoch then.
    seen: list[tuple[weakref.ref[Registry], int]] = []

    @functools.wraps(func)
    def fresh(*args: Any, **kwargs: Any) -> Any:
        registry = current()
        if not seen or seen[0][0]() is not registry or seen[0][1] != registry.epoch:
            cached.cache_clear()
            seen[:] = [(weakref.ref(registry), registry.epoch)]
        return cached(*args, **kwargs)

    # Functions take attributes; their type does not know of these two, which lru_cache gives.
    fresh.cache_clear = cached.cache_clear  # type: ignore[attr-defined]
    fresh.cache_info = cached.cache_info  # type: ignore[attr-defined]
    return cast("F", fresh)
