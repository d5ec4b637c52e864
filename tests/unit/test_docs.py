"""The reference pages say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit import REPOSITORY
from tutor.plugins.checks import all_rules

if TYPE_CHECKING:
    from pathlib import Path

DOCS = REPOSITORY / "docs"
PAGES = sorted([REPOSITORY / "README.md", *DOCS.rglob("*.md")])


def test_generated_pages_are_fresh() -> None:
    """In a process of its own: plugins that other tests load may add commands to ours."""
    command = [sys.executable, str(DOCS / "generate.py"), "--check"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_every_rule_has_a_section() -> None:
    page = (DOCS / "reference" / "checks.md").read_text()
    for rule in all_rules():
        assert f"\n## {rule.slug}\n" in page
        assert rule.why in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
