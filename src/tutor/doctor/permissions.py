"""Check: the files of the project are ours."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Files that are named in a message.
SHOWN = 3


def check_permissions(subject: Subject) -> Iterator[Finding]:
    """Look for what another user owns, such as after a command with sudo, and for what cannot be written."""
    root = subject.project.root
    mine = os.getuid()
    paths = [root, root / "config.yml", *_below(root / "env"), *_below(root / ".tutor")]
    foreign = [p for p in paths if os.path.lexists(p) and p.lstat().st_uid != mine] if mine else []
    if foreign:
        more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        names = ", ".join(str(path.relative_to(root.parent)) for path in foreign[:SHOWN])
        yield Finding(
            "permissions",
            "error",
            f"Another user owns {names}{more}",
            str(root),
            f'cd {quote(str(root))} && sudo chown -R "$USER" config.yml env .tutor',
        )
    elif not os.access(root, os.W_OK | os.X_OK):
        yield Finding(
            "permissions",
            "error",
            "The project's folder cannot be written",
            str(root),
            f"ls -ld {quote(str(root))}",
        )


def _below(folder: Path) -> Iterator[Path]:
    if folder.exists():
        yield folder
        yield from folder.rglob("*")
