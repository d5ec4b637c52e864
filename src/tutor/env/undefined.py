"""Names in templates that nobody has defined: whatever they reach, it is an error with the name.

Jinja's own strict ones raise it where they are printed, compared or computed with. A filter, a test or a
function may do with one what it likes: so it is not called with one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2.runtime import Macro, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Callable

#: Filters and tests that are for such names.
TOLERANT = frozenset(("d", "default", "defined", "undefined"))
#: Filters that hand the items of a list to others, which may be for such names.
_BY_ITEM = frozenset(("map", "reject", "rejectattr", "select", "selectattr"))
_SCALARS = frozenset((str, int, float, bool, type(None)))
#: How deep lists within lists are looked into.
_DEPTH = 6


class UnknownName(StrictUndefined):
    """What a template gets for a name that is not defined."""

    __slots__ = ()
    # In a list, too, it is printed.
    __repr__ = StrictUndefined.__str__


def check(values: Any, depth: int = _DEPTH) -> None:
    """Raise the error about an undefined name, if there is one among some values or in lists of them.

    Raises:
        jinja2.UndefinedError: there is one.
    """
    for value in values:
        kind = type(value)
        if kind in _SCALARS:
            continue
        if kind is UnknownName:
            str(value)
        elif depth and (kind is list or kind is tuple):
            check(value, depth - 1)
        elif depth and kind is dict:
            check(value.values(), depth - 1)


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter or a test that is not called with an undefined name, unless it is for them."""
    if name in TOLERANT:
        return function
    depth = 0 if name in _BY_ITEM else _DEPTH

    def called(*args: Any, **named: Any) -> Any:
        check(args, depth)
        if named:
            check(named.values(), depth)
        return function(*args, **named)

    wanted = getattr(function, "jinja_pass_arg", None)
    if wanted is not None:
        called.jinja_pass_arg = wanted  # type: ignore[attr-defined]  # as Jinja marks functions
    return called


def check_call(function: Any, args: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Check what a template calls a function with. A macro is a template itself, and may look at the name.

    Raises:
        jinja2.UndefinedError: it is an undefined name.
    """
    if type(function) is not Macro:
        check(args)
        if named:
            check(value for key, value in named.items() if key not in ("_loop_vars", "_block_vars"))
