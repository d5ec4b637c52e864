"""`tutor images`, as far as it goes without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write
from tutor.commands.images import images_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


#: Gives the platform's image another name where it is built, and leaves the one that is pulled.
RENAMING = """
from tutor import hooks

@hooks.Filters.IMAGES_BUILD.add(priority=hooks.priorities.LOW)
def _rename(images, config):
    return [(n, folder, f"{tag}-mine" if n == "openedx" else tag, rest) for n, folder, tag, rest in images]
"""


def test_one_that_is_built_has_the_name_that_it_gets(session: Session) -> None:
    """Scripts read one line."""
    write(session.plugins_root / "renaming.py", RENAMING)
    session.tutor("plugins", "enable", "renaming")
    [name] = session.tutor("images", "printtag", "openedx").out.splitlines()
    assert name.endswith("-mine")


@pytest.mark.parametrize("verb", ["build", "pull", "push"])
def test_a_wrong_name_is_told_without_an_engine(
    verb: str, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = session.tutor("images", verb, "openedex", code=1).err
    assert f"There is no image openedex to {verb}; did you mean openedx" in said
