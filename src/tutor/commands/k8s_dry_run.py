"""`tutor k8s launch --dry-run`: the plan, and the cluster's own word about its objects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor.commands.showing import EXIT_CHANGES, show_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.commands.context import Context
    from tutor.engines.difference import Difference

COMMANDS = ("tutor k8s launch", "or only what is shown: tutor apply --on k8s")


def show(context: Context, *, allow_missing: bool) -> int:
    """Print what a launch would change. Settings, environment and cluster stay as they are.

    Returns:
        0 where nothing would change, else 2.

    Raises:
        TutorError: whatever would keep a launch from running.
    """
    from tutor.change import Change, Options, checked
    from tutor.engines.run import ProcessRunner
    from tutor.plan.kubernetes import NAME, KubernetesLook
    from tutor.plan.make import make_plan
    from tutor.project import opened

    look = KubernetesLook(ProcessRunner())
    with opened(Path(context.root), Path(context.plugins_root)) as project:
        prepared = checked(project, Change(), Options(allow_missing=allow_missing))
        plan = make_plan(prepared, NAME, look)
    if look.failure is not None:
        raise look.failure
    show_plan(plan, commands=COMMANDS)
    for line in _lines(look.difference):
        click.echo(line)
    return 0 if plan.empty else EXIT_CHANGES


def _lines(found: Difference) -> Iterator[str]:
    """The lines in which objects differ, and the volumes that stay."""
    if found.lines:
        yield ""
        yield click.style("Objects, by the server's own comparison", bold=True)
    for line in found.lines:
        yield click.style(line, fg=_colour(line))
    for item in found.kept:
        yield f"kept: {item}"


def _colour(line: str) -> str | None:
    if line.startswith(("+++", "---", "diff ")):
        return None
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
