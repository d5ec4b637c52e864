"""Compose files: YAML that Compose accepts.

What is said here of a file is what ``docker compose config`` says of it alone: tests run both on every kind
of value. What a file refers to may stand in another one: `tutor.env.formats.compose.together` looks for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml

from tutor.env.formats import yaml_file
from tutor.env.formats.compose.reader import UnreadableError, is_merge, merged_nodes, read
from tutor.env.formats.compose.rules import below, judges
from tutor.env.formats.compose.schema import compose_schema, schema_faults
from tutor.env.formats.compose.settle import items, settle
from tutor.env.formats.fault import Fault
from tutor.env.nodes import documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutor.env.formats.compose.rules import Rules
    from tutor.env.formats.compose.schema import Found, Path


def check(text: str, variables: Mapping[str, str] = os.environ) -> list[Fault]:
    """Faults of a Compose file.

    Args:
        text: the file.
        variables: those that are known. What is made of others, and has no default, may become anything.
    """
    found, faults = yaml_file.read_unique(text)
    return faults or [fault for document in found for fault in _document_faults(document, variables)]


def content(text: str, variables: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What a Compose file says, with the values of variables that are known.

    Raises:
        yaml.YAMLError: it is no YAML.
        UnreadableError: Compose could not read it.
    """
    found: dict[str, Any] = {}
    for document in documents(text):
        value = settle(read(document), variables)
        for key, part in value.items() if isinstance(value, dict) else ():
            both = isinstance(part, dict) and isinstance(found.get(key), dict)
            found[key] = {**found[key], **part} if both else part
    return found


def _document_faults(document: Any, variables: Mapping[str, str]) -> list[Fault]:
    found: list[Found] = []
    try:
        value = settle(read(document), variables, found)
    except UnreadableError as error:
        return [Fault(str(error), error.node.start_mark.line + 1)]
    found += schema_faults(value, compose_schema())
    if not found:
        found += _judged(value, judges(), ())
    faults = [Fault(f"{_shown(path)}: {message}", line_of(document, path)) for path, message in found]
    return sorted(faults, key=lambda fault: fault.line or 0)


def _judged(value: Any, rules: Rules, path: Path) -> Iterator[Found]:
    if isinstance(value, dict) and None in rules:
        yield from ((path, message) for message in rules[None](value))
    if rules and isinstance(value, (dict, list)):
        for step, item in items(value):
            yield from _judged(item, below(rules, step), (*path, step))


def _shown(path: Path) -> str:
    """``services.lms.ports[0]``."""
    words = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(words).removeprefix(".") or "the file"


def line_of(node: Any, path: Path) -> int:
    """The line of the value at a path of a document, from 1, or of the nearest one around it."""
    line: int = node.start_mark.line + 1
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    """The line and the node of a key or an item; of a key that is merged, where it comes from."""
    if isinstance(node, yaml.SequenceNode):
        items = [item for item in node.value if item.tag != "!reset"]
        return (items[int(step)].start_mark.line + 1, items[int(step)])
    merged = []
    for key, value in node.value:
        if is_merge(key):
            merged = merged_nodes(value)
        elif key.value == step:
            return key.start_mark.line + 1, value
    return next((found for each in merged if (found := _child(each, step))), None)
