"""Installed packages that declare plugins, read straight from their metadata.

`importlib.metadata` takes longer to import than this takes to run. It is asked where packages may come
from somewhere else than folders on the path, and for old formats. The files are read anew by every command,
so what is found is never out of date.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.core.named import Named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_PLUGIN_GROUP = "tutor.plugin"


class UnusualError(Exception):
    """Something that only `importlib.metadata` knows how to read."""


class Package:
    """An installed package: `importlib.metadata.Distribution`, with what every command needs read directly.

    Args:
        folder: its ``.dist-info``.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __getattr__(self, name: str) -> Any:
        """The rest, such as the list of files: the standard library knows it."""
        from importlib import metadata

        return getattr(metadata.PathDistribution(Path(self.folder)), name)

    @cached_property
    def metadata(self) -> dict[str, str]:
        """Name, version and summary."""
        found: dict[str, str] = {}
        previous = ""
        for line in self._header:
            if line[:1] in (" ", "\t") and previous in ("Name", "Version", "Summary"):
                raise UnusualError(line)  # a value of several lines
            key, colon, value = line.partition(":")
            previous = key if colon else previous
            if key in ("Name", "Version", "Summary") and key not in found:
                found[key] = value.strip()
        if "Name" not in found or "Version" not in found:
            raise UnusualError(self.folder)
        return found

    @property
    def version(self) -> str:
        """Its version."""
        return self.metadata["Version"]

    @cached_property
    def requires(self) -> list[str]:
        """The requirements."""
        key = "Requires-Dist:"
        return [line[len(key) :].strip() for line in self._header if line.startswith(key)]

    @cached_property
    def _header(self) -> list[str]:
        text = self.read_text("METADATA")
        if text is None:
            raise UnusualError(self.folder)
        return text.replace("\r\n", "\n").partition("\n\n")[0].split("\n")

    def read_text(self, name: str) -> str | None:
        """A file of the metadata; ``None`` where there is none."""
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
            return None

    def locate_file(self, path: str) -> Path:
        """Where a file of the package lies."""
        return Path(os.path.dirname(self.folder), path)


class Point(Named):
    """An entry point: what we need of `importlib.metadata.EntryPoint`, with the same names."""

    name: str
    value: str
    group: str
    dist: Package

    @property
    def module(self) -> str:
        """The module to import."""
        return self.value.partition(":")[0].strip()

    @property
    def attr(self) -> str | None:
        """The object in the module; ``None`` for the module itself."""
        return self.value.partition(":")[2].strip() or None

    def load(self) -> Any:
        """Import the module, and return it or the object in it."""
        import importlib

        found: Any = importlib.import_module(self.module)
        for name in self.attr.split(".") if self.attr else ():
            found = getattr(found, name)
        return found


def points(groups: Iterable[str]) -> list[Any]:
    """The entry points of some groups, in the order of the groups and of the path."""
    found = _found()
    return [point for group in groups for point in found if point.group == group]


def others(groups: Collection[str]) -> list[Any]:
    """Entry points whose group looks like one for plugins, and is none of those that are read."""
    return [point for point in _found() if point.group not in groups]


def _found() -> list[Any]:
    """The entry points of all groups that look like those for plugins, in the order of the path."""
    if _only_folders():
        try:
            return list(_scan())
        except UnusualError:
            pass
    from importlib import metadata

    every = metadata.entry_points()
    groups = sorted(group for group in every.groups if group.startswith(_PLUGIN_GROUP))
    return [point for group in groups for point in every.select(group=group)]


def _only_folders() -> bool:
    """Whether packages are looked for where Python looks by itself, and nowhere else."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
    # The second one is Python's too, or that of the package importlib_metadata, which takes its place.
    known = ("PathFinder", "MetadataPathFinder")
    return bool(finders) and all(getattr(finder, "__name__", "") in known for finder in finders)


def _scan() -> Iterator[Point]:
    """The entry points of plugins in the folders of the path. Of two packages of a name, the first counts.

    Raises:
        UnusualError: there is something else than folders and ``.dist-info``.
    """
    seen = set()
    for root in sys.path:
        try:
            names = os.listdir(root or ".")  # noqa: PTH208 (names are enough)
        except NotADirectoryError:
            raise UnusualError(root) from None  # an archive
        except OSError:
            continue
        eggs = []
        for name in names:
            lower = name.lower()
            if lower.endswith(".dist-info"):
                key = _key(lower.rpartition(".")[0])
                if key not in seen:
                    seen.add(key)
                    yield from _points(os.path.join(root, name))
            elif lower.endswith((".egg-info", ".egg")):
                eggs.append(name)
        for name in eggs:
            key = _key(name.lower().rpartition(".")[0])
            if key not in seen:
                seen.add(key)
                _require_no_plugin(os.path.join(root, name))


def _key(stem: str) -> str:
    """The name of a package, from that of its folder, as names are compared."""
    name = stem.partition("-")[0].replace("-", "_").replace(".", "_")
    while "__" in name:
        name = name.replace("__", "_")
    return name


def _points(folder: str) -> Iterator[Point]:
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return
    if _PLUGIN_GROUP not in text:
        return
    package = Package(folder)
    _ = package.metadata  # what cannot be read is found here, not later
    group = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line.strip("[]")
        elif group.startswith(_PLUGIN_GROUP):
            name, equals, value = map(str.strip, line.partition("="))
            if not equals or not value.replace(".", "").replace(":", "").replace("_", "").isalnum():
                raise UnusualError(line)
            yield Point(name, value, group, package)


def _require_no_plugin(folder: str) -> None:
    """Packages of the old formats are read by `importlib.metadata`, if they are plugins."""
    for place in ("entry_points.txt", "EGG-INFO/entry_points.txt"):
        try:
            with open(os.path.join(folder, place), encoding="utf-8") as file:
                if _PLUGIN_GROUP in file.read():
                    raise UnusualError(folder)
        except OSError:
            continue
    if os.path.isfile(folder) and folder.lower().endswith(".egg"):
        raise UnusualError(folder)  # an archive
