"""`tutor local do tests`, as far as it goes without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write
from tutor.core.hooks import Layer, Origin, Registry
from tutor.exceptions import PluginError, TaskError
from tutor.hooks import Filters
from tutor.jobs import suites

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session

PLUGIN = """\
from tutor import hooks

hooks.Filters.TESTS.add_items([
    ("smoke", "lms", "echo {{ LMS_HOST }}"),
    ("smoke", "cms", "true"),
    ("load", "lms", "true"),
])
"""
IDENTITY = {name: f"value of {name}" for name in suites.IDENTITY}


@pytest.fixture
def with_suites(session: Session) -> Session:
    """A project with a plugin that brings test suites."""
    write(session.plugins_root / "school.py", PLUGIN)
    session.tutor("plugins", "enable", "school")
    return session


def registered(registry: Registry, *items: object, plugin: str = "school") -> None:
    origin = Origin(Layer.PLUGIN_DEFAULT, plugin, "1.0", f"/{plugin}.py", 3)
    registry.add(Filters.TESTS, items=items, origin=origin)


def test_without_suites_there_is_nothing_to_run(session: Session) -> None:
    for group in ("local", "dev"):
        error = session.tutor(group, "do", "tests", "-I", code=1).err
        assert "There are no tests: no enabled plugin brings any" in error


def test_a_suite_that_is_not_there(with_suites: Session) -> None:
    error = with_suites.tutor("local", "do", "tests", "smok", code=1).err
    assert "There is no test suite smok; did you mean smoke?" in error
    assert "smoke (school, lms), smoke (school, cms), load (school, lms)" in error
    error = with_suites.tutor("local", "do", "tests", "--limit=schol", code=1).err
    assert "There is no test suite of schol; did you mean school?" in error
    assert "of cms" in with_suites.tutor("local", "do", "tests", "--limit=cms", "load", code=1).err


def test_setup_says_what_it_needs(with_suites: Session) -> None:
    words = ("local", "do", "tests", "--setup", "-e", "TEST_USERNAME=robot", "-e", "TEST_EMAIL=r@example.com")
    error = with_suites.tutor(*words, code=1).err
    assert "--setup needs TEST_PASSWORD, OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET" in error


@pytest.mark.parametrize("pair", ["A", "1A=2", "A B=3", "=x"])
def test_not_a_variable(pair: str, with_suites: Session) -> None:
    assert "must be KEY=VALUE" in with_suites.tutor("local", "do", "tests", "-e", pair, code=1).err


@pytest.mark.parametrize("content", ["- a\n", "a: [1]\n", "1a: x\n", "a: b: c\n", "\0"])
def test_not_a_file_of_variables(content: str, with_suites: Session, tmp_path: Path) -> None:
    file = tmp_path / "test.yml"
    file.write_text(content)
    error = with_suites.tutor("local", "do", "tests", f"--env-file={file}", code=1).err
    assert "The file of variables cannot be used" in error
    assert str(file) in error


def test_suites_are_chosen_by_name_plugin_and_service(registry: Registry) -> None:
    registered(registry, ("smoke", "lms", "a"), ("smoke", "cms", "b"))
    registered(registry, ("load", "lms", "c"), plugin="other")
    assert [s.script for s in suites.chosen(None, None)] == ["a", "b", "c"]
    assert [s.script for s in suites.chosen("smoke", None)] == ["a", "b"]
    assert [s.script for s in suites.chosen(None, "lms")] == ["a", "c"]
    assert [s.script for s in suites.chosen(None, "other")] == ["c"]
    assert [s.script for s in suites.chosen("smoke", "cms")] == ["b"]


def test_what_is_no_suite_is_named(registry: Registry) -> None:
    with pytest.raises(PluginError, match=r"TESTS a tuple of 2, expected \(name, service, command\)"):
        registered(registry, ("smoke", "lms"))


def test_variables_of_the_command_line_win(tmp_path: Path) -> None:
    file = tmp_path / "test.yml"
    file.write_text("A: 1\nB: true\nC: null\nD: it's\n")
    assert suites.variables(file, {"A": "2"}) == {"A": "2", "B": "true", "C": "", "D": "it's"}
    assert suites.exported({"D": "it's $x"}) == "export D='it'\"'\"'s $x'\n"


def test_only_what_was_created_is_deleted() -> None:
    assert suites.leftovers({}) == []
    assert suites.cleanup_scripts({"TEST_USERNAME": "robot"}) == []
    values = {**IDENTITY, suites.COURSE: "course-v1:a+b+c"}
    assert suites.leftovers(values) == [
        "course course-v1:a+b+c",
        "user value of TEST_USERNAME",
        "OAuth2 client value of OAUTH2_CLIENT_ID",
    ]
    assert [service for service, _ in suites.cleanup_scripts(values)] == ["cms", "lms"]
    with pytest.raises(TaskError) as caught:
        suites.setup_script({"TEST_USERNAME": "x"})
    assert "-e OAUTH2_CLIENT_ID=VALUE" in str(caught.value.hint)
