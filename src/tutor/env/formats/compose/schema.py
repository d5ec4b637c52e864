"""The schema of Compose files, and what of a value is not as it says.

``schema.json`` is that of the compose-spec project (Apache License 2.0), unchanged, as Compose 2.40.3 carries
it. It uses a dozen keywords of JSON Schema, which are understood here: to import a library for all of them
takes thirty times as long as to check a file, and of a value with several forms it says only that none fits.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import re
from typing import TYPE_CHECKING, Any

from tutor.env.formats.compose.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Keywords that are looked at, and those that say nothing about values.
KEYWORDS = frozenset(
    (
        *("$ref", "additionalProperties", "enum", "items", "maximum", "minimum", "oneOf", "pattern"),
        *("patternProperties", "properties", "required", "type", "uniqueItems"),
    )
)
REMARKS = frozenset(("$id", "$schema", "default", "definitions", "deprecated", "description", "title"))

#: Steps from the top of a file: keys, and numbers of items.
Path = tuple[str | int, ...]
Found = tuple[Path, str]

_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}
_TYPES: dict[type, str] = {
    bool: "boolean",
    dict: "object",
    int: "integer",
    list: "array",
    str: "string",
    type(None): "null",
    Unknown: "string",
}
#: Lists of which Compose takes out what stands twice, before it looks at the schema.
_MERGED = re.compile(
    r"services\.[^.]+\.("
    r"annotations|build\.(additional_contexts|args|labels)|cap_add|cap_drop|deploy\.labels|dns|dns_opt|dns_search|"
    r"environment|expose|labels|links|networks\.[^.]+\.(aliases|link_local_ips)|ports|profiles|sysctls|tmpfs|"
    r"volumes)|networks\.[^.]+\.labels"
)


@functools.cache
def compose_schema() -> dict[str, Any]:
    """The schema of Compose files."""
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), "rb") as file:
        schema: dict[str, Any] = json.load(file)
    return schema


def schema_faults(value: Any, schema: dict[str, Any], path: Path = ()) -> Iterator[Found]:
    """Where a value is not as a schema says, and what is wrong there."""
    schema = _resolved(schema)
    if "oneOf" in schema:
        fitting = [branch for each in schema["oneOf"] if _fits(value, branch := _resolved(each))]
        if not fitting:
            yield path, _wrong_type(value, [t for each in schema["oneOf"] for t in _types(_resolved(each))])
        else:
            yield from schema_faults(value, fitting[0], path)
    elif not _fits(value, schema):
        yield path, _wrong_type(value, _types(schema))
    elif isinstance(value, dict):
        yield from _of_mapping(value, schema, path)
    elif isinstance(value, list):
        yield from _of_list(value, schema, path)
    else:
        yield from ((path, message) for message in _of_scalar(value, schema))


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = compose_schema()["definitions"][schema["$ref"].rpartition("/")[2]]
    return schema


def _types(schema: dict[str, Any]) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    types = _types(schema)
    kind = _kind(value)
    return not types or kind in types or (kind == "integer" and "number" in types)


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return _TYPES.get(type(value), "date")


def _wrong_type(value: Any, types: list[str]) -> str:
    kind = _kind(value)
    wanted = _either(dict.fromkeys(_WORDS[name] for name in types if name != "null"))
    if isinstance(value, (int, float, dt.date)):
        shown = str(value).lower()
        quotes = set(types) <= {"null", "string"} or (kind == "date" and "string" in types)
        return f"expected {wanted}, not {shown}" + (": put it in quotes" if quotes else "")
    return f"expected {wanted}, not {_WORDS[kind]}"


def _of_mapping(value: dict[str, Any], schema: dict[str, Any], path: Path) -> Iterator[Found]:
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield path, f"{name} is missing"
    for name, item in value.items():
        known = [properties[name]] if name in properties else []
        known += [inner for pattern, inner in patterns.items() if re.search(pattern, name)]
        for inner in known:
            yield from schema_faults(item, inner, (*path, name))
        if not known and not schema.get("additionalProperties", True):
            yield (*path, name), _unknown_key(name, properties)


def _unknown_key(name: str, properties: dict[str, Any]) -> str:
    if not properties:
        return "this name is not possible: letters, digits and . _ - are"
    from tutor.config.userfile import nearest  # only where something is wrong

    near = nearest(name, properties)
    return "Compose knows no such key" + (f"; did you mean {near}?" if near else "")


def _of_list(value: list[Any], schema: dict[str, Any], path: Path) -> Iterator[Found]:
    for index, item in enumerate(value):
        yield from schema_faults(item, schema.get("items", {}), (*path, index))
        if schema.get("uniqueItems") and not _MERGED.fullmatch(".".join(map(str, path))):
            same = [before for before in value[:index] if before == item and _kind(before) == _kind(item)]
            if same:
                yield (*path, index), "this stands in the list already"


def _of_scalar(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    if value is None or isinstance(value, Unknown):
        return
    if value not in schema.get("enum", [value]):
        yield f"expected {_either(schema['enum'])}, not {value!r}"
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value):
            yield f"{value!r} is not possible here: it does not match {schema['pattern']}"
    elif value < schema.get("minimum", value):
        yield f"{value:g} is less than {schema['minimum']}"
    elif value > schema.get("maximum", value):
        yield f"{value:g} is more than {schema['maximum']}"


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
