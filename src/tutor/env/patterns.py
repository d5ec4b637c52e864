"""Which templates become files: not includes, nor what editors and tools leave behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Paths that are not rendered: includes, and what editors, Python and git leave behind.
IGNORED = (
    r"(.*/)?partials(/.*)?",
    r"(.*/)?__pycache__(/.*)?",
    r"(.*/)?[^/]+\.py[co]",
    r"(.*/)?\.git(/.*)?",
    r"(.*/)?\.DS_Store",
    r"(.*/)?\.[^/]+\.sw[a-p]",
    r"(.*/)?[^/]+~",
)


def left_out() -> Callable[[str], bool]:
    """Tells of a template's name whether it is no file of the environment, as plugins and the core say."""
    ignored = _any_of([*IGNORED, *Filters.ENV_PATTERNS_IGNORE.iterate()])
    include = list(Filters.ENV_PATTERNS_INCLUDE.iterate())
    included = _any_of(include) if include else None

    def is_left_out(name: str) -> bool:
        return bool(ignored.fullmatch(name)) and not (included and included.fullmatch(name))

    return is_left_out


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
