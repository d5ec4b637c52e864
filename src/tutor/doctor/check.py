"""What a check is given, and what it finds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from tutor.engines.compose import ComposeProject
    from tutor.engines.find import Engine
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.project import Project

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    Args:
        slug: name of the check.
        severity: an error keeps the platform from running, a warning does not.
        message: one sentence.
        where: the place.
        hint: the remedy.
        fix: does what the hint says, where that is safe, and says what it did.
    """

    slug: str
    severity: Severity
    message: str
    where: str | None = None
    hint: str | None = None
    fix: Callable[[], str] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, slug: str, error: EngineError) -> Finding:
        """The finding that an error stands for."""
        return cls(slug, "error", error.message, error.where, error.hint)


@dataclass(slots=True)
class Subject:
    """What is examined. Checks fill in what later ones need.

    Args:
        runner: runs the questions.
        project: the project, opened.
        compose: makes the Compose project once the engine is known.
        environ: environment variables.
    """

    runner: Runner
    project: Project
    compose: Callable[[Engine], ComposeProject]
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    engine: Engine | None = None
    services: dict[str, Service] | None = None

    @property
    def remote(self) -> bool:
        """Whether the engine is on another machine, whose ports and disks are not ours."""
        return self.environ.get("DOCKER_HOST", "").startswith(("tcp://", "ssh://", "http"))

    @property
    def running(self) -> ComposeProject | None:
        """The Compose project, once the engine is known."""
        return self.compose(self.engine) if self.engine else None


Check: TypeAlias = Callable[[Subject], Iterable[Finding]]


def demand(findings: Iterable[Finding], reporter: Reporter) -> None:
    """Tell the warnings, and stop at an error.

    Raises:
        EngineError: the first error.
    """
    for finding in findings:
        if finding.severity == "error":
            raise EngineError(finding.message, where=finding.where, hint=finding.hint)
        reporter.warn(finding.message + (f" (to do: {finding.hint})" if finding.hint else ""))
