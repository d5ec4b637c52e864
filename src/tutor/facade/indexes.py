"""`tutor.plugins.indexes`, as plugins and scripts call it: with settings, and dictionaries for plugins."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tutor.exceptions import PluginError
from tutor.plugins import indexes
from tutor.plugins.indexes import CachedIndex, IndexEntry
from tutor.types import get_typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.types import Config

#: The setting that names the indexes.
PLUGIN_INDEXES_KEY = "PLUGIN_INDEXES"


class CacheNotFound(PluginError):  # noqa: N818 (the name that scripts catch)
    """No index was fetched yet."""

    def __init__(self) -> None:
        super().__init__(
            "No index was fetched yet, so it is not known which plugins there are",
            where=str(indexes.cache_path()),
            hint="tutor plugins update",
        )


def get_all(config: Config) -> list[str]:
    """The indexes that settings and plugins name.

    Raises:
        TutorError: the setting is not a list.
    """
    return indexes.configured(get_typed(config, PLUGIN_INDEXES_KEY, list, []))


def add(url: str, config: Config) -> bool:
    """Name one more index in settings, and return whether that changes them. Nothing is written."""
    found = get_typed(config, PLUGIN_INDEXES_KEY, list, [])
    name = indexes.normalised(url)
    if name in found:
        return False
    config[PLUGIN_INDEXES_KEY] = [*found, name]
    return True


def remove(url: str, config: Config) -> bool:
    """Name an index no more in settings, and return whether that changes them. Nothing is written."""
    found = get_typed(config, PLUGIN_INDEXES_KEY, list, [])
    left = [name for name in found if name not in (url, indexes.normalised(url))]
    config[PLUGIN_INDEXES_KEY] = left
    return left != found


def named_index_url(url: str) -> str:
    """Where the file of an index is."""
    return indexes.location(url)


def parse_index(content: str) -> list[dict[str, str]]:
    """The plugins in the content of an index, by name.

    Raises:
        PluginError: says what is wrong with which entry.
    """
    return [entry.data for entry in indexes.parse(content.encode(), "(text)")]


def fetch(config: Config) -> list[dict[str, str]]:
    """Read the indexes of settings from where they are, and return their plugins by name. Nothing is kept.

    Raises:
        PluginError: one cannot be read, or is not an index.
    """
    found: dict[str, dict[str, str]] = {}
    for name in get_all(config):
        found |= {entry.name: {**entry.data, "index": name} for entry in indexes.fetch_index(name).entries}
    return [found[name] for name in sorted(found)]


def save_cache(plugins: Iterable[dict[str, str]]) -> str:
    """Keep plugins as `fetch` gives them, and return the path of the file.

    Raises:
        StorageError: the disk refuses.
    """
    found: dict[str, list[IndexEntry]] = {}
    for data in plugins:
        entry = IndexEntry({key: value for key, value in data.items() if key in indexes.KEYS})
        found.setdefault(data.get("index", ""), []).append(entry)
    now = datetime.now(timezone.utc)
    indexes.write_cache(CachedIndex(name, now, tuple(entries)) for name, entries in found.items())
    return str(indexes.cache_path())


def load_cache() -> list[dict[str, str]]:
    """The plugins that are kept, by name.

    Raises:
        CacheNotFound: there are none.
    """
    if not indexes.read_cache():
        raise CacheNotFound
    return [{**entry.data, "index": entry.index} for entry in indexes.iter_cache_entries()]


def find_in_cache(name: str) -> IndexEntry:
    """A plugin that is kept.

    Raises:
        CacheNotFound: there are none.
        PluginError: there is none of this name.
    """
    load_cache()
    entry = indexes.find_entry(name, indexes.iter_cache_entries())
    if entry is None:
        raise PluginError(
            f"Plugin {name} is in no index", where=f"plugin {name}", hint="tutor plugins search"
        )
    return entry
