"""Values of plugins are of any type that Python has: they reach templates as they are, and are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write

if TYPE_CHECKING:
    from tests.kit import Session

PLUGIN = """
import collections
from tutor import hooks

Pair = collections.namedtuple("Pair", "first second")
hooks.Filters.CONFIG_DEFAULTS.add_items([
    ("TYPES_PAIRS", [("course", "{{ LMS_HOST }}"), ("block", 1)]),
    ("TYPES_NAMED", Pair("a", "b")),
    ("TYPES_KEYS", {1: "one", "two": 2, ("x", "y"): 3, None: 4}),
])
hooks.Filters.ENV_PATCHES.add_items([
    ("openedx-common-settings", "PAIRS = {{ TYPES_PAIRS }}"),
    ("openedx-common-settings", "NAMED = '{{ TYPES_NAMED.second }}'"),
    ("openedx-common-settings", "KEYS = {{ TYPES_KEYS }}"),
])
"""


@pytest.fixture
def types(session: Session) -> Session:
    """A project with such a plugin."""
    write(session.plugins_root / "types.py", PLUGIN)
    session.tutor("plugins", "enable", "types")
    return session


def test_they_reach_templates(types: Session) -> None:
    """A list of pairs is no list of lists to Python code that is rendered from it."""
    found = (types.root / "env/apps/openedx/settings/lms/production.py").read_text()
    assert "PAIRS = [('course', 'local.openedx.io'), ('block', 1)]" in found
    assert "NAMED = 'b'" in found
    assert "KEYS = {1: 'one', 'two': 2, ('x', 'y'): 3, None: 4}" in found


def test_they_are_kept(types: Session) -> None:
    """The next generation differs in what has changed, and in nothing else."""
    types.tutor("config", "save", "--set", "PLATFORM_NAME=School")
    assert "TYPES" not in types.tutor("diff", "2", "3", code=2).out
    types.tutor("plan", "--output", str(types.root / "plan"), code=2)
    back = types.tutor("rollback", "2", code=1).out
    assert "PLATFORM_NAME" in back
    assert "TYPES" not in back
