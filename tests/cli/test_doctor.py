"""`tutor doctor`, where no engine answers: everything else is examined all the same."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

from tests.kit import project_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

NO_ENGINE = {"TUTOR_ENGINE": "/no/such/engine", "TUTOR_LMS_HOST": "localhost", "TUTOR_CMS_HOST": "localhost"}


def test_finds_and_fixes(session: Session) -> None:
    """Permissions are put right with --fix, and only then."""
    (session.root / "config.yml").chmod(0o644)
    before = project_state(session.root)
    found = json.loads(session.tutor("doctor", "--json", code=1, env=NO_ENGINE).out)
    assert found["format_version"] == 1
    assert {"engine", "secrets"} <= {finding["check"] for finding in found["findings"]}
    assert all(finding["hint"] for finding in found["findings"])
    assert project_state(session.root) == before
    fixed = json.loads(session.tutor("doctor", "--json", "--fix", code=1, env=NO_ENGINE).out)
    assert len(fixed["done"]) == 1
    assert "secrets" not in {finding["check"] for finding in fixed["findings"]}
    assert (session.root / "config.yml").stat().st_mode & 0o777 == 0o600
    said = session.tutor("doctor", code=1, env=NO_ENGINE).out
    assert "error: The container engine /no/such/engine is not installed [engine]" in said
    assert "to do: install it" in said


def test_bundle(session: Session) -> None:
    """Without the generated passwords."""
    path = session.root.parent / "support.tar.gz"
    session.tutor("doctor", "--bundle", str(path), code=1, env=NO_ENGINE)
    password = session.tutor("config", "printvalue", "MYSQL_ROOT_PASSWORD").out.strip()
    with tarfile.open(path) as archive:
        files = [archive.extractfile(member) for member in archive.getmembers()]
        content = b"".join(file.read() for file in files if file is not None)
    assert b"MYSQL_ROOT_PASSWORD: ****" in content
    assert password.encode() not in content
    session.tutor("doctor", "--bundle", str(path), code=1, env=NO_ENGINE)


def test_help(session: Session, golden: Golden) -> None:
    """With examples."""
    session.tutor("doctor", "--help")
    golden(session)
