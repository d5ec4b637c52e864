"""`tutor history`: the environments that were applied, and are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.params import NameType, completing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.commands.context import Context
    from tutor.env.history import Generation, History


class GenerationType(NameType):
    """The number of a generation."""

    name = "generation"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Those that are kept, the newest first."""
        from tutor.env.history import History

        history = History.read(Path(completing(ctx).root))
        return [str(generation.number) for generation in reversed(history.generations)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if not str(value).isdigit():
            self.fail(f"'{value}' must be the number of a generation: tutor history", param, ctx)
        return int(value)


@click.command("history", short_help="List the environments that were applied.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_obj
def history_command(context: Context, as_json: bool) -> None:
    """List the generations: environments that were applied and are kept, the newest last.

    How many are kept is set with KEPT_GENERATIONS; what runs is always kept. They can be read by those who
    can read config.yml.

    \b
    Examples:
      tutor history
      tutor diff 3 5
      tutor rollback 3
    """
    from tutor.env.history import History
    from tutor.env.recovery import recover_if_cut_off

    recover_if_cut_off(Path(context.root))
    history = History.read(Path(context.root))
    rows = [_row(history, generation) for generation in history.generations]
    if as_json:
        fmt.echo_json(generations=rows)
        return
    if not rows:
        fmt.echo_info("Nothing was applied yet. To begin: tutor local launch")
        return
    header = {"number": "NUMBER", "time": "TIME (UTC)", "command": "COMMAND", "note": ""}
    table = [header, *({**row, "time": _time(row["time"]), "note": _note(row)} for row in rows)]
    widths = {key: max(len(str(row[key])) for row in table) for key in header}
    for row in table:
        click.echo("  ".join(str(row[key]).ljust(width) for key, width in widths.items()).rstrip())


def _row(history: History, generation: Generation) -> dict[str, Any]:
    return {
        "number": generation.number,
        "time": generation.time,
        "command": generation.command,
        "tutor": generation.version,
        "plugins": generation.plugins,
        "images": generation.images,
        "current": generation is history.last,
        "runs": sorted(side for side, number in history.deployed.items() if number == generation.number),
    }


def _time(text: str) -> str:
    return text.replace("T", " ").removesuffix("+00:00")


def _note(row: dict[str, Any]) -> str:
    notes = ["on disk"] if row["current"] else []
    notes += [f"runs ({side})" for side in row["runs"]]
    return ", ".join(notes)
