"""`tutor apply`: make it so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor.commands.compose import allow_missing_option
from tutor.commands.plan import side_option

if TYPE_CHECKING:
    from tutor.commands.context import Context


@click.command("apply", short_help="Do what `tutor plan` shows.")
@click.argument(
    "plan_file", metavar="[FILE]", required=False, type=click.Path(dir_okay=False, path_type=Path)
)
@side_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@allow_missing_option
@click.pass_obj
def apply_command(
    context: Context, plan_file: Path | None, side: str | None, yes: bool, allow_missing: bool
) -> int:
    """Bring the platform to what the settings say: the answer to "what do I run now".

    Settings and environment are written, images built or pulled, services started, recreated, restarted or
    removed, init tasks run: only what `tutor plan` shows, in that order. It can be run again after a failure,
    and then does what is left.

    With FILE, a plan that `tutor plan -o FILE` has kept: exactly that, without a question. It is refused when
    settings, plugins, the environment or what runs have changed since.

    \b
    Examples:
      tutor apply
      tutor apply --yes
      tutor plan -o plan.json && tutor apply plan.json
    """
    from tutor.change import Change, Options
    from tutor.commands.applying import Wish, bring
    from tutor.plan.make import chosen_side
    from tutor.plan.saved import load

    root = Path(context.root)
    options = Options(allow_missing=allow_missing, command="apply")
    if plan_file is None:
        return bring(context, Wish(Change(), options, chosen_side(root, side), ask=not yes))
    saved = load(plan_file, root)
    wish = Wish(Change(), options, saved.side, ask=False, saved=saved, again=f"tutor apply {plan_file}")
    return bring(context, wish)
