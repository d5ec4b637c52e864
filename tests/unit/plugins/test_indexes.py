"""Indexes: what is taken from them, where they are, and what is kept of them."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tutor.exceptions import PluginError, StorageError
from tutor.hooks import Filters
from tutor.plugins import index_fetch, indexes
from tutor.plugins.indexes import IndexEntry, Indexes

if TYPE_CHECKING:
    from tutor.core.hooks import Registry

ENTRY = {
    "name": "myapp",
    "src": "tutor-myapp>=1",
    "url": "https://example.com",
    "author": "Ann",
    "maintainer": "Bob",
    "description": "Says hello.\nAnd more.",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: Registry) -> Path:
    """The user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "tutor" / "plugin-indexes.json"


def published(folder: Path, *entries: dict[str, Any]) -> str:
    """Make an index and return its name."""
    path = folder / "verawood" / "plugins.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(list(entries)))
    return str(folder)


def test_entry() -> None:
    """What published plugins read of one."""
    entry = IndexEntry(ENTRY)
    assert (entry.name, entry.src, entry.url) == ("myapp", "tutor-myapp>=1", "https://example.com")
    assert (entry.author, entry.maintainer) == ("Ann", "Bob")
    assert entry.short_description == "Says hello."
    assert entry.description.endswith("And more.")
    assert entry.match("MYAPP")
    assert entry.match("and MORE")
    assert entry.match("")
    assert not entry.match("ann")
    bare = IndexEntry({"name": "a", "src": "b"})
    assert (bare.url, bare.author, bare.maintainer, bare.description, bare.short_description) == ("",) * 5
    assert bare == IndexEntry({"name": "a", "src": "b"}) != entry


@pytest.mark.parametrize(
    ("index", "place"),
    [
        ("https://example.com/tutor", "https://example.com/tutor/verawood/plugins.yml"),
        ("https://example.com/tutor/", "https://example.com/tutor/verawood/plugins.yml"),
        ("https://example.com/my.yml", "https://example.com/my.yml"),
        ("/srv/index", "/srv/index/verawood/plugins.yml"),
        ("/srv/plugins.YAML", "/srv/plugins.YAML"),
    ],
)
def test_location(index: str, place: str) -> None:
    """A folder or URL has a file for each release."""
    assert indexes.location(index) == place


def test_filters() -> None:
    """Plugins add indexes, move them, and change what is installed."""
    Filters.PLUGIN_INDEXES.add_items(["/more", "/one"])
    Filters.PLUGIN_INDEX_URL.add()(lambda url: url.replace("verawood", "main"))
    Filters.PLUGIN_INDEX_ENTRY_TO_INSTALL.add()(lambda entry: {**entry, "src": f"{entry['src']}.1"})
    assert indexes.configured(["/one"]) == ["/one", "/more"]
    assert indexes.location("/one") == "/one/main/plugins.yml"
    entry = IndexEntry(ENTRY)
    assert indexes.to_install(entry).src == "tutor-myapp>=1.1"
    assert entry.src == "tutor-myapp>=1"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "expected a list of plugins, found nothing"),
        ("name: a", "expected a list of plugins, found a mapping"),
        ("hello", "expected a list of plugins, found text"),
        ("- [", "malformed: line"),
        ("- a: b\n c: d", "line 2"),
        ("\xff", "it is not UTF-8 text"),
        ("- !!python/object:os.system {}", "line 1"),
        ("- hello", "entry 1 is text, not a mapping"),
        ("- {name: a, src: b}\n- {name: c}", "entry 2 (c) has no src"),
        ("- {src: b}", "entry 1 has no name"),
        ("- {name: 3, src: b}", "entry 1 has a name that is a number, not text"),
        ("- {name: a, src: [b]}", "entry 1 (a) has a src that is a list, not text"),
        ("- {name: a, src: b, description: {}}", "has a description that is a mapping, not text"),
        ("- {name: a, src: --index-url=x b}", "an option of the installer"),
        ("- {name: a, src: -r x}", "an option of the installer"),
        ('- {name: a, src: "b\\nc"}', "a src of several lines"),
        ("- {name: a, src: b}\n- {name: a, src: c}", "two entries called a"),
        ("- {name: 2024-02-30, src: b}", ""),
    ],
)
def test_malformed(content: str, problem: str) -> None:
    """A sentence that names the index and the entry."""
    encoded = content.encode("latin-1")
    with pytest.raises(PluginError) as caught:
        indexes.parse(encoded, "https://ann:secret@example.com/x")
    assert caught.value.message.startswith("Plugin index https://…@example.com/x is malformed: ")
    assert problem in caught.value.message
    assert "secret" not in caught.value.message + str(caught.value.where)


