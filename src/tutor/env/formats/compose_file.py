"""Compose files: YAML that follows the Compose specification."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import json
import os
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
    try:
        # Merge keys resolved: the specification's reader does not know them. JSON is YAML too.
        _reader().from_yaml(json.dumps(serialize.load(text), default=str, ensure_ascii=False))
    except (ValueError, yaml.YAMLError) as error:
        message = _PLACE.sub("", str(error))
        return [Fault(message, _line(text, message.partition(": ")[0]))]
    return []


@functools.cache
def _reader() -> Any:
    """The class that reads Compose files, of the package compose-spec.

    It is in an extension module. Importing the package itself makes a Pydantic model of the specification
    too, which nobody uses here, and which takes more time and memory than all else that a command does.
    """
    name = "compose_spec.compose_spec"
    package = importlib.util.find_spec("compose_spec")
    for folder in (package and package.submodule_search_locations) or ():
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = os.path.join(folder, f"compose_spec{suffix}")
            if os.path.isfile(path):
                loader = importlib.machinery.ExtensionFileLoader(name, path)
                spec = importlib.util.spec_from_file_location(name, path, loader=loader)
                if spec is not None:
                    module = importlib.util.module_from_spec(spec)
                    loader.exec_module(module)
                    return module.PyCompose
    from compose_spec import PyCompose  # built in another way

    return PyCompose


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
