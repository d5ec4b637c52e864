"""What the documentation tells people to type works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import REPOSITORY, write

if TYPE_CHECKING:
    from tests.kit import Session


def shell(session: Session, script: str) -> str:
    """Run commands as a user does, and return what they print; the first that fails ends it."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-ec", script],
        env=session.variables({"PATH": path}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commands(page: str) -> list[str]:
    """The indented pieces of a page."""
    text = re.sub("```.*?```", "", (REPOSITORY / "docs" / page).read_text(), flags=re.DOTALL)
    found = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", text, re.MULTILINE)
    return [re.sub(r"^    ", "", piece, flags=re.MULTILINE) for piece in found]


def test_first_plugin(session: Session) -> None:
    """The tutorial, but for its mistake on purpose."""
    before = (session.root / "config.yml").read_bytes()
    out = shell(session, "\n".join(commands("tutorial/first-plugin.md")))
    assert 'GREETING_TEXT = "Welcome"' in out
    kept = shell(session, "tutor config save --unset GREETING_TEXT && tutor plugins list")
    assert "greeting" in kept
    assert [line for line in (session.root / "config.yml").read_bytes().splitlines() if line] == [
        *filter(None, before.splitlines()),
        b"PLUGINS: []",
    ]


def test_write_a_plugin(session: Session) -> None:
    text = (REPOSITORY / "docs/how-to/write-a-plugin.md").read_text()
    (code, *_) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    write(session.plugins_root / "school.py", code)
    check, preview, *rest = commands("how-to/write-a-plugin.md")[0].splitlines()
    assert "school: nothing found" in shell(session, check)
    previewed = session.process(*preview.split()[1:], code=2)
    assert "+SCHOOL_MOTTO = " in previewed.out
    out = shell(session, "\n".join(rest))
    assert "The motto is: Learn at My Open edX" in out
    assert "Add a book to the school's library." in out
