"""Commands that several groups have: their help speaks of the group that they are in."""

from __future__ import annotations

import copy

import click


class SharingGroup(click.Group):
    """A group with commands that others have, too."""

    def share(self, *commands: click.Command) -> None:
        """Add commands whose help is written for `tutor local`."""
        for command in commands:
            self.add_command(_speaking(command, f"tutor {self.name}"))


def _speaking(command: click.Command, name: str) -> click.Command:
    """A command whose help says what this group is called."""
    found = copy.copy(command)
    if found.help:
        found.help = found.help.replace("tutor local", name)
    if isinstance(found, click.Group):
        found.commands = {key: _speaking(each, name) for key, each in found.commands.items()}
    return found


def add_commands(command_group: click.Group) -> None:
    """Add the commands that every way to run the platform with Compose has to a group, of a plugin, say."""
    from tutor.commands.compose import COMMANDS
    from tutor.commands.launch import launch
    from tutor.commands.upgrade import upgrade

    for command in (launch, upgrade, *COMMANDS):
        command_group.add_command(command)
