"""Jobs of `tutor local do`, as far as they go without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutor.commands.do import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

JOBS = sorted(set(do.commands) - {"init"})


@pytest.mark.parametrize("name", JOBS)
def test_help(name: str, session: Session, golden: Callable[[Session], None]) -> None:
    """Read them as a newcomer would."""
    session.process("local", "do", name, "--help")
    golden(session)


def test_include_and_exclude_do_not_go_together(session: Session) -> None:
    words = ("local", "do", "convert-mysql-utf8mb4-charset", "-I", "--include=a", "--exclude=b")
    assert "Either --include or --exclude" in session.tutor(*words, code=1).err


def test_without_a_password_nothing_runs(session: Session) -> None:
    """Neither on a command line nor on standard input nor on a terminal."""
    done = session.process("local", "do", "createuser", "anna", "anna@example.com", code=1)
    assert "There is no password" in done.err
