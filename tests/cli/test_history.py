"""Generations: listed, compared, and gone back to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kit import distribution, fingerprint, project_state
from tutor import serialize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

PLUGIN = """
    config = {"add": {"PASSWORD": "{{ 20|random_string }}"}, "set": {"PLATFORM_NAME": "Theirs"}}
    patches = {"lms-env": 'MYAPP: "{{ MYAPP_PASSWORD }}"'}
    """


def test_history(small: Session, golden: Golden) -> None:
    """From the first save to a rollback, and back."""
    distribution(small.site, "myapp", PLUGIN)
    small.tutor("config", "save", "--set", "LMS_HOST=learn.example.com")
    small.tutor("plugins", "enable", "myapp")
    small.tutor("config", "save")
    small.tutor("history")
    small.tutor("diff")
    small.tutor("diff", "2", "3", code=2)
    small.tutor("rollback", "2", "--dry-run", code=2)
    small.tutor("rollback", code=1)
    small.tutor("rollback", "--yes")
    small.tutor("history")
    small.tutor("diff", "2", "4", code=2)
    small.tutor("plugins", "list")
    golden(small)


def test_bad_requests(session: Session, golden: Golden) -> None:
    """A generation that is gone, one that never was, and what is no number."""
    for number in range(3):
        session.tutor(*("config", "save", "--set", f"SMTP_PORT={number + 1}", "--set", "KEPT_GENERATIONS=2"))
    session.transcript.clear()
    session.tutor("history")
    session.tutor("rollback", "1", code=1)
    session.tutor("diff", "1", code=1)
    session.tutor("diff", "2", "9", code=1)
    session.tutor("rollback", "first", code=1)
    golden(session)


def test_without_a_history(empty_session: Session, golden: Golden) -> None:
    empty_session.tutor("history")
    empty_session.tutor("diff", code=1)
    empty_session.tutor("rollback", code=1)
    assert not empty_session.root.exists()
    golden(empty_session)


def test_everything_comes_back_byte_for_byte(session: Session) -> None:
    """Settings and environment; and going back once more undoes it."""
    before = project_state(session.root)
    session.tutor("config", "save", "--set", "LMS_HOST=other.example.com")
    changed = project_state(session.root)
    session.tutor("rollback", "--yes")
    assert project_state(session.root) == before
    session.tutor("rollback", "--yes")
    assert project_state(session.root) == changed


def test_what_was_generated_since_stays(session: Session) -> None:
    """A password that a database knows by now is of use again when the plugin is enabled again."""
    distribution(session.site, "myapp", PLUGIN)
    session.tutor("plugins", "enable", "myapp")
    password = session.tutor("config", "printvalue", "MYAPP_PASSWORD").out
    session.tutor("rollback", "--yes")
    assert session.tutor("plugins", "list", "--enabled").out == ""
    session.tutor("plugins", "enable", "myapp")
    assert session.tutor("config", "printvalue", "MYAPP_PASSWORD").out == password


def test_files_come_back_as_they_were_with_another_version_of_a_plugin(session: Session) -> None:
    """What it would render now is said, and does not count."""
    module = distribution(session.site, "myapp", PLUGIN)
    session.tutor("plugins", "enable", "myapp")
    file = session.root / "env/apps/openedx/config/lms.env.yml"
    before = file.read_bytes()
    for path in session.site.glob("*.dist-info"):
        for inner in path.iterdir():
            inner.unlink()
        path.rmdir()
    distribution(session.site, "myapp", PLUGIN.replace("MYAPP: ", "NEW: "), version="2.0.0")
    assert module.is_file()
    session.tutor("config", "save")
    assert file.read_bytes() != before
    shown = session.tutor("rollback", "--yes")
    assert "plugin myapp was 1.0.0 then and is 2.0.0 now" in " ".join(shown.out.split())
    assert file.read_bytes() == before


def test_hand_edits_are_shown_by_diff_and_kept_by_rollback(session: Session) -> None:
    session.tutor("config", "save", "--set", "LMS_HOST=other.example.com")
    file = session.root / "env/apps/redis/redis.conf"
    file.write_text("# mine\n")
    found = json.loads(session.tutor("diff", "--json", code=2).out)
    (change,) = found["files"]
    assert (change["path"], change["edited"]) == ("apps/redis/redis.conf", True)
    shown = session.tutor("rollback", "--yes")
    assert "edited by hand" in shown.out
    assert (session.root / ".tutor/edited/apps/redis/redis.conf").read_text() == "# mine\n"


def test_a_file_that_somebody_removed(session: Session) -> None:
    (session.root / "env/apps/redis/redis.conf").unlink()
    found = json.loads(session.tutor("diff", "--json", code=2).out)
    assert [(c["path"], c["action"]) for c in found["files"]] == [("apps/redis/redis.conf", "removed")]


def test_no_secret_is_shown(session: Session) -> None:
    """Neither the old one nor the new one."""
    old = serialize.load((session.root / "config.yml").read_bytes())["MYSQL_ROOT_PASSWORD"]
    session.tutor("config", "save", "--set", "MYSQL_ROOT_PASSWORD=newSecret1")
    out = session.tutor("diff", "1", "2", "--full", code=2).out
    assert "MYSQL_ROOT_PASSWORD" in out
    assert old not in out
    assert "newSecret1" not in out


def test_looking_writes_nothing(session: Session) -> None:
    session.tutor("config", "save", "--set", "LMS_HOST=other.example.com")
    before = fingerprint(session.root)
    session.tutor("history")
    session.tutor("diff", "1", code=2)
    session.tutor("rollback", "1", "--dry-run", code=2)
    assert fingerprint(session.root) == before


def test_damaged(session: Session, golden: Golden) -> None:
    """Is an error with the file, and everything stays as it is."""
    session.tutor("config", "save", "--set", "LMS_HOST=other.example.com")
    session.transcript.clear()
    (session.root / ".tutor/packs/1.zip").write_bytes(b"no zip")
    before = project_state(session.root)
    session.tutor("rollback", "--yes", code=1)
    session.tutor("diff", "1", code=1)
    session.tutor("history")
    assert project_state(session.root) == before
    session.tutor("config", "save", "--set", "LMS_HOST=third.example.com")
    golden(session)
