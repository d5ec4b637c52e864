"""The mechanism of hooks. Plugins that define hooks of their own import it."""

from tutor.core.hooks import actions, contexts, filters, priorities
from tutor.core.hooks.actions import Action
from tutor.core.hooks.contexts import Context
from tutor.core.hooks.filters import Filter
from tutor.core.hooks.origin import CORE, Layer, Origin
from tutor.core.hooks.registry import Entry, Registry, activate, current, outside

__all__ = [
    "CORE",
    "Action",
    "Context",
    "Entry",
    "Filter",
    "Layer",
    "Origin",
    "Registry",
    "actions",
    "activate",
    "clear_all",
    "contexts",
    "current",
    "filters",
    "outside",
    "priorities",
]


def clear_all(context: str | None = None) -> None:
    """Forget every contribution of the current registry, all or those made in one context."""
    current().clear(context=context)
