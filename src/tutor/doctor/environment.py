"""Check: the environment was rendered, from the settings and plugins of now."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.env.compose_files import unread_overrides
from tutor.env.plan import plan_environment

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_environment(subject: Subject) -> Iterator[Finding]:
    """Render the environment in memory and compare."""
    project = subject.project
    for path, message in unread_overrides(project.environment):
        remedy = f"rename it, or: rm {quote(str(project.environment / path))}"
        yield Finding("environment", "warning", message, f"env/{path}", remedy)
    if not (project.environment / "local").is_dir():
        yield Finding(
            "environment",
            "error",
            "There is no environment to run yet",
            str(project.environment),
            "tutor config save",
        )
        return
    if project.settings.missing_unique():
        yield _outdated(f"{project.settings.missing_unique()[0]} was not generated yet")
        return
    plan = plan_environment(project.root, project.renderer.render_tree())
    paths = (*plan.created, *plan.changed, *plan.removed)
    if paths:
        more = f" and {len(paths) - 1} more files differ" if len(paths) > 1 else " differs"
        yield _outdated(f"env/{paths[0]}{more} from what settings and plugins say")


def _outdated(reason: str) -> Finding:
    return Finding(
        "environment",
        "warning",
        f"The environment is not up to date: {reason}",
        "env",
        "tutor config save",
    )
