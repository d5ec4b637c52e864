"""The catalogue of hooks: what plugins import."""

from tutor.core.hooks import clear_all, priorities
from tutor.hooks import catalog
from tutor.hooks.caching import lru_cache
from tutor.hooks.catalog import Actions, Contexts, Filters

__all__ = ["Actions", "Contexts", "Filters", "catalog", "clear_all", "lru_cache", "priorities"]
