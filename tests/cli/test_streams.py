"""Whoever starts us: cron, a daemon, a terminal that knows no UTF-8, a pipe with an end."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit import write

if TYPE_CHECKING:
    from tests.kit import Session


def run(session: Session, words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a shell, which may close streams."""
    shell = f'"{sys.executable}" -m tutor {words}'
    return subprocess.run(
        ["sh", "-c", shell],
        env=session.variables(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["config save --set PLATFORM_NAME={}", "plugins list", "explain LMS_HOST"])
def test_closed_streams(session: Session, words: str, closed: str) -> None:
    """What succeeded has succeeded, and no file that is opened gets what is printed."""
    done = run(session, f"{words.format('Closed')} {closed}")
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    if "PLATFORM_NAME" in words:
        assert "PLATFORM_NAME: Closed\n" in (session.root / "config.yml").read_text()
        rendered = [path.read_bytes() for path in (session.root / "env").rglob("*") if path.is_file()]
        assert not any(b"Settings saved" in content for content in rendered)


def test_a_terminal_without_utf8(session: Session) -> None:
    session.tutor("config", "save", "--set", "PLATFORM_NAME=École")
    for words in ("config printvalue PLATFORM_NAME", "explain PLATFORM_NAME", "plan", "config show"):
        done = run(session, words, PYTHONIOENCODING="ascii", LC_ALL="C")
        assert done.returncode in (0, 2), done.stderr
        assert b"cole" in done.stdout or words == "plan"


def test_questions_and_nobody_to_answer(session: Session) -> None:
    before = (session.root / "config.yml").read_bytes()
    done = run(session, "config save -i")
    assert done.returncode == 1
    assert b"nobody to answer" in done.stderr
    assert (session.root / "config.yml").read_bytes() == before


def test_remedies_can_be_pasted(session: Session) -> None:
    """A root with a space and a dollar sign in its name, which cannot be written."""
    root = session.root.parent / "my $school"
    write(root / "config.yml", "LMS_HOST: learn.example.com\n")
    (root / "config.yml").chmod(0o644)
    done = run(session, f"--root '{root}' doctor")
    assert f"chmod 600 '{root}/config.yml'" in done.stdout.decode()
