"""Commands that every way to run the platform with Compose has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def add_commands(command_group: click.Group) -> None:
    """Add them to a group, of a plugin, say."""
    from tutor.commands.compose import COMMANDS
    from tutor.commands.launch import launch
    from tutor.commands.upgrade import upgrade

    for command in (launch, upgrade, *COMMANDS):
        command_group.add_command(command)
