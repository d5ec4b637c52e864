"""Services in rendered Compose files, each with the plugin whose patch added it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tutor import serialize
from tutor.plugins.checks.lines import in_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedFile, RenderedTree

_COMPOSE = re.compile(r"(local|dev)/docker-compose[^/]*\.yml")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


def services(tree: RenderedTree) -> Iterator[Service]:
    """All services of all Compose files that can be read."""
    for path, file in tree.files.items():
        if not _COMPOSE.fullmatch(path):
            continue
        text = file.content.decode(errors="replace")
        try:
            values, node = serialize.load(text), yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError:
            continue  # told by another rule
        found = values.get("services") if isinstance(values, dict) else None
        if not isinstance(found, dict):
            continue
        for key, value in _entries(node, "services"):
            body = found.get(key.value)
            if isinstance(body, dict):
                lines = {k.value: k.start_mark.line + 1 for k, _ in _pairs(value)}
                yield Service(key.value, path, body, file, lines, key.start_mark.line + 1)


def _entries(node: Any, name: str) -> Iterator[tuple[Any, Any]]:
    for key, value in _pairs(node):
        if key.value == name:
            yield from _pairs(value)


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []
