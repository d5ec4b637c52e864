"""Scripts of jobs: the shell that reads them is real, the platform's commands are stand-ins."""

from __future__ import annotations

import os
import subprocess
from shlex import quote
from typing import TYPE_CHECKING

import pytest

from tutor.jobs import mysql, scripts
from tutor.jobs.compose import SHELL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRICKY = "a'b\"c $HOME `id` \\ %s {x} é"
SERVER = mysql.Server("db'host", 3307, "admin user")


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], str]:
    """Run a script with stand-ins for ./manage.py and mysql, which print their arguments and input."""
    stand_in = '#!/bin/sh\nfor a in "$@"; do printf "[%s]" "$a"; done; echo\n'
    manage = tmp_path / "manage.py"
    manage.write_text(stand_in + 'echo "password=$NEW_PASSWORD"\n')
    client = tmp_path / "bin" / "mysql"
    client.parent.mkdir()
    client.write_text(stand_in.replace("echo\n", "echo; cat; echo\n") + 'echo "as=$MYSQL_PWD"\n')
    for path in (manage, client):
        path.chmod(0o755)
    environment = {
        "PATH": f"{client.parent}{os.pathsep}{os.environ['PATH']}",
        "MYSQL_ROOT_PASSWORD": "s3cret",
    }

    def call(script: str) -> str:
        done = subprocess.run(
            SHELL, input=script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        return f"{done.stdout}{done.stderr}exit {done.returncode}"

    return call


def test_a_password_is_in_no_command_line(run: Callable[[str], str]) -> None:
    [(service, script)] = scripts.create_user("anna", "anna@example.com", TRICKY, superuser=True, staff=True)
    out = run(script)
    assert service == "lms"
    assert out.startswith("[lms][manage_user][--superuser][--staff][--][anna][anna@example.com]\n")
    assert out.count(TRICKY) == 2
    assert out.count(f"password={TRICKY}") == 2


def test_what_is_inserted_is_no_code(run: Callable[[str], str]) -> None:
    [(_, script)] = scripts.set_theme(TRICKY, [TRICKY, "x"])
    assert f"THEME = {TRICKY!r}\nDOMAINS = {[TRICKY, 'x']!r}\n" in run(script)
    [(_, script)] = scripts.create_user("$(id)", "`id`", "p")
    assert "[--][$(id)][`id`]" in run(script)


def test_the_default_theme_is_none(run: Callable[[str], str]) -> None:
    [(_, script)] = scripts.set_theme("default", ["x"])
    assert "THEME = ''\n" in run(script)


def test_a_setting_is_read_from_between_other_lines() -> None:
    [(service, script)] = scripts.print_setting("DEBUG", "cms")
    assert service == "cms"
    assert script.startswith("./manage.py cms shell -c ")
    mark = scripts.ANSWER
    assert scripts.read_answer(["a warning", f"{mark}one", f"{mark}two", "bye"]) == "one\ntwo"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a course, as Studio exports it, and two libraries."""
    folder = tmp_path / "demo repo"
    course = ("school/course.xml", "school/course/course.xml")
    for name in (*course, "one/library/library.xml", "two/library.xml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("<x/>")
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for arguments in (["init", "--quiet", "-b", "main"], ["add", "."], ["commit", "--quiet", "-m", "demo"]):
        subprocess.run([*git, *arguments], check=True)
    return folder


def test_the_course_is_found(run: Callable[[str], str], repository: Path) -> None:
    [(service, script)] = scripts.import_demo_course(str(repository), "main")
    out = run(script)
    assert service == "cms"
    assert "/repository][school]\n" in out
    assert "[cms][reindex_course][--all][--setup]\n" in out
    assert out.endswith("exit 0")


def test_a_folder_can_be_named(run: Callable[[str], str], repository: Path) -> None:
    [(_, script)] = scripts.import_demo_course(str(repository), "main", "school")
    assert "/repository][school]\n" in run(script)
    [(_, script)] = scripts.import_demo_course(str(repository), "main", "two")
    out = run(script)
    assert "There is no course in folder two" in out
    assert out.endswith("exit 1")


def test_several_courses_are_a_question(run: Callable[[str], str], repository: Path) -> None:
    (repository / "two/course.xml").write_text("<x/>")
    subprocess.run(["git", "-C", str(repository), "add", "."], check=True)
    subprocess.run(
        ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@x", "commit", "-qm", "x"],
        check=True,
    )
    [(_, script)] = scripts.import_demo_course(str(repository), "main")
    out = run(script)
    assert "--repo-dir" in out
    assert "school/course.xml" in out
    assert out.endswith("exit 1")


def test_a_version_that_is_not_there_is_said(run: Callable[[str], str], repository: Path) -> None:
    [(_, script)] = scripts.import_demo_course(str(repository), "nowhere")
    out = run(script)
    assert "nowhere" in out
    assert "[cms]" not in out
    assert not out.endswith("exit 0")


def test_every_library_is_imported(run: Callable[[str], str], repository: Path) -> None:
    [(_, script)] = scripts.import_demo_libraries(str(repository), "main", "anna b")
    out = run(script)
    assert out.count("/library.tar.gz][anna b]\n") == 2
    assert out.endswith("exit 0")


def test_the_shell_of_mysql_is_given_arguments(tmp_path: Path, run: Callable[[str], str]) -> None:
    command = mysql.shell_command(SERVER, "my db", ["-e", "SELECT 'x'", "other"])
    script = " ".join(map(quote, command))
    assert run(script) == (
        "[--protocol=tcp][--host=db'host][--port=3307][--user=admin user][--database=my db]"
        "[-e][SELECT 'x'][other]\n\nas=s3cret\nexit 0"
    )


def test_strings_and_names_of_sql_are_quoted() -> None:
    assert mysql.string("a'b\\c") == "'a''b\\\\c'"
    assert mysql.name("a`b") == "`a``b`"


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), "WHERE t.table_schema = 'db' AND t.table_type = 'BASE TABLE' \n"),
        (("a", "b'c"), (), "AND t.table_name IN ('a', 'b''c')"),
        ((), ("a",), "AND t.table_name NOT IN ('a')"),
    ],
)
def test_tables_to_convert(
    include: tuple[str, ...], exclude: tuple[str, ...], expected: str, run: Callable[[str], str]
) -> None:
    [(service, script)] = mysql.convert_charset(SERVER, "db", include, exclude)
    assert service == "mysql"
    assert expected in run(script)
    assert ("ALTER DATABASE `db`" in script) is (not include and not exclude)


def test_the_password_for_the_new_way_reaches_mysql_unchanged(run: Callable[[str], str]) -> None:
    [(_, script)] = mysql.update_authentication(SERVER, "o'neill", TRICKY)
    out = run(script)
    expected = TRICKY.replace("\\", "\\\\").replace("'", "''")
    assert f"IDENTIFIED WITH caching_sha2_password BY '{expected}';" in out
    assert "ALTER USER 'o''neill'@'" in out


def test_passwords_of_users_in_the_settings_are_known() -> None:
    values = {
        "MYSQL_ROOT_USERNAME": "root",
        "MYSQL_ROOT_PASSWORD": "r",
        "MYAPP_MYSQL_USERNAME": "myapp",
        "MYAPP_MYSQL_PASSWORD": "m",
        "OTHER_MYSQL_USERNAME": "other",
    }
    assert mysql.known_password(values, "root") == "r"
    assert mysql.known_password(values, "myapp") == "m"
    assert mysql.known_password(values, "other") is None
