"""The reference pages say what the code says."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import REPOSITORY
from tutor.plugins.checks import all_rules

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

DOCS = REPOSITORY / "docs"
PAGES = sorted([REPOSITORY / "README.md", *DOCS.rglob("*.md")])


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_fresh() -> None:
    for name, text in _generator().pages().items():
        assert (DOCS / "reference" / name).read_text() == text, "run: python docs/generate.py"


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
