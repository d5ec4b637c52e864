"""Plans on the terminal, as data, and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.change import Change, Options
    from tutor.commands.context import Context
    from tutor.plan import Plan
    from tutor.plan.sides import Fetch
    from tutor.plan.text import Style

#: Exit code of a command that only looks, when something would change.
EXIT_CHANGES = 2
_COLOURS: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "new": {"fg": "green"},
    "changed": {"fg": "yellow"},
    "removed": {"fg": "red"},
    "added line": {"fg": "green"},
    "removed line": {"fg": "red"},
    "place": {"fg": "cyan"},
    "warning": {"fg": "yellow"},
}


def dry_run_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option with which a command only shows what it would change."""
    return click.option(
        "--dry-run",
        is_flag=True,
        help="Only show what would change: exit code 0 for nothing, 2 for something.",
    )(function)


def show_dry_run(
    context: Context,
    change: Change,
    options: Options,
    side: str | None = None,
    commands: tuple[str, ...] = ("the same without --dry-run", "tutor apply"),
    fetch: Fetch | None = None,
) -> int:
    """Show what a command would change, instead of changing it.

    Args:
        context: says where the project is.
        change: what the command would ask for.
        options: how it would be made.
        side: the way to run the platform that it would bring to it; by default the one that was run last.
        commands: what to run next.
        fetch: how the command would get images, where not as ever.

    Returns:
        The exit code.
    """
    from tutor.plan.make import plan_change, side_in_use
    from tutor.plan.sides import AS_EVER

    root = Path(context.root)
    name = side or side_in_use(root)
    found, _ = plan_change(root, Path(context.plugins_root), change, options, name, fetch or AS_EVER)
    show_plan(found, commands=commands)
    return 0 if found.empty else EXIT_CHANGES


def show_plan(
    plan: Plan, *, as_json: bool = False, full: bool = False, commands: tuple[str, ...] = ()
) -> None:
    """Print a plan to standard output."""
    from tutor.plan import text

    if not plan.empty:
        import dataclasses

        plan = dataclasses.replace(plan, commands=commands)
    if as_json:
        fmt.echo_json(**plan.as_json())
        return
    for line in text.lines(plan, style(full=full)):
        click.echo(line)


def write_page(path: Path, plan: Plan, command: str) -> None:
    """Write a plan as an HTML page.

    Raises:
        StorageError: the disk refuses.
    """
    import dataclasses

    from tutor.env.storage import storage_errors
    from tutor.plan.html import page

    plan = dataclasses.replace(plan, commands=() if plan.empty else (command,))
    with storage_errors(path.absolute().parent):
        path.write_text(page(plan, "What would change"), encoding="utf-8")
    fmt.echo_info(f"The page is in {path}")


def style(*, full: bool = False) -> Style:
    """How to show things here: in the width of the terminal, in colour where there is one."""
    import shutil

    from tutor.plan.text import Style

    return Style(shutil.get_terminal_size().columns, _paint, full)


def _paint(kind: str, text: str) -> str:
    # Colours are taken out again where there is no terminal, or where NO_COLOR is set.
    return click.style(text, **_COLOURS.get(kind, {}))


def tell_nothing_to_do() -> None:
    """Say that everything is as it should be."""
    fmt.echo_info("Nothing to do: settings, environment and what runs are as they should be.")
