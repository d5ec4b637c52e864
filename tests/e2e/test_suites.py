"""`tutor local do tests` on real containers: suites of a plugin, what is there before and gone after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e

PLUGIN = """\
from tutor import hooks

CODE = '''
import os
from django.contrib.auth import authenticate
user = authenticate(username=os.environ.get("TEST_USERNAME"), password=os.environ.get("TEST_PASSWORD"))
print("logged in as", user, getattr(user, "is_superuser", None))
'''
hooks.Filters.TESTS.add_items([
    ("good", "lms", "echo host {{ LMS_HOST }} colour $COLOUR"),
    ("login", "lms", f"./manage.py lms shell -c '{CODE}'"),
    ("bad", "cms", "echo it is broken; exit 3"),
])
"""
VARIABLES = """\
TEST_USERNAME: robot
TEST_EMAIL: robot@example.com
TEST_PASSWORD: "p'a\\"s$s"
OAUTH2_CLIENT_ID: robot-client
OAUTH2_CLIENT_SECRET: secret
COLOUR: blue
"""
TESTS = ("local", "do", "tests", "-I")


@pytest.fixture(scope="module")
def with_suites(platform: Platform) -> Iterator[Platform]:
    """The platform with a plugin that brings test suites."""
    write(platform.plugins_root / "school.py", PLUGIN)
    platform.tutor("plugins", "enable", "school")
    yield platform
    platform.tutor("plugins", "disable", "school")
    (platform.plugins_root / "school.py").unlink()


@pytest.fixture
def variables(tmp_path: Path) -> str:
    """The option that gives variables in a file."""
    file = tmp_path / "test.yml"
    file.write_text(VARIABLES)
    return f"--env-file={file}"


def users(platform: Platform) -> list[list[str]]:
    return platform.query("SELECT username FROM auth_user WHERE username = 'robot'")


def test_a_suite_gets_its_variables(with_suites: Platform, variables: str) -> None:
    out = with_suites.tutor(*TESTS, variables, "-e", "COLOUR=green", "good")
    assert "host local.openedx.io colour green" in out
    assert "1 of 1 test suites passed" in out


def test_every_suite_runs_though_one_fails(with_suites: Platform) -> None:
    out = with_suites.tutor(*TESTS, "--limit=school", code=1)
    assert "host local.openedx.io" in out
    assert "it is broken" in out
    assert "tests task of plugin school" in out
    assert "2 of 3 test suites passed" in out


def test_the_administrator_is_there_for_the_tests_alone(with_suites: Platform, variables: str) -> None:
    out = with_suites.tutor(*TESTS, "--setup", variables, "login")
    assert "logged in as robot True" in out
    assert "Deleted user robot" in out
    assert users(with_suites) == []
    sql = "SELECT arguments FROM sandbox_command WHERE command = 'create_dot_application' ORDER BY id"
    assert "robot-client" in with_suites.query(sql)[-1][0]


def test_what_was_created_can_stay(with_suites: Platform, variables: str) -> None:
    out = with_suites.tutor(*TESTS, "--setup", "--cleanup=dry-run", variables, "login")
    assert "would be deleted: user robot, OAuth2 client robot-client" in out
    assert users(with_suites) == [["robot"]]
    with_suites.tutor(*TESTS, "--setup", variables, "login")
    assert users(with_suites) == []
