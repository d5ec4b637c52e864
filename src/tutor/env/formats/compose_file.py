"""Compose files: YAML that follows the Compose specification."""

from __future__ import annotations

import re

from tutor.env.formats import yaml_file
from tutor.env.formats.fault import Fault

_PLACE = re.compile(r"\s*at line (\d+) column \d+")


def check(text: str) -> list[Fault]:
    """Faults of a Compose file."""
    faults = yaml_file.check(text)
    if faults or not text.strip():
        return faults
    from compose_spec import PyCompose  # noqa: PLC0415 (slow to import)

    try:
        PyCompose.from_yaml(text)
    except ValueError as error:
        found = _PLACE.search(str(error))
        message = _PLACE.sub("", str(error))
        return [Fault(message, int(found[1]) if found else None)]
    return []
