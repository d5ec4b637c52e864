"""Variables in a Compose file: ``${PORT:-80}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_START = re.compile(r"\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{)")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?)([-+?])(.*))?")


class Unknown(str):
    """A text with a variable that is not set and has no default: what it will be, nobody knows yet."""

    __slots__ = ()


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables replaced; as it is, and `Unknown`, where one has no value.

    Raises:
        ValueError: a variable is written as Compose does not know it. What is written is not shown: it may be
            a password.
    """
    if "$" not in text:
        return text
    done, at = "", 0
    known = True
    while found := _START.search(text, at):
        done += text[at : found.start()]
        at = found.end()
        value: str | None = "$"
        if found[2]:
            value = variables.get(found[2])
        elif not found[1]:
            end = _end(text, at)
            value = _value(text[at:end], variables)
            at = end + 1
        known = known and value is not None and not isinstance(value, Unknown)
        done += value or ""
    return done + text[at:] if known else Unknown(text)


def _end(text: str, start: int) -> int:
    """Where the brace closes that was opened before: on the same line, after the variables inside."""
    line = text[start:].partition("\n")[0]
    last = line.rfind("}")
    if last < 0:
        raise ValueError("${ is not closed; a dollar sign of its own is written $$")
    depth = 1
    for index in range(last):
        if line[index] == "}":
            depth -= 1
            if not depth:
                return start + index
        elif line.startswith("${", index):
            depth += 1
    return start + last


def _value(inside: str, variables: Mapping[str, str]) -> str | None:
    """What stands for ``${…}``; nothing where that is not known."""
    found = _INSIDE.fullmatch(inside)
    if found is None:
        raise ValueError("what stands in ${} is no variable; a dollar sign of its own is written $$")
    name, colon, operator, argument = found.groups()
    other = interpolate(argument or "", variables)
    value = variables.get(name)
    if value is None or (colon and not value):
        return other if operator == "-" else None
    return other if operator == "+" else value
