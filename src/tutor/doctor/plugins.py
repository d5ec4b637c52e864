"""Check: enabled plugins load, and what `tutor plugins check` says of them, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.exceptions import TutorError
from tutor.plugins.checks import Subject as Checked
from tutor.plugins.checks import examine
from tutor.plugins.checks.subject import Rendering

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_plugins(subject: Subject) -> Iterator[Finding]:
    """Run the rules that are fast."""
    project = subject.project
    for error in project.plugin_errors:
        yield Finding("plugins", "error", error.message, error.where, error.hint)
    try:
        rendering = Rendering.of(project)
    except TutorError as error:
        yield Finding("plugins", "error", error.message, error.where, error.hint)
        return
    for plugin in project.loaded:
        found = list(examine(Checked(plugin, project, rendering), deep=False))
        errors = [finding for finding in found if finding.severity == "error"]
        warnings = sum(finding.severity == "warning" for finding in found)
        if errors or warnings:
            counts = [
                f"{n} {what}{'s' if n > 1 else ''}"
                for n, what in ((len(errors), "error"), (warnings, "warning"))
                if n
            ]
            yield Finding(
                "plugins",
                "error" if errors else "warning",
                f"Plugin {plugin.name} has {' and '.join(counts)}"
                + (f": {errors[0].message}" if errors else ""),
                f"plugin {plugin.name} {plugin.version or ''}".rstrip(),
                f"tutor plugins check {plugin.name}",
            )
