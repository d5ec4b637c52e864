"""From YAML nodes to values, as Compose reads them.

Compose reads YAML 1.2 with some of 1.1, unlike PyYAML, which takes ``yes`` for true and ``22:22`` for a
number of seconds. What is no text here is none to Compose 2.40.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import yaml

_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{sign + word: float(f"{sign}inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_WHOLE = re.compile(r"([-+]?)(0[bB][01]+|0[xX][0-9a-fA-F]+|0[oO]?([0-7]+)|0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TIME = r"[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?"
_DATE = re.compile(
    rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}})(?: {_TIME}|[Tt]{_TIME}(?:Z|[-+][0-9]{{2}}:[0-9]{{2}}))?"
)
#: Tag → types of Python that a value with it has.
_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "float": (int, float),
    "int": (int,),
    "null": (type(None),),
    "timestamp": (dt.date,),
}
_YAML = "tag:yaml.org,2002:"


class UnreadableError(ValueError):
    """A node that says nothing to Compose.

    Args:
        message: what is wrong with it.
        node: it.
    """

    def __init__(self, message: str, node: Any) -> None:
        super().__init__(message)
        self.node = node


def read(node: Any, above: tuple[Any, ...] = ()) -> Any:
    """The value of a node, with what it merges and without what it resets.

    Args:
        node: of a document of `tutor.env.nodes.documents`.
        above: the nodes that it is part of.

    Raises:
        UnreadableError: a key is no text or merges what is no mapping, a node is part of itself, or is not of
            the type of its tag.
    """
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if node in above:
        raise UnreadableError("what stands here is part of itself", node)
    above = (*above, node)
    if isinstance(node, yaml.SequenceNode):
        return [read(item, above) for item in node.value if item.tag != "!reset"]
    own: dict[str, Any] = {}
    merged: dict[str, Any] | None = None
    for key, value in node.value:
        if is_merge(key):
            if merged is not None:
                raise UnreadableError("the key << stands twice", key)
            merged = _merged(key, value, above)
            continue
        if value.tag == "!reset":
            continue
        name = read(key, above)
        if not isinstance(name, str):
            raise UnreadableError(f"the key {_shown(key)} is no text: put it in quotes", key)
        own[name] = read(value, above)
    return {**(merged or {}), **own}


def is_merge(key: Any) -> bool:
    """Whether a key stands for all that is in its value."""
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and not key.style


def merged_nodes(value: Any) -> list[Any]:
    """The nodes that a mapping takes in, the strongest first."""
    return list(value.value) if isinstance(value, yaml.SequenceNode) else [value]


def _merged(key: Any, value: Any, above: tuple[Any, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in reversed(merged_nodes(value)):
        if not isinstance(node, yaml.MappingNode):
            raise UnreadableError("the key << takes a mapping, or a list of mappings", key)
        found |= read(node, above)
    return found


def _scalar(node: Any) -> Any:
    tag = node.tag or ""
    if tag in ("", "!"):
        return node.value if node.style else plain(node.value)
    kind = tag.removeprefix(_YAML)
    if tag == kind or kind not in _TYPES:
        return node.value
    value = plain(node.value)
    if not isinstance(value, _TYPES[kind]):
        raise UnreadableError(f"what stands here is no !!{kind}", node)
    return value


def plain(text: str) -> Any:
    """What a text without quotes means: a text, a number, true, false, nothing or a date."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    if found := _WHOLE.fullmatch(digits):
        sign, number, octal = found.groups()
        return int(sign + (octal or number), 8 if octal else 0)
    if _NUMBER.fullmatch(digits):
        number = float(digits)
        return text if math.isinf(number) else number
    return _date(text)


def _date(text: str) -> Any:
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return text


def _shown(key: Any) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "of this entry"
