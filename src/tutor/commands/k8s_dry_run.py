"""`tutor k8s launch --dry-run`: what would change on the cluster, by the cluster's own word."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.kubernetes import new_session

if TYPE_CHECKING:
    from tutor.change import Prepared
    from tutor.commands.context import Context
    from tutor.commands.kubernetes import KubernetesSession

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
    from tutor.project import opened

    with opened(Path(context.root), Path(context.plugins_root)) as project:
        project.require_plugins(allow_missing=allow_missing)
        prepared = change.prepare(project, change.Change(), change.Options(allow_missing=allow_missing))
        with tempfile.TemporaryDirectory(prefix="tutor-") as folder:
            _stage(prepared, Path(folder))
            s = new_session(project)
            s.use_environment(Path(folder))
            return _compare(s)


def _stage(prepared: Prepared, folder: Path) -> None:
    """Write an environment that is not the project's, with what plugins and users have put beside it."""
    import shutil

    live = prepared.project.environment
    if live.is_dir():
        shutil.copytree(live, folder, dirs_exist_ok=True)
    for path in prepared.plan.removed:
        (folder / path).unlink(missing_ok=True)
    for path, file in prepared.tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.content)


def _compare(s: KubernetesSession) -> int:
    from tutor.engines import deploy, difference, ownership

    owned = ownership.read(s.runner, s.cluster)
    wanted = deploy.acceptable(s.runner, s.cluster, s.manifests, owned, s.reporter)
    found = difference.compare(s.runner, s.cluster, wanted, owned)
    for line in found.lines:
        click.echo(click.style(line, fg=_colour(line)))
    for title, objects in (("created", found.created), ("deleted", found.deleted), ("kept", found.kept)):
        for item in objects:
            click.echo(f"{title}: {item}")
    if found.empty:
        fmt.echo_info("Nothing would change on the cluster.")
        return 0
    fmt.echo_info("This was a dry run. To do it: tutor k8s launch")
    return PENDING


def _colour(line: str) -> str | None:
    if line.startswith(("+++", "---", "diff ")):
        return None
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
