"""`tutor help`"""

from __future__ import annotations

import click

from tutor.commands.groups import CommandGroup, show_help


@click.command("help", short_help="Print the help.")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help_command(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Print the help of tutor, or of a command.

    \b
    Examples:
      tutor help
      tutor help config save
    """
    parent = ctx.parent
    if parent is None:
        return
    command, context = parent.command, parent
    for word in words:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None and isinstance(command, CommandGroup):
            raise command.no_such(context, word)
        if found is None:
            raise click.UsageError(f"No such command '{word}'.", ctx=context)
        context = click.Context(found, info_name=word, parent=context)
        command = found
    show_help(context)
