"""`tutor images`, as far as it goes without an engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import pytest

from tests.kit import DATA
from tutor.commands.images import images_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

NAMES = sorted(images_command.commands)


@pytest.mark.parametrize("words", [[], *([name] for name in NAMES)], ids=lambda w: "-".join(w) or "images")
def test_help(words: list[str], session: Session, golden: Callable[[Session], None]) -> None:
    """Read them as a newcomer would."""
    session.process("images", *words, "--help")
    golden(session)


@pytest.mark.parametrize("name", NAMES)
def test_options_are_those_that_users_know(name: str) -> None:
    contract = json.loads((DATA / "contract/cli-images.json").read_text())[name]
    params = images_command.commands[name].params
    assert set(contract) <= {flag for p in params if isinstance(p, click.Option) for flag in p.opts}
    assert [(p.name, p.required, p.nargs) for p in params if isinstance(p, click.Argument)] == [
        ("image_names", False, -1)
    ]


def test_full_names_are_printed(session: Session) -> None:
    out = session.tutor("images", "printtag", "mysql", "openedx-dev").out
    assert out.splitlines()[0].startswith("docker.io/mysql:")
    assert out.splitlines()[1].startswith("openedx-dev:")
    assert len(session.tutor("images", "printtag", "all").out.splitlines()) >= 9
    assert "did you mean mysql?" in session.tutor("images", "printtag", "mysq", code=1).err
