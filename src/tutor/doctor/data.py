"""Check: `tutor local` and `tutor dev` do not run at the same time: their databases have the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = {"local": "LOCAL_PROJECT_NAME", "dev": "DEV_PROJECT_NAME"}


def check_data(subject: Subject) -> Iterator[Finding]:
    """Look for containers of the other one on this environment."""
    if subject.running is None:
        return
    engine = subject.running.engine
    for group, setting in SETTINGS.items():
        name = str(subject.project.values[setting])
        if name == subject.running.name:
            continue
        argv = [*engine.command, "ps", "--quiet"]
        for label in (
            f"project={name}",
            f"project.working_dir={subject.project.environment / 'local'}",
        ):
            argv += ["--filter", f"label=com.docker.compose.{label}"]
        if subject.runner.capture(argv, environment=engine.environment).output.strip():
            yield Finding(
                "data",
                "error",
                f"tutor {group} runs on the same data, and two databases on the same files destroy them",
                f"project {name}",
                f"tutor {group} stop",
            )
