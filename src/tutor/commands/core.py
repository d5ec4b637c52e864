"""The core's commands and jobs, as it contributes them to its hooks."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def commands() -> list[click.Command]:
    """What stands directly below ``tutor``."""
    from tutor.commands.cli import COMMANDS

    places = (place.split(":") for place, _ in COMMANDS.values())
    return [getattr(importlib.import_module(module), attribute) for module, attribute in places]


def jobs() -> list[click.Command]:
    """What stands below ``tutor local do`` and its siblings."""
    from tutor.commands.do import do

    return list(do.commands.values())
