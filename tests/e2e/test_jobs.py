"""The jobs of `tutor local do`, on real containers."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e

TRICKY = "a'b\"c $HOME `id` \\ %s"


def _calls(platform: Platform, command: str) -> list[list[str]]:
    """Calls of a management command that the sandbox recorded: service and arguments."""
    sql = f"SELECT service, arguments FROM sandbox_command WHERE command = '{command}' ORDER BY id"
    return platform.query(sql)


def test_the_initialisation_fills_what_the_platform_keeps_in_databases(platform: Platform) -> None:
    """What roles permit, for both services, and indexes; with the options that the commands have."""
    services = {service for service, _ in _calls(platform, "load_policies")}
    assert services == {"lms", "cms"}
    assert {arguments for _, arguments in _calls(platform, "reindex_studio")} == {"[]"}
    gone = ("./manage.py", "cms", "reindex_studio", "--experimental")
    assert "has been removed" in platform.tutor("local", "exec", "-T", "cms", *gone, code=1)
    failed = "SELECT service, command, arguments FROM sandbox_command WHERE exit_code != 0"
    assert [row for row in platform.query(failed) if row[1] in ("load_policies", "migrate")] == []


def test_a_user_is_created_and_can_log_in(platform: Platform) -> None:
    platform.tutor(
        *("local", "do", "createuser", "--staff", "--password", TRICKY, "teacher", "teacher@example.com")
    )
    rows = platform.query("SELECT email, is_staff, is_superuser FROM auth_user WHERE username = 'teacher'")
    assert rows == [["teacher@example.com", "1", "0"]]
    code = (
        "from django.contrib.auth import authenticate; import sys; "
        f"print('user', authenticate(username='teacher', password={TRICKY!r}))"
    )
    assert "user teacher" in platform.tutor(
        "local", "exec", "-T", "lms", "./manage.py", "lms", "shell", "-c", code
    )
    assert all(TRICKY not in arguments for _, arguments in _calls(platform, "manage_user"))


def test_a_course_and_libraries_are_imported(platform: Platform) -> None:
    repository = platform.root / "data/cms-job/demo"
    for path, text in {
        "school/course/course.xml": "<course/>",
        "books/old/library.xml": "<library/>",
        "README": "",
    }.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text)
    _commit(repository)
    source = ("--repo=/openedx/data/demo", "--version=v1")
    platform.tutor("local", "do", "importdemocourse", *source)
    platform.tutor("local", "do", "importdemolibraries", *source, "teacher")
    service, arguments = _calls(platform, "import")[-1]
    assert service == "cms"
    assert arguments.endswith('/school", "course"]')
    assert _calls(platform, "reindex_course")[-1] == ["cms", '["--all", "--setup"]']
    assert _calls(platform, "import_content_library")[-1][1].endswith('/library.tar.gz", "teacher"]')


def test_a_container_that_has_ended_is_no_orphan(platform: Platform) -> None:
    """Compose takes it for one, and advises to remove it: so do tasks that run side by side."""
    left = f"{platform.name}-left"
    try:
        platform.tutor("local", "dc", "run", "--no-deps", "--name", left, "--entrypoint", "true", "redis")
        told = platform.tutor("local", "dc", "run", "--rm", "--no-deps", "--entrypoint", "true", "redis")
        assert "Found orphan containers" in told
        assert "orphan" not in platform.tutor("local", "do", "init", "--limit=myapp")
    finally:
        subprocess.run(["docker", "rm", "--force", left], check=True, stdout=subprocess.DEVNULL)


def test_a_job_that_fails_is_named(platform: Platform) -> None:
    out = platform.tutor("local", "do", "importdemocourse", "--repo=/nowhere", code=1)
    assert "The importdemocourse task of core failed in service cms" in out
    assert "/nowhere" in out
    assert "tutor local do importdemocourse" in out


def test_a_theme_is_set_and_taken_away(platform: Platform) -> None:
    query = (
        "SELECT s.domain, t.theme_dir_name FROM theming_sitetheme t JOIN django_site s ON s.id = t.site_id"
    )
    platform.tutor("local", "do", "settheme", "indigo")
    assert ["local.openedx.io", "indigo"] in platform.query(query)
    assert len(platform.query(query)) == 4
    platform.tutor("local", "do", "settheme", "--domain=local.openedx.io", "default")
    assert len(platform.query(query)) == 3
    platform.tutor("local", "do", "settheme", "default")
    assert platform.query(query) == []


def test_a_setting_is_printed_alone(platform: Platform) -> None:
    done = subprocess.run(
        [*platform.command, "local", "do", "print-edx-platform-setting", "--service=cms", "ROOT_URLCONF"],
        env=platform.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "cms.urls\n"
    out = platform.tutor("local", "do", "print-edx-platform-setting", "NOT_THERE", code=1)
    assert "There is no setting NOT_THERE" in out


def _commit(folder: Path) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    for arguments in (
        ("init", "--quiet"),
        ("add", "."),
        (*identity, "commit", "--quiet", "-m", "demo"),
        ("tag", "v1"),
    ):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    for parent, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(os.path.join(parent, name), 1000, 1000)