def test_text_that_steers_the_terminal_is_taken_out() -> None:
    """An index is a stranger's."""
    content = yaml.safe_dump([{"name": "a\x1b[31m", "src": "b", "description": "x\u202e\x07\ny"}])
    (entry,) = indexes.parse(content.encode(), "i")
    assert (entry.name, entry.description) == ("a[31m", "x\ny")


def test_editable_sources_are_allowed() -> None:
    """`-e` and a folder or URL is what some plugins are published as."""
    (entry,) = indexes.parse(b"- {name: a, src: -e git+https://example.com/a.git}", "i")
    assert entry.src == "-e git+https://example.com/a.git"


def test_cache_keeps_what_is_broken_now(tmp_path: Path, cache: Path) -> None:
    """The others are updated; of a broken one the old content stays."""
    one = published(tmp_path / "one", {"name": "a", "src": "a1"})
    two = published(tmp_path / "two", {"name": "b", "src": "b1"})
    assert [type(found).__name__ for _, found in indexes.update([one, two])] == ["CachedIndex"] * 2
    published(tmp_path / "two", {"name": "b", "src": "b2"})
    (tmp_path / "one/verawood/plugins.yml").write_text("- [")
    kinds = [type(found).__name__ for _, found in indexes.update([one, str(tmp_path / "three"), two])]
    assert kinds == ["PluginError", "PluginError", "CachedIndex"]
    assert {e.name: e.src for e in Indexes.iter_cache_entries()} == {"a": "a1", "b": "b2"}
    assert Path(Indexes.CACHE_PATH) == cache
    assert [p.name for p in cache.parent.iterdir()] == [cache.name]


def test_what_comes_last_counts(tmp_path: Path) -> None:
    """A user's index can replace what another one says; those not asked for are left out."""
    one = published(tmp_path / "one", {"name": "My-App", "src": "a1"}, {"name": "x", "src": "x"})
    two = published(tmp_path / "two", {"name": "my_app", "src": "a2"})
    list(indexes.update([one, two]))
    assert [e.src for e in indexes.iter_cache_entries([one, two])] == ["a2", "x"]
    assert [e.src for e in indexes.iter_cache_entries([two])] == ["a2"]
    found = indexes.find_entry("MY.APP", indexes.iter_cache_entries([one]))
    assert found is not None
    assert found.index == one


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"indexes": {"a": {}}}', '{"indexes": {"a": {"fetched": "?"}}}']
)
def test_broken_cache_is_an_empty_one(cache: Path, content: str) -> None:
    """It can be fetched again."""
    cache.parent.mkdir(parents=True)
    cache.write_text(content)
    assert indexes.read_cache() == {}
    indexes.write_cache([indexes.CachedIndex("a", datetime.now(timezone.utc), ())])
    assert list(indexes.read_cache()) == ["a"]


def test_cache_that_cannot_be_written(cache: Path) -> None:
    """One sentence."""
    cache.parent.parent.mkdir(parents=True)
    cache.parent.write_text("a file")
    with pytest.raises(StorageError):
        indexes.write_cache([])


def test_old(cache: Path) -> None:
    """After a month the date is told."""
    now = datetime.now(timezone.utc)
    assert not indexes.CachedIndex("a", now - timedelta(days=29), ()).old
    assert indexes.CachedIndex("a", now - timedelta(days=31), ()).old
    indexes.write_cache([indexes.CachedIndex("a", now, (IndexEntry(ENTRY),))])
    assert indexes.read_cache()["a"].fetched == now
    assert json.loads(cache.read_text())["indexes"]["a"]["entries"] == [ENTRY]


def test_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a pipe nor a huge file is read."""
    os.mkfifo(tmp_path / "pipe.yml")
    with pytest.raises(PluginError, match="it is not a file"):
        index_fetch.read_index("i", str(tmp_path / "pipe.yml"))
    with pytest.raises(PluginError, match="cannot be read"):
        index_fetch.read_index("i", str(tmp_path))
    monkeypatch.setattr(index_fetch, "MAX_SIZE", 10)
    (tmp_path / "large.yml").write_text("x" * 11)
    with pytest.raises(PluginError, match="it is larger than"):
        index_fetch.read_index("i", f"file://{tmp_path}/large.yml")


@pytest.mark.parametrize("url", ["ftp://example.com/plugins.yml", "data://text/plain,x", "gopher://x/y"])
def test_other_schemes_are_refused(url: str) -> None:
    """Only http, https and files."""
    with pytest.raises(PluginError, match="is none of http, https and file"):
        index_fetch.read_index("i", url)
