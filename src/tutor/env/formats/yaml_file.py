"""YAML: it parses. Whether a key may stand twice is for the formats that are made of YAML to say."""

from __future__ import annotations

from typing import Any

import yaml

from tutor.env.formats.fault import Fault
from tutor.env.nodes import documents


def check(text: str) -> list[Fault]:
    """Faults of a YAML file with any number of documents.

    A key may stand twice: readers take the last one, and that is how plugins override the platform's
    in files such as ``lms.env.yml``.
    """
    return _read(text)[1]


def check_unique(text: str) -> list[Fault]:
    """Like `check`, and no mapping has a key twice: one of two services of a name would be lost."""
    return read_unique(text)[1]


def read_unique(text: str) -> tuple[list[Any], list[Fault]]:
    """The documents, as nodes, and what `check_unique` finds."""
    found, faults = _read(text)
    return found, faults or [fault for document in found for fault in _doubles(document)]


def _read(text: str) -> tuple[list[Any], list[Fault]]:
    try:
        return documents(text), []
    except yaml.YAMLError as error:
        return [], [_fault(error)]


def _fault(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    message = f"{problem}, {context}" if context else str(problem)
    return Fault(message, mark.line + 1 if mark else None)


def _doubles(document: Any) -> list[Fault]:
    """Keys that stand twice in one mapping: YAML readers silently take the last one."""
    faults, nodes, seen = [], [document], set()
    while nodes:
        node = nodes.pop()
        if id(node) in seen:  # an alias leads to a node that was there before
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in node.value:
                nodes.append(value)
                if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                    continue
                line = key.start_mark.line + 1
                if key.value in lines:
                    faults.append(Fault(f"the key {key.value} stands twice", line, lines[key.value]))
                lines[key.value] = line
    return sorted(faults, key=lambda fault: fault.line or 0)
