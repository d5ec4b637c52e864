"""What a killed process left half done is undone before anything else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.storage import ARMED, DONE, STATE

if TYPE_CHECKING:
    from pathlib import Path


def cut_off(root: Path) -> bool:
    """Whether a process was killed when it changed the project, or is at it."""
    return any((root / STATE / name).is_dir() for name in (ARMED, DONE))


def recover_if_cut_off(root: Path) -> None:
    """Undo what a killed process left half done, unless that process is still at it."""
    if not cut_off(root):
        return
    from tutor import fmt
    from tutor.env.lock import locked
    from tutor.env.transaction import recover
    from tutor.exceptions import LockedError

    try:
        with locked(root):
            if recover(root):
                fmt.echo_alert(
                    "an interrupted change was undone: settings and environment are as they were before it"
                )
    except LockedError:
        return
