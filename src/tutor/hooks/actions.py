"""`tutor.core.hooks.actions`, where the first releases of API v1 had it."""

from tutor.core.hooks.actions import Action

__all__ = ["Action"]
