"""The fields of the objects of Kubernetes, and what of a manifest is not as they are.

``kubernetes_fields.json`` has the names and types of fields of the stable versions of the APIs, as the newest
release of Kubernetes describes them (Apache License 2.0); ``docs/kubernetes_fields.py`` writes it. An older
cluster knows fewer fields. Of other kinds and versions nothing is said: the cluster may know them.

A type is the name of an object's, ``[TYPE]`` for a list, ``{TYPE}`` for a mapping, or one of scalars.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tutor.env.formats.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

_NULL = ("", "~", "null", "Null", "NULL")
#: Scalars that every reader of YAML takes for something else than a text.
_NO_TEXT = re.compile(r"true|True|false|False|[-+]?(0[0-7]*|[1-9][0-9]*|[0-9]+\.[0-9]+)")
_NUMBER = re.compile(
    r"[-+]?(0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?)"
)
_BOOLEAN = re.compile(r"true|false|yes|no|on|off|y|n", re.IGNORECASE)
_QUANTITY = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?")


@functools.cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
    return found


def is_text(node: Any) -> bool:
    """Whether a node is a text for every reader of YAML."""
    if not isinstance(node, yaml.ScalarNode):
        return False
    # Without quotes or a tag.
    return bool(node.style) or not _NO_TEXT.fullmatch(node.value) or node.tag.endswith(":str")


def field_faults(document: Any, version: str, kind: str, *, partial: bool = False) -> Iterator[Fault]:
    """Where an object is not as its kind is.

    Args:
        document: the node of the object.
        version: of its API, such as ``apps/v1``.
        kind: such as ``Deployment``.
        partial: it is a change to an object: it need not have all fields.
    """
    name = _known()["kinds"].get(f"{version} {kind}")
    if name is not None:
        yield from _faults(document, name, "", partial)


def _faults(node: Any, kind: str, path: str, partial: bool) -> Iterator[Fault]:
    if kind == "any" or (isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULL):
        return
    if kind in _SCALARS:
        message = _SCALARS[kind](node)
        if message:
            yield Fault(f"{path}: expected {message}", node.start_mark.line + 1)
    elif kind.startswith("["):
        if not isinstance(node, yaml.SequenceNode):
            yield Fault(f"{path}: expected a list", node.start_mark.line + 1)
            return
        for index, item in enumerate(node.value):
            yield from _faults(item, kind[1:-1], f"{path}[{index}]", partial)
    elif not isinstance(node, yaml.MappingNode):
        yield Fault(f"{path}: expected a mapping", node.start_mark.line + 1)
    elif kind.startswith("{"):
        for key, value in node.value:
            yield from _faults(value, kind[1:-1], f"{path}.{key.value}", partial)
    else:
        yield from _object_faults(node, _known()["types"][kind], path, partial)


def _object_faults(node: Any, fields: dict[str, str], path: str, partial: bool) -> Iterator[Fault]:
    given = {str(key.value): (key, value) for key, value in node.value}
    for name, (key, value) in given.items():
        inner = f"{path}.{name}" if path else name
        kind = fields.get(name) or fields.get(f"{name}!")
        if kind is not None:
            yield from _faults(value, kind, inner, partial)
        elif not name.startswith(("$", "<<")):  # directives of changes, and YAML's own
            yield Fault(f"{inner}: {_unknown(name, fields)}", key.start_mark.line + 1)
    for field in fields if not partial else ():
        if field.endswith("!") and field[:-1] not in given and "<<" not in given:
            inner = f"{path}.{field[:-1]}" if path else field[:-1]
            yield Fault(f"{inner} is missing", node.start_mark.line + 1)


def _unknown(name: str, fields: dict[str, str]) -> str:
    from tutor.config.userfile import nearest  # only where something is wrong

    near = nearest(name, [field.removesuffix("!") for field in fields])
    return "Kubernetes knows no such field" + (f"; did you mean {near}?" if near else "")


# What is expected, where a node is something else. Values are not shown: one may be a secret.


def _text(node: Any) -> str:
    if is_text(node):
        return ""
    return "a text: put it in quotes" if isinstance(node, yaml.ScalarNode) else "a text"


def _number(node: Any) -> str:
    return "" if _plain(node, _NUMBER) else f"a number{_unquoted(node, _NUMBER)}"


def _whole(node: Any) -> str:
    return "" if _plain(node, _NUMBER) else f"a whole number{_unquoted(node, _NUMBER)}"


def _boolean(node: Any) -> str:
    return "" if _plain(node, _BOOLEAN) else f"true or false{_unquoted(node, _BOOLEAN)}"


def _quantity(node: Any) -> str:
    if isinstance(node, yaml.ScalarNode) and _QUANTITY.fullmatch(node.value):
        return ""
    return "a quantity, such as 500m or 2Gi"


def _scalar(node: Any) -> str:
    return "" if isinstance(node, yaml.ScalarNode) else "a number or a text"


def _plain(node: Any, pattern: re.Pattern[str]) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and bool(pattern.fullmatch(node.value))


def _unquoted(node: Any, pattern: re.Pattern[str]) -> str:
    quoted = isinstance(node, yaml.ScalarNode) and node.style and pattern.fullmatch(node.value)
    return ", without quotes" if quoted else ""


_SCALARS = {
    "string": _text,
    "number": _number,
    "integer": _whole,
    "boolean": _boolean,
    "quantity": _quantity,
    "scalar": _scalar,
}
