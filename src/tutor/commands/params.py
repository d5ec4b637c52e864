"""Types of options and arguments that commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    # Generic only in newer releases of click.
    ParamType = click.ParamType
