"""Settings that are kept as they were read are those of the file, or they are not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutor.config import kept, userfile
from tutor.core import cache

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session

CONTENT = b"A: [1, two, {b: null}]\nB: 1.5\nC: yes\n"
VALUES = {"A": [1, "two", {"b": None}], "B": 1.5, "C": True}


@pytest.fixture
def place(root: Path) -> Path:
    """A project in which settings are kept."""
    (root / ".tutor").mkdir(mode=0o700, parents=True)
    kept.keep(root, CONTENT, VALUES)
    return root / ".tutor/settings"


def test_they_come_back(root: Path, place: Path) -> None:
    """For the same content alone, and closed to others."""
    assert kept.read(root, CONTENT) == VALUES
    assert kept.read(root, CONTENT + b"\n") is None
    assert place.stat().st_mode & 0o777 == 0o600


def test_another_content_takes_their_place(root: Path, place: Path) -> None:
    """One file is kept, of the last content."""
    kept.keep(root, b"A: 2\n", {"A": 2})
    assert kept.read(root, CONTENT) is None
    assert kept.read(root, b"A: 2\n") == {"A": 2}
    assert [path.name for path in place.parent.iterdir()] == ["settings"]


def test_another_parser_reads_for_itself(root: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may read something else."""
    assert place.exists()
    monkeypatch.setattr("importlib.machinery.PathFinder.find_spec", lambda _: None)
    assert kept.read(root, CONTENT) is None


@pytest.mark.parametrize("harm", ["cut", "changed", "open", "other", "folder"])
def test_what_was_spoilt_is_not_used(root: Path, place: Path, harm: str) -> None:
    """The file is read."""
    content = place.read_bytes()
    if harm == "cut":
        place.write_bytes(content[:-3])
    elif harm == "changed":
        place.write_bytes(content[:-3] + b"!!!")
    elif harm == "open":
        place.chmod(0o622)
    elif harm == "other":
        cache.write(str(place), ["other"])
    else:
        place.parent.chmod(0o755)
    assert kept.read(root, CONTENT) is None
    (root / "config.yml").write_bytes(CONTENT)
    assert userfile.read(root).values == VALUES


def test_where_others_can_look_nothing_is_kept(root: Path) -> None:
    """There are passwords in it."""
    (root / ".tutor").mkdir(mode=0o755, parents=True)
    kept.keep(root, CONTENT, VALUES)
    assert list((root / ".tutor").iterdir()) == []


def test_what_yaml_knows_and_we_do_not_keep(root: Path, place: Path) -> None:
    """A date is read each time."""
    content = b"A: 2026-01-01\n"
    kept.keep(root, content, userfile.check(root, content))
    assert kept.read(root, content) is None
    assert place.exists()


def test_a_change_of_the_file_counts(session: Session) -> None:
    """By hand, between two commands."""
    session.tutor("config", "save", "--set", "PLATFORM_NAME=Kept")
    assert (session.root / ".tutor/settings").is_file()
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Kept\n"
    file = session.root / "config.yml"
    file.write_text(file.read_text().replace("PLATFORM_NAME: Kept", "PLATFORM_NAME: Held"))
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Held\n"
    file.write_text("PLATFORM_NAME: [\n")
    assert "config.yml is broken" in session.tutor("config", "printvalue", "PLATFORM_NAME", code=1).err
