"""JSON: it parses."""

from __future__ import annotations

import json
import re

from tutor.env.formats.fault import Fault

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_COMMENT = r"//[^\n]*|/\*.*?\*/"
_WHITE = re.compile(rf"({_STRING})|{_COMMENT}", re.DOTALL)
_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])")


def check(text: str) -> list[Fault]:
    """Faults of a JSON file. An empty one is nobody's mistake: nothing was put into it."""
    if not text.strip():
        return []
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return [Fault(error.msg, error.lineno)]
    return []


def check_with_comments(text: str) -> list[Fault]:
    """Faults of a JSON file that may have comments, and commas behind the last of several items."""
    plain = _WHITE.sub(lambda found: found[1] or "\n" * found[0].count("\n"), text)
    return check(_COMMA.sub(lambda found: found[1] or "", plain))
