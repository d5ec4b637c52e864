"""The files in the folders of templates: each folder is listed once, each file is read once."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class Sources:
    """The files of some folders, as they were when they were first asked for.

    Args:
        roots: the folders, in the order of their precedence.
    """

    def __init__(self, roots: Sequence[str]) -> None:
        self.roots = tuple(roots)
        #: How often what is known was forgotten.
        self._epoch = 0
        self._names: dict[str, list[str]] = {}
        self._closed: dict[str, list[str]] = {}
        self._tops: dict[str, list[str]] | None = None
        self._contents: dict[str, bytes] = {}

    def names(self, root: str) -> list[str]:
        """Names of all files below a root, with slashes."""
        if root not in self._names:
            self._closed[root] = []
            self._names[root] = list(_walk(root, "", self._closed[root]))
        return self._names[root]

    def under(self, source: str) -> Iterator[tuple[str, str]]:
        """The (root, name) of what a target covers, in every root: the files whose names start with it."""
        place = source.rstrip("/")
        if posixpath.normpath(place) != place or place.startswith(("/", "..")):
            yield from ((root, name) for root in self.roots for name in _walk(root, source, []))
            return
        for root in self._with_top(source.partition("/")):
            names = self.names(root)
            if any(place == closed or place.startswith(closed + "/") for closed in self._closed[root]):
                yield from ((root, name) for name in _walk(root, source, []))
                continue
            yield from ((root, name) for name in names if name.startswith(source))

    def find(self, name: str) -> str | None:
        """The root that has a file of this name, the first one that has."""
        if self.roots and os.path.isfile(os.path.join(self.roots[0], name)):
            return self.roots[0]  # nearly always: the core's, and the others need not be listed
        return next(
            (
                root
                for root in self._with_top(name.partition("/"))
                if os.path.isfile(os.path.join(root, name))
            ),
            None,
        )

    def read(self, path: str) -> bytes:
        """The content of a file."""
        content = self._contents.get(path)
        if content is None:
            with open(path, "rb") as file:
                content = self._contents[path] = file.read()
        return content

    def forget(self) -> None:
        """Ask for everything anew from now on."""
        self._epoch += 1
        self._names.clear()
        self._closed.clear()
        self._tops = None
        self._contents.clear()

    def is_same(self, name: str, path: str) -> Callable[[], bool]:
        """A function that tells whether a file that was found and read would be found and read again.

        Args:
            name: under which it was found.
            path: of the file.
        """
        content, epoch = self.read(path), self._epoch

        def asked() -> bool:
            nonlocal epoch
            if self._epoch != epoch:
                root = self.find(name)
                if (
                    root is None
                    or os.path.normpath(os.path.join(root, name)) != path
                    or self.read(path) != content
                ):
                    return False
                epoch = self._epoch
            return True

        return asked

    def _with_top(self, path: tuple[str, str, str]) -> Iterable[str]:
        """The roots in which what a path begins with lies: with many plugins, one of many roots.

        Args:
            path: the first name in it, the slash behind that, if there is one, and the rest.
        """
        if self._tops is None:
            self._tops = {}
            for root in dict.fromkeys(self.roots):
                for name in _listed(root):
                    self._tops.setdefault(name, []).append(root)
        top, slash, _ = path
        if slash:
            return self._tops.get(top, [])
        found = {root for name, roots in self._tops.items() if name.startswith(top) for root in roots}
        return [root for root in self.roots if root in found]


def _listed(folder: str) -> list[str]:
    """Names in a folder; none where it is no folder. To find one file, what is below need not be known."""
    try:
        return os.listdir(folder)  # noqa: PTH208 (names are enough)
    except OSError:
        return []


def _walk(root: str, source: str, closed: list[str]) -> Iterator[str]:
    """Names of the files of a folder, or of the one file; folders that are not entered are noted."""
    start = os.path.join(root, source)
    if source and os.path.isfile(start):
        yield source
        return
    for folder, folders, files in os.walk(start):
        prefix = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if prefix == "." else prefix + "/"
        closed += [prefix + f for f in folders if os.path.islink(os.path.join(folder, f))]
        folders.sort()
        for file in sorted(files):
            yield prefix + file
