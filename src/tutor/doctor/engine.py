"""Check: a container engine is installed, answers, and lets us in; Compose v2 is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.engines.find import find_engine
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_engine(subject: Subject) -> Iterator[Finding]:
    """Find the engine."""
    try:
        subject.engine = find_engine(subject.runner, subject.environ)
    except EngineError as error:
        yield Finding.of("engine", error)
