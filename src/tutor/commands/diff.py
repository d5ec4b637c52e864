"""`tutor diff`: between generations, and what somebody did by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.history import GenerationType
from tutor.commands.showing import EXIT_CHANGES, style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.commands.context import Context
    from tutor.plan.kept import State
    from tutor.plan.model import FileChange, SettingChange


@click.command("diff", short_help="Compare generations, and what is on disk.")
@click.argument("first", metavar="[GENERATION]", required=False, type=GenerationType())
@click.argument("second", metavar="[GENERATION]", required=False, type=GenerationType())
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--full", is_flag=True, help="Show all lines of the files.")
@click.pass_obj
def diff(context: Context, first: int | None, second: int | None, as_json: bool, full: bool) -> int:
    """Compare two generations; or one, by default the newest, with what is on disk now.

    So without arguments it shows what somebody did by hand since the last save: in config.yml, and in env/.
    Secrets are masked. The exit code is 0 where nothing differs, and 2 where something does.

    \b
    Examples:
      tutor diff
      tutor diff 3
      tutor diff 3 5
    """
    from tutor.env.history import History
    from tutor.plan import kept

    history = History.read(Path(context.root))
    before = history.get(first) if first is not None else history.last or history.get(1)
    old = kept.of_generation(history, before)
    if second is not None:
        return _show(old, kept.of_generation(history, history.get(second)), as_json=as_json, full=full)
    with context.opened() as project:
        return _show(old, kept.now(history, project), as_json=as_json, full=full)


def _show(before: State, after: State, *, as_json: bool, full: bool) -> int:
    from tutor.plan import kept

    settings, files = kept.settings_between(before, after), kept.files_between(before, after)
    if as_json:
        fmt.echo_json(
            changes=bool(settings or files),
            before=before.title,
            after=after.title,
            settings=settings,
            files=files,
        )
    else:
        for line in _lines(f"From {before.title} to {after.title}", settings, files, full=full):
            click.echo(line)
    return EXIT_CHANGES if settings or files else 0


def _lines(
    title: str, settings: tuple[SettingChange, ...], files: tuple[FileChange, ...], *, full: bool
) -> Iterator[str]:
    from tutor.plan import text

    how = style(full=full)
    yield f"{title}:" if settings or files else f"{title}, nothing differs."
    yield from text.section("Settings", text.settings(settings, how), how)
    yield from text.section("Files", text.files(files, how), how)
