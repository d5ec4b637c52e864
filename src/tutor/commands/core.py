"""The core's commands and jobs, as it contributes them to its hooks."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from tutor.core.hooks import current
from tutor.hooks import Filters, lru_cache

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


@lru_cache
def hand_out_groups() -> None:
    """Let functions of plugins that are handed our groups add to them, once in a project."""
    if any(entry.is_computed for entry in current().entries(Filters.CLI_COMMANDS)):
        Filters.CLI_COMMANDS.apply([])
