"""What a save costs as projects grow: in a straight line."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Any

from tests.kit import Session, write
from tutor.change import Change, save

if TYPE_CHECKING:
    from pathlib import Path


def calls_of_saves(session: Session, number: int) -> tuple[int, ...]:
    """Calls of functions that saves take with so many plugins: enabling them, unchanged, one changed."""
    names = [f"grows{n:04}" for n in range(number)]
    for name in names:
        prefix = name.upper()
        write(
            session.plugins_root / f"{name}.py",
            f"""
            from tutor.hooks import Filters
            Filters.CONFIG_DEFAULTS.add_item(("{prefix}_HOST", "{name}.{{{{ LMS_HOST }}}}"))
            Filters.CONFIG_DEFAULTS.add_item(("{prefix}_URL", "http://{{{{ {prefix}_HOST }}}}"))
            Filters.ENV_PATCHES.add_item(("openedx-common-settings", "{prefix} = '{{{{ {prefix}_URL }}}}'"))
            """,
        )
    found = []
    for change in (Change(enable=tuple(names)), Change(), Change(set={"PLATFORM_NAME": "Changed"})):
        count = 0

        def note(_: Any, event: str, __: Any) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        with session.environment({}):
            sys.setprofile(note)
            try:
                save(session.root, session.plugins_root, change)
            finally:
                sys.setprofile(None)
        found.append(count)
    return tuple(found)


def test_costs_grow_in_a_straight_line(session: Session, tmp_path: Path) -> None:
    """With 1000 plugins a plugin costs what it costs with 100: the calls of functions are counted."""
    rows = []
    for number in (1, 10, 100, 1000):
        folder = tmp_path / str(number)
        shutil.copytree(session.root, folder / "root")
        rows.append(calls_of_saves(Session(folder / "root", folder / "plugins", session.site), number))
    # The first one imports what all of them use.
    for few, some, many in zip(*rows[1:], strict=True):
        assert (many - some) / 900 < 1.1 * (some - few) / 90
