"""Indexes: lists of published plugins, read from files or URLs and kept for use without a network."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.core.lookup import hand_on
from tutor.exceptions import PluginError
from tutor.hooks import Filters
from tutor.plugins.index_fetch import local_path, masked, read_index, scheme_of
from tutor.plugins.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: Names that plugins and scripts call with settings: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "CacheNotFound",
        "PLUGIN_INDEXES_KEY",
        "add",
        "fetch",
        "find_in_cache",
        "get_all",
        "load_cache",
        "named_index_url",
        "parse_index",
        "remove",
        "save_cache",
    )
)

__getattr__ = hand_on(__name__, "tutor.facade.indexes", HANDED_ON)

#: The release of Open edX whose list of plugins is read.
RELEASE = "verawood"
FILENAME = "plugins.yml"
#: Age from which on the date of what is shown is told.
OLD = timedelta(days=30)
KEYS = ("name", "src", "url", "author", "maintainer", "description")
_REQUIRED = ("name", "src")
#: What an entry may ask of the installer besides packages: nothing.
_EDITABLE = re.compile(r"(-e|--editable)[ =]+\S")


class IndexEntry:
    """One published plugin, as an index describes it.

    Args:
        data: the entry's keys and values.
        index: the index that it is from, when known.
    """

    def __init__(self, data: Mapping[str, str], index: str = "") -> None:
        self.data = dict(data)
        self.index = index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IndexEntry) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]  # the data may change

    def __repr__(self) -> str:
        return f"IndexEntry({self.data!r})"

    @property
    def name(self) -> str:
        """Name of the plugin."""
        return self.data["name"]

    @property
    def src(self) -> str:
        """What pip installs: a package, a specifier, a folder, a URL, or ``-e`` and one of the last two."""
        return self.data["src"]

    @property
    def url(self) -> str:
        """Page about the plugin."""
        return self.data.get("url", "")

    @property
    def author(self) -> str:
        """Who wrote it."""
        return self.data.get("author", "")

    @property
    def maintainer(self) -> str:
        """Who looks after it."""
        return self.data.get("maintainer", "")

    @property
    def description(self) -> str:
        """What it is for, in some lines."""
        return self.data.get("description", "").strip()

    @property
    def short_description(self) -> str:
        """The first line of the description."""
        lines = self.description.splitlines()
        return lines[0].strip() if lines else ""

    def match(self, pattern: str) -> bool:
        """Whether name or description contain a text, in upper or lower case."""
        wanted = pattern.lower()
        return wanted in self.name.lower() or wanted in self.description.lower()


@dataclass(frozen=True, slots=True)
class CachedIndex:
    """What is kept of an index.

    Args:
        name: as the user named it.
        fetched: when it was read.
        entries: its plugins.
    """

    name: str
    fetched: datetime
    entries: tuple[IndexEntry, ...]

    @property
    def old(self) -> bool:
        """Whether so much time has passed that the date should be told."""
        return datetime.now(timezone.utc) - self.fetched > OLD


class _CachePath:
    """Asked for at each use: the user's folder is known when a command runs, not on import."""

    def __get__(self, instance: object, owner: type) -> str:
        return str(cache_path())


class Indexes:
    """The cached indexes, under the name by which published plugins know them."""

    CACHE_PATH = _CachePath()

    @staticmethod
    def iter_cache_entries() -> Iterator[IndexEntry]:
        """Entries of all cached indexes, by name."""
        return iter_cache_entries()


