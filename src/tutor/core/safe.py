"""Safe mode: commands work as if no plugin were enabled. What is enabled stays in ``config.yml``."""

from __future__ import annotations

from contextvars import ContextVar

#: Whether plugins are left out in the command that runs now.
_without_plugins: ContextVar[bool] = ContextVar("without_plugins", default=False)


def set_safe(safe: bool) -> None:
    """Say whether plugins are left out, in the command that starts now."""
    _without_plugins.set(safe)


def is_safe() -> bool:
    """Whether plugins are left out."""
    return _without_plugins.get()
