"""Jobs of `tutor local do`, as far as they go without an engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest

from tests.kit import DATA
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


@pytest.mark.parametrize("name", JOBS)
def test_arguments_and_options_are_those_that_users_know(name: str) -> None:
    contract = json.loads((DATA / "contract/cli-do.json").read_text())[name]
    command = do.commands[name]
    options = {flag for p in command.params if isinstance(p, click.Option) for flag in p.opts}
    assert set(contract["options"]) <= options
    arguments = [(p.name, p.required, p.nargs) for p in command.params if isinstance(p, click.Argument)]
    assert arguments == [tuple(argument) for argument in contract["arguments"]]


def test_include_and_exclude_do_not_go_together(session: Session) -> None:
    words = ("local", "do", "convert-mysql-utf8mb4-charset", "-I", "--include=a", "--exclude=b")
    assert "Either --include or --exclude" in session.tutor(*words, code=1).err


def test_without_a_password_nothing_runs(session: Session) -> None:
    """Neither on a command line nor on standard input nor on a terminal."""
    done = session.process("local", "do", "createuser", "anna", "anna@example.com", code=1)
    assert "There is no password" in done.err
