"""Contexts: names for groups of contributions, so that a group can be read or forgotten alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tutor.core.hooks import registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Context:
    """A named group of contributions."""

    def __init__(self, name: str) -> None:
        self.name = name

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """Contributions made inside the block belong to this context."""
        with registry.current().context(self.name):
            yield


def enter(name: str) -> AbstractContextManager[None]:
    """Contributions made inside the block belong to the context of this name."""
    return Context(name).enter()
