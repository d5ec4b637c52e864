"""`tutor.core.hooks.filters`, where the first releases of API v1 had it."""

from tutor.core.hooks.filters import Filter

__all__ = ["Filter"]
