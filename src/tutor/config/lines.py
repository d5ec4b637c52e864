"""Editing a plain ``config.yml`` line by line: most of them are plain, and the round-trip editor is slow.

Only lines that the editor would write back as they stand are known here, and only values that it would write
in one way. For every other file, and for every other change, there is no answer: the editor is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = r"[A-Z][A-Z0-9_]*"
#: What needs no quotes in any edition of YAML: texts; generated secrets that begin with a digit and have a
#: letter that no number has; UUIDs; numbers.
_PLAIN = (
    r"(?:[A-Za-z](?:[A-Za-z0-9_./@ -]*[A-Za-z0-9_/])?"
    r"|(?!0[xX][0-9A-Fa-f]*(?![A-Za-z0-9]))[0-9](?=[A-Za-z0-9]*[ACDF-NP-Zacdf-np-z])[A-Za-z0-9]*"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|0|[1-9][0-9]*)"
)
#: Printable ASCII without what is escaped in quotes.
_QUOTED = r"(?:\"[ !#-\[\]-~]*\"|'[ -&(-~]*')"
_LIST = rf"\[(?:{_QUOTED}(?:, {_QUOTED})*)?\]"
_SETTING = rf"({_NAME}): (?:{_PLAIN}|{_QUOTED}|{_LIST})"
#: A list, or a text of several lines.
_OPENING = rf"({_NAME}):(?:| \|-)"
_ITEM = rf"- (?:{_PLAIN}|{_QUOTED})"
_TEXT = r"  [!-~](?:[ -~]*[!-~])?"
#: What may stand in the place of another value: the editor keeps quotes.
_REPLACED = rf"{_NAME}: {_PLAIN}"
#: Words that the editor spells in another way, or leaves out.
_RESPELT = r".*: (?:[Nn]ull|NULL|True|TRUE|False|FALSE)|- (?:[Nn]ull|NULL|True|TRUE|False|FALSE)"


def edited(content: bytes, new: Mapping[str, Any]) -> bytes | None:
    """A file with settings replaced where they stand, or added at its end.

    Args:
        content: what is in the file.
        new: setting → value.

    Returns:
        What the editor would write; ``None`` where only that can tell.
    """
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")
    if lines.pop():  # the last line has no end
        return None
    places = _settings(lines)
    if places is None:
        return None
    for name, value in new.items():
        written = _written(name, value)
        if written is None:
            return None
        if name not in places:
            lines.append(written)
        elif re.fullmatch(_REPLACED, lines[places[name]]) and "\n" not in written:
            lines[places[name]] = written
        else:
            return None
    return "\n".join([*lines, ""]).encode()


def _settings(lines: list[str]) -> dict[str, int] | None:
    """The line of each setting; ``None`` where one is not known here, or stands there twice."""
    found: dict[str, int] = {}
    inside, empty = _SETTING, False
    for number, line in enumerate(lines):
        if re.fullmatch(_RESPELT, line):
            return None
        if inside is not _SETTING and re.fullmatch(inside, line):
            empty = False
            continue
        opening = re.fullmatch(_OPENING, line)
        setting = opening or re.fullmatch(_SETTING, line)
        if empty or setting is None or setting[1] in found:
            return None
        found[setting[1]] = number
        empty = opening is not None
        inside = _SETTING if opening is None else _TEXT if line.endswith("|-") else _ITEM
    return None if empty else found


def _written(name: str, value: Any) -> str | None:
    """A setting as the editor writes it; in quotes, what reads as a text only in them."""
    from tutor import serialize

    if not re.fullmatch(_NAME, name):
        return None
    if value is True or value is False or (type(value) is int and value >= 0):
        return f"{name}: {str(value).lower()}"
    if not isinstance(value, str):
        return None
    if "\n" in value:
        indented = [f"  {line}" for line in value.split("\n")]
        return (
            "\n".join([f"{name}: |-", *indented])
            if all(re.fullmatch(_TEXT, line) for line in indented)
            else None
        )
    if not re.fullmatch(_PLAIN, value):
        return None
    return f"{name}: {value}" if serialize.load(value) == value else f'{name}: "{value}"'
