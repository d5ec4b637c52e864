"""`tutor plan`: what would change, before it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor.commands.params import SideType
from tutor.commands.showing import EXIT_CHANGES, show_plan, write_page

if TYPE_CHECKING:
    from tutor.commands.context import Context

side_option = click.option(
    "--on",
    "side",
    type=SideType(),
    metavar="NAME",
    help="What runs the platform: local, dev, … By default the one that ran it last, or else local.",
)


@click.command("plan", short_help="Show what would change, and why.")
@side_option
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a page that can be attached to a review.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the plan, for: tutor apply FILE",
)
@click.option("--full", is_flag=True, help="Show all lines of the files.")
@click.option("--allow-missing", is_flag=True, help="Go on without enabled plugins that cannot be loaded.")
@click.pass_obj
def plan(
    context: Context,
    side: str | None,
    as_json: bool,
    html_file: Path | None,
    output: Path | None,
    full: bool,
    allow_missing: bool,
) -> int:
    """Show what `tutor apply` would change, and why: settings, files, images, services, init tasks.

    Nothing is written and nothing is started. Secrets are masked. The exit code is 0 when nothing would
    change, 2 when something would, 1 when there is an error.

    \b
    Examples:
      tutor plan
      tutor plan --html plan.html
      tutor plan -o plan.json && tutor apply plan.json
    """
    from tutor.change import Change, Options
    from tutor.plan.make import chosen_side, plan_change

    root, plugins_root = Path(context.root), Path(context.plugins_root)
    name = chosen_side(root, side)
    options = Options(allow_missing=allow_missing)
    found, prepared = plan_change(root, plugins_root, Change(), options, name)
    command = f"tutor apply {output}" if output else f"tutor apply --on {side}" if side else "tutor apply"
    if output is not None:
        from tutor.plan.saved import save

        save(output, found, prepared)
    if html_file is not None:
        write_page(html_file, found, command)
    show_plan(found, as_json=as_json, full=full, commands=(command,))
    return 0 if found.empty else EXIT_CHANGES
