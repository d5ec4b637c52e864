"""`tutor rollback`: back to an environment that was applied before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor.commands.compose import allow_missing_option
from tutor.commands.history import GenerationType
from tutor.commands.plan import side_option

if TYPE_CHECKING:
    from tutor.commands.context import Context
    from tutor.env.history import Generation, History


@click.command("rollback", short_help="Go back to an earlier generation.")
@click.argument("generation", metavar="[GENERATION]", required=False, type=GenerationType())
@side_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@allow_missing_option
@click.pass_obj
def rollback(
    context: Context, generation: int | None, side: str | None, yes: bool, dry_run: bool, allow_missing: bool
) -> int:
    """Go back to a generation, by default the one before the newest: settings, environment, and what runs.

    What would change is shown first, and asked for. Files come back as they were, byte for byte. Passwords
    that were generated since stay in config.yml, and data stays as it is. Going back is a new generation
    itself: to undo it, go back once more.

    \b
    Examples:
      tutor rollback --dry-run
      tutor rollback
      tutor rollback 3
    """
    from tutor.change import Change, Options
    from tutor.commands.applying import Wish, bring
    from tutor.commands.showing import show_dry_run
    from tutor.env.history import History
    from tutor.env.recovery import recover_if_cut_off
    from tutor.plan.make import chosen_side, side_in_use

    root = Path(context.root)
    recover_if_cut_off(root)
    target = _target(History.read(root), generation)
    change = Change(restore=target)
    command = f"rollback {target.number}"
    options = Options(command=command, allow_missing=allow_missing)
    name = chosen_side(root, side) if side else side_in_use(root)
    if dry_run:
        return show_dry_run(context, change, options, name, (f"tutor {command}",))
    return bring(context, Wish(change, options, name, ask=not yes, again=f"tutor {command}"))


def _target(history: History, number: int | None) -> Generation:
    from tutor.exceptions import ConfigError

    if number is not None:
        return history.get(number)
    if len(history.generations) < 2:
        raise ConfigError(
            "There is no earlier generation to go back to", where="tutor history", hint="tutor history"
        )
    return history.generations[-2]
