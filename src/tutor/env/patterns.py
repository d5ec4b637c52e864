"""Which templates become files: not includes, nor what is hidden or left behind by Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.exceptions import RenderError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tutor.core.hooks import Origin

#: What the core contributes to `ENV_PATTERNS_IGNORE`: whatever has a name that begins with a dot anywhere in
#: its path, what Python compiled, and includes.
IGNORED = (r"(.*/)?\.", r"(.*/)?__pycache__(/.*)?$", r".*\.pyc$", r"(.*/)?partials(/.*)?$")


def left_out() -> Callable[[str], bool]:
    """Tells of a template's name whether it is no file of the environment, as plugins and the core say.

    A pattern matches the beginning of a name. What is included is so although something ignores it.

    Raises:
        RenderError: a pattern is no regular expression.
    """
    ignored = compiled(Filters.ENV_PATTERNS_IGNORE.collect(), "ENV_PATTERNS_IGNORE")
    included = compiled(Filters.ENV_PATTERNS_INCLUDE.collect(), "ENV_PATTERNS_INCLUDE")

    def is_left_out(name: str) -> bool:
        return any(p.match(name) for p in ignored) and not any(p.match(name) for p in included)

    return is_left_out


def compiled(patterns: Iterable[tuple[str, Origin]], hook: str) -> list[re.Pattern[str]]:
    """Regular expressions of plugins and the core.

    Args:
        patterns: each with its origin.
        hook: to which they were contributed, for messages.

    Raises:
        RenderError: one is no regular expression.
    """
    found = []
    for pattern, origin in patterns:
        try:
            found.append(re.compile(pattern))
        except (re.error, TypeError) as error:
            raise RenderError(
                f"{pattern!r} in {hook} is no regular expression: {error}",
                where=str(origin),
                hint=f"correct the plugin, or: tutor plugins disable {origin.plugin}",
            ).blaming(origin) from None
    return found
