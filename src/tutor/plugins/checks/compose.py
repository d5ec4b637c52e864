"""Services in rendered Compose files, each with the plugin whose patch added it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tutor.env.formats.compose.reader import UnreadableError, read
from tutor.env.formats.compose.settle import settle
from tutor.env.nodes import documents
from tutor.plugins.checks.lines import in_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedFile, RenderedTree

_COMPOSE = re.compile(r"(local|dev)/docker-compose[^/]*\.yml")


@dataclass(frozen=True, slots=True)
class Service:
    """A service in a Compose file.

    Args:
        name: of the service.
        path: of the file, in the environment.
        body: what the file says of it.
        file: the file.
        lines: key → line of the file on which it stands.
        line: on which the service starts.
    """

    name: str
    path: str
    body: dict[str, Any]
    file: RenderedFile
    lines: dict[str, int]
    line: int

    @property
    def plugin(self) -> str | None:
        """Whose patch it is, ``None`` for the platform's."""
        span = self.file.contributor(self.line)
        return span.patch.origin.plugin if span else self.file.origin.plugin

    def at(self, key: str) -> tuple[Origin, str]:
        """The place of one of its keys: in the plugin's file, and in the environment."""
        line = self.lines.get(key, self.line)
        return in_source(self.file, line), f"{self.path}:{line}"


def read_files(tree: RenderedTree, paths: Iterable[str]) -> tuple[list[Service], bool]:
    """The services in Compose files, with the values of variables that are known.

    Args:
        tree: what was rendered.
        paths: of all files of the environment, rendered or not.

    Returns:
        The services, and whether those are all: each file is there and can be read.
    """
    found: list[Service] = []
    complete = True
    for path in filter(_COMPOSE.fullmatch, paths):
        try:
            file = tree.files[path]
            for document in documents(file.content.decode(errors="replace")):
                found += _services(path, file, document)
        except (KeyError, yaml.YAMLError, UnreadableError):
            complete = False  # told by another rule
    return found, complete


def _services(path: str, file: RenderedFile, document: Any) -> Iterator[Service]:
    value = settle(read(document), os.environ)
    found = value.get("services") if isinstance(value, dict) else None
    bodies = found if isinstance(found, dict) else {}
    for key, node in _entries(document, "services"):
        body = bodies.get(key.value)
        if isinstance(body, dict):
            lines = {k.value: k.start_mark.line + 1 for k, _ in _pairs(node)}
            yield Service(key.value, path, body, file, lines, key.start_mark.line + 1)


def _entries(node: Any, name: str) -> Iterator[tuple[Any, Any]]:
    for key, value in _pairs(node):
        if key.value == name:
            yield from _pairs(value)


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []
