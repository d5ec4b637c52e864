"""`tutor k8s launch --dry-run`: what would change on the cluster, by the cluster's own word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt

if TYPE_CHECKING:
    from tutor.commands.context import Context

#: Exit code of a dry run that found changes.
PENDING = 2


def show(context: Context, *, allow_missing: bool) -> int:
    """Print what would change on the cluster. Settings, environment and cluster stay as they are.

    Returns:
        0 where nothing would change, else 2.

    Raises:
        TutorError: whatever would keep a launch from running.
    """
    from tutor import change
    from tutor.commands.compose import TerminalReporter
    from tutor.engines.run import ProcessRunner
    from tutor.plan.kubernetes import compared, where
    from tutor.project import opened

    with opened(Path(context.root), Path(context.plugins_root)) as project:
        project.require_plugins(allow_missing=allow_missing)
        prepared = change.prepare(project, change.Change(), change.Options(allow_missing=allow_missing))
        _, found = compared(prepared, where(prepared), ProcessRunner(), TerminalReporter())
    for line in found.lines:
        click.echo(click.style(line, fg=_colour(line)))
    for title, objects in (("created", found.created), ("deleted", found.deleted), ("kept", found.kept)):
        for item in objects:
            click.echo(f"{title}: {item}")
    if found.empty:
        fmt.echo_info("Nothing would change on the cluster.")
        return 0
    fmt.echo_info(
        "This was a dry run. With settings and files: tutor plan --on k8s. To do it: tutor k8s launch"
    )
    return PENDING


def _colour(line: str) -> str | None:
    if line.startswith(("+++", "---", "diff ")):
        return None
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
