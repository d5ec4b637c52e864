"""The sandbox as a plugin: what of it is a template, and what arrives as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import write
from tests.settings_modules import PLATFORM

if TYPE_CHECKING:
    from tests.kit import Session


def test_the_platform_is_no_template(session: Session) -> None:
    """Its code has braces, and none of them are for us."""
    info = session.site / "tutor_sandbox-1.dist-info"
    write(info / "METADATA", "Metadata-Version: 2.1\nName: tutor-sandbox\nVersion: 1\n")
    write(info / "entry_points.txt", "[tutor.plugin.v0]\nsandbox = tutorsandbox.plugin\n")
    session.tutor("plugins", "enable", "sandbox")
    rendered = session.root / "env/plugins/sandbox/build/sandbox-openedx/platform"
    sources = [path for path in PLATFORM.rglob("*") if path.suffix in (".py", ".json", ".txt")]
    assert len(sources) > 40
    for path in sources:
        assert (rendered / path.relative_to(PLATFORM)).read_bytes() == path.read_bytes(), path
