"""JSON: it parses."""

from __future__ import annotations

import json

from tutor.env.formats.fault import Fault


def check(text: str) -> list[Fault]:
    """Faults of a JSON file. An empty one is nobody's mistake: nothing was put into it."""
    if not text.strip():
        return []
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return [Fault(error.msg, error.lineno)]
    return []
