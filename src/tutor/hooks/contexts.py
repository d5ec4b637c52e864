"""`tutor.core.hooks.contexts`, where the first releases of API v1 had it."""

from tutor.core.hooks.contexts import Context, enter

__all__ = ["Context", "enter"]
