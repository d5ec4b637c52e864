"""The page of a plan in a real browser: Debian's Chromium, where it is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session

BROWSER = shutil.which("chromium")
#: Where this is set to "required", a missing browser is a failure. Read before the variables are cleaned.
REQUIRED = os.environ.get("TUTOR_BROWSER") == "required"
EVIL = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"
PHONE = 390


@pytest.fixture
def page(session: Session) -> Path:
    """A page with settings, files and texts of a plugin that would like to run."""
    if BROWSER is None:
        if REQUIRED:
            pytest.fail("Chromium is required here")
        pytest.skip("Chromium is not installed")
    write(
        session.plugins_root / "evil.yml",
        f"""
        name: evil
        version: {json.dumps(EVIL)}
        config: {{defaults: {{TEXT: {json.dumps(EVIL)}}}}}
        patches:
          lms-env: |
            # {EVIL} {"long" * 100}
        """,
    )
    session.tutor("plugins", "enable", "--no-save", "evil")
    path = session.root.parent / "page.html"
    session.tutor("plan", "--html", str(path), code=2, env={"TUTOR_ENGINE": "none"})
    return path


def rendered(page: Path) -> str:
    """The document after the browser has read it, and run what it would run."""
    folder = page.parent / "browser"
    done = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}"),
            *(f"--window-size={PHONE},800", "--virtual-time-budget=2000", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_texts_of_plugins_run_nothing(page: Path) -> None:
    """Not even if they were not escaped: the page itself forbids it."""
    dom = rendered(page)
    assert "<title>What would change</title>" in dom
    assert "<script" not in dom
    assert "&lt;script&gt;" in dom
    unescaped = page.with_name("unescaped.html")
    unescaped.write_text(page.read_text().replace("&lt;", "<").replace("&gt;", ">").replace("&#x27;", "'"))
    assert "<title>What would change</title>" in rendered(unescaped)


def test_it_fits_on_a_phone(page: Path) -> None:
    """Long lines scroll inside of their frame, the page does not."""
    measured = page.with_name("measured.html")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    script = "<script>document.title = document.documentElement.scrollWidth</script></body>"
    measured.write_text(text.replace("</body>", script))
    found = re.search(r"<title>(\d+)</title>", rendered(measured))
    assert found is not None
    assert 0 < int(found[1]) <= max(PHONE, 500)  # headless Chromium has windows of 500 pixels at least
