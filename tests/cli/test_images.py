"""`tutor images`, as far as it goes without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


def test_full_names_are_printed(session: Session) -> None:
    out = session.tutor("images", "printtag", "mysql", "openedx-dev").out
    assert out.splitlines()[0].startswith("docker.io/mysql:")
    assert out.splitlines()[1].startswith("openedx-dev:")
    assert len(session.tutor("images", "printtag", "all").out.splitlines()) >= 9
    assert "did you mean mysql?" in session.tutor("images", "printtag", "mysq", code=1).err
