"""Check: no restore of a backup was cut off: the platform would run on half of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.env.storage import RESTORE, STATE

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_restoring(subject: Subject) -> Iterator[Finding]:
    """Look for the journal of a restore."""
    journal = subject.project.root / STATE / RESTORE / "journal.json"
    if journal.is_file():
        yield Finding(
            "restoring",
            "error",
            "A backup is being restored, or that was cut off: the data is not complete",
            str(journal),
            "tutor local backup restore --resume, or: tutor local backup restore --undo",
        )
