"""Sessions with mounts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.kit import fingerprint, project_state, write
from tutor import serialize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Session


@pytest.fixture
def code(session: Session) -> Path:
    """A folder with the platform's code and an XBlock."""
    folder = session.root.parent / "code"
    write(folder / "platform/manage.py", "")
    for name in ("lms", "cms"):
        (folder / "platform" / name).mkdir()
    write(folder / "poll/setup.py", "setup(name='xblock-poll')\n")
    (folder / "other").mkdir()
    return folder


def test_from_adding_to_removing(session: Session, code: Path, golden: Callable[[Session], None]) -> None:
    """What each mount does is said; the environment goes back to what it was."""
    before = fingerprint(session.root / "env")
    session.tutor("mounts", "list")
    session.tutor("mounts", "add", str(code / "platform"), str(code / "poll"), str(code / "poll"))
    session.tutor("mounts", "add", f"lms:{code}/other:/mnt/other", f"{code}/poll")
    session.tutor("mounts", "list")
    compose = serialize.load((session.root / "env/local/docker-compose.yml").read_bytes())
    assert f"{code}/platform:/openedx/edx-platform" in compose["services"]["cms"]["volumes"]
    assert f"{code}/other:/mnt/other" in compose["services"]["lms"]["volumes"]
    dockerfile = (session.root / "env/build/openedx/Dockerfile").read_text()
    assert "FROM scratch AS mnt-poll" in dockerfile
    rows = json.loads(session.tutor("mounts", "list", "--json").out)["mounts"]
    assert [row["is"] for row in rows] == [
        "the platform's code",
        "a package of the platform, xblock-poll",
        "a folder",
    ]
    del session.transcript[session.transcript.index("$ tutor mounts list --json") :]
    session.tutor("mounts", "remove", *(row["name"] for row in rows))
    session.tutor("mounts", "list")
    assert fingerprint(session.root / "env") == before
    golden(session)


def test_all_or_nothing(session: Session, code: Path, golden: Callable[[Session], None]) -> None:
    """One that is wrong keeps the others away."""
    session.tutor("mounts", "add", str(code / "poll"))
    before = project_state(session.root)
    session.tutor("mounts", "add", str(code / "platform"), str(code / "other"), code=1)
    session.tutor("mounts", "add", str(code / "platform"), str(code / "missing"), code=1)
    session.tutor("mounts", "remove", str(code / "poll"), str(code / "pol"), code=1)
    session.tutor("mounts", "add", code=1)
    assert project_state(session.root) == before
    golden(session)


@pytest.mark.parametrize("words", [[], ["add"], ["list"], ["remove"]], ids=lambda w: "-".join(w) or "mounts")
def test_help(words: list[str], session: Session, golden: Callable[[Session], None]) -> None:
    """Read them as a newcomer would."""
    session.process("mounts", *words, "--help")
    golden(session)


def test_mounts_that_cannot_work(session: Session, tmp_path: Path, golden: Callable[[Session], None]) -> None:
    """Whichever command adds them; nothing is changed."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    file = write(tmp_path / "notes.txt", "")
    session.tutor("config", "save")
    before = project_state(session.root)
    wrong = [f"lsm:{one}:/x", f"lms:{one}:/x:ro", f"lms:{tmp_path}/nowhere:/x", f"cms,lms-jobs:{one}:/x"]
    for mount in wrong:
        session.tutor("mounts", "add", mount, code=1)
        session.tutor("config", "save", "--append", f"MOUNTS={mount}", code=1)
        session.tutor("config", "save", "--set", f"MOUNTS=['{mount}']", code=1)
    assert project_state(session.root) == before
    session.tutor("mounts", "add", f"lms:{one}:/x")
    session.tutor("mounts", "add", f"cms,lms:{two}:/x/", code=1)
    session.tutor("mounts", "add", f"lms:{file}:/notes.txt")
    session.note(str(tmp_path))
    golden(session)
