"""Check: Compose accepts the rendered files, with the user's own on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.engines.model import read_model
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_compose(subject: Subject) -> Iterator[Finding]:
    """Let Compose read the files."""
    if subject.running is None:
        return
    try:
        subject.services = read_model(subject.runner, subject.running)
    except EngineError as error:
        yield Finding.of("compose", error)
