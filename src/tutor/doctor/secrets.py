"""Check: other users of this machine cannot read secrets."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Path in the project's folder → its permissions. The folders keep others from the files in them.
MODES = {"config.yml": 0o600, "env": 0o700, ".tutor": 0o700}


def check_secrets(subject: Subject) -> Iterator[Finding]:
    """Look at the permissions of what holds secrets."""
    for name, mode in MODES.items():
        path = subject.project.root / name
        if not path.exists():
            continue
        found = path.stat().st_mode & 0o777
        if found & ~mode:
            yield Finding(
                "secrets",
                "warning",
                f"Other users of this machine can read {name}: its permissions are {found:o}",
                str(path),
                f"chmod {mode:o} {quote(str(path))}",
                lambda path=path, mode=mode: _close(path, mode),  # type: ignore[misc]  # bound now, called later
            )


def _close(path: Path, mode: int) -> str:
    path.chmod(mode)
    return f"changed the permissions of {path} to {mode:o}"
