"""Compose files: YAML that follows the Compose specification."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from tutor import serialize
from tutor.env.formats import yaml_file
from tutor.env.formats.fault import Fault

_PLACE = re.compile(r"\s*at line \d+ column \d+")
_STEP = re.compile(r"[^.\[\]]+")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check(text: str) -> list[Fault]:
    """Faults of a Compose file."""
    faults = yaml_file.check_unique(text)
    if faults or not text.strip():
        return faults
    from compose_spec import PyCompose

    try:
        # Merge keys resolved: the specification's reader does not know them. JSON is YAML too.
        PyCompose.from_yaml(json.dumps(serialize.load(text), default=str, ensure_ascii=False))
    except (ValueError, yaml.YAMLError) as error:
        message = _PLACE.sub("", str(error))
        return [Fault(message, _line(text, message.partition(": ")[0]))]
    return []


def _line(text: str, path: str) -> int | None:
    """The line of a value that is named like ``services.lms.ports[0]``, or of what encloses it."""
    node = yaml.compose(text, Loader=_Loader)
    line = None
    for step in _STEP.findall(path):
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def _child(node: Any, step: str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        item = node.value[int(step)]
        return item.start_mark.line + 1, item
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    return None