def cache_path() -> Path:
    """The file in which indexes are kept: in the user's folder for caches."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("tutor")) / "plugin-indexes.json"


def location(index: str) -> str:
    """Where the file of an index is: below a folder or URL that does not name a file, that of our release."""
    if not index.lower().endswith((".yml", ".yaml")):
        index = f"{index.rstrip('/')}/{RELEASE}/{FILENAME}"
    return str(Filters.PLUGIN_INDEX_URL.apply(index))


def normalised(index: str) -> str:
    """An index as it is written to ``config.yml``: paths are absolute, no slash at the end."""
    if scheme_of(index):
        return index.rstrip("/")
    return str(local_path(index))


def configured(setting: Iterable[str]) -> list[str]:
    """The indexes to use: those of the setting ``PLUGIN_INDEXES`` and those that plugins add."""
    names = Filters.PLUGIN_INDEXES.apply([str(index) for index in setting])
    return list(dict.fromkeys(names))


def fetch_index(index: str) -> CachedIndex:
    """Read an index from where it is.

    Raises:
        PluginError: it cannot be read, or is not an index.
    """
    place = location(index)
    entries = parse(read_index(index, place), index, place)
    return CachedIndex(index, datetime.now(timezone.utc), tuple(entries))


def parse(content: bytes, index: str, place: str | None = None) -> list[IndexEntry]:
    """The entries in the content of an index, by name.

    Raises:
        PluginError: says what is wrong with which entry.
    """
    import yaml

    from tutor import serialize

    def malformed(problem: str) -> PluginError:
        return PluginError(
            f"Plugin index {masked(index)} is malformed: {problem}",
            where=masked(place or index),
            hint="tell the people who publish it; what was kept of it can still be used",
        )

    try:
        found = serialize.load(content.decode())
    except UnicodeDecodeError:
        raise malformed("it is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise malformed(f"{line}{problem or 'it is not YAML'}") from None
    except (RecursionError, ValueError):
        raise malformed("it is not YAML that can be read") from None
    if not isinstance(found, list):
        raise malformed(f"expected a list of plugins, found {_kind(found)}")
    entries = {}
    for number, data in enumerate(found, 1):
        problem = _problem(data)
        if problem:
            raise malformed(f"entry {number}{_called(data)} {problem}")
        entry = IndexEntry({key: _printable(data[key]) for key in KEYS if data.get(key)}, index)
        if entry.name in entries:
            raise malformed(f"it has two entries called {entry.name}")
        entries[entry.name] = entry
    return [entries[name] for name in sorted(entries)]


def _problem(data: Any) -> str | None:
    if not isinstance(data, dict):
        return f"is {_kind(data)}, not a mapping"
    for key in KEYS:
        value = data.get(key)
        if value is not None and not isinstance(value, str):
            return f"has a {key} that is {_kind(value)}, not text"
        if key in _REQUIRED and not (value or "").strip():
            return f"has no {key}"
        if key in _REQUIRED and value and len(value.splitlines()) > 1:
            return f"has a {key} of several lines"
    if data["src"].strip().startswith("-") and not _EDITABLE.match(data["src"].strip()):
        return "has a src that is an option of the installer, not a package"
    return None


def _called(data: Any) -> str:
    name = data.get("name") if isinstance(data, dict) else None
    return f" ({_printable(name)})" if isinstance(name, str) and name else ""


def _kind(value: object) -> str:
    kinds = {
        list: "a list",
        dict: "a mapping",
        str: "text",
        int: "a number",
        float: "a number",
        type(None): "nothing",
    }
    return kinds.get(type(value), f"a {type(value).__name__}")


def _printable(text: str) -> str:
    """A stranger's text without what would steer the terminal."""
    return "".join(c for c in text if c.isprintable() or c == "\n").strip()


def read_cache() -> dict[str, CachedIndex]:
    """The indexes that are kept, by name. A cache that is not readable is an empty one."""
    try:
        content = json.loads(cache_path().read_bytes())
        return {
            name: CachedIndex(
                name,
                datetime.fromisoformat(kept["fetched"]),
                tuple(IndexEntry(data, name) for data in kept["entries"] if not _problem(data)),
            )
            for name, kept in content["indexes"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_cache(indexes: Iterable[CachedIndex]) -> None:
    """Keep indexes; those that are kept already and are not among them stay.

    Raises:
        StorageError: the disk refuses; what was kept is as it was.
    """
    from tutor.env.storage import storage_errors

    path = cache_path()
    kept = read_cache() | {index.name: index for index in indexes}
    content = {
        "indexes": {
            name: {"fetched": index.fetched.isoformat(), "entries": [entry.data for entry in index.entries]}
            for name, index in kept.items()
        }
    }
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with staged.open("w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)


def update(names: Iterable[str]) -> Iterator[tuple[str, CachedIndex | PluginError]]:
    """Fetch indexes and keep those that are right; of the others what was kept stays.

    Yields:
        Each index, and what it holds or what is wrong with it.
    """
    for name in names:
        try:
            found = fetch_index(name)
        except PluginError as error:
            yield name, error
        else:
            write_cache([found])
            yield name, found


def iter_cache_entries(names: Iterable[str] | None = None) -> Iterator[IndexEntry]:
    """Entries of cached indexes, by name: of all, or of those given. What comes last in that list counts."""
    cache = read_cache()
    found: dict[str, IndexEntry] = {}
    for name in cache if names is None else names:
        if name in cache:
            found.update({canonical(entry.name): entry for entry in cache[name].entries})
    yield from (found[name] for name in sorted(found))


def find_entry(name: str, entries: Iterable[IndexEntry]) -> IndexEntry | None:
    """The entry of a name; upper and lower case, ``-`` and ``_`` make no difference."""
    return next((entry for entry in entries if canonical(entry.name) == canonical(name)), None)


def to_install(entry: IndexEntry) -> IndexEntry:
    """The entry as plugins want it installed (`PLUGIN_INDEX_ENTRY_TO_INSTALL`)."""
    data = Filters.PLUGIN_INDEX_ENTRY_TO_INSTALL.apply(dict(entry.data))
    return IndexEntry(data, entry.index)


__all__ = [
    "KEYS",
    "CachedIndex",
    "IndexEntry",
    "Indexes",
    "cache_path",
    "configured",
    "fetch_index",
    "find_entry",
    "iter_cache_entries",
    "location",
    "masked",
    "normalised",
    "parse",
    "read_cache",
    "to_install",
    "update",
    "write_cache",
]
