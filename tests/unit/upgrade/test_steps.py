"""The steps of an upgrade: which there are, and what their scripts do and leave alone."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tutor.upgrade import scripts
from tutor.upgrade.releases import CURRENT, RELEASES, UPGRADABLE, is_newer
from tutor.upgrade.steps import STEPS, steps_from

if TYPE_CHECKING:
    from pathlib import Path

VALUES = {
    "RUN_MYSQL": True,
    "RUN_MEILISEARCH": True,
    "MYSQL_HOST": "mysql",
    "MYSQL_PORT": 3306,
    "MYSQL_ROOT_USERNAME": "root",
    "MYSQL_ROOT_PASSWORD": "r'oot",
    "OPENEDX_MYSQL_DATABASE": "openedx",
    "OPENEDX_MYSQL_USERNAME": "openedx",
    "OPENEDX_MYSQL_PASSWORD": "p`id`$HOME'\"",
    "NOTES_MYSQL_DATABASE": "no'tes",
    "NOTES_MYSQL_USERNAME": "notes",
}


def _project(**values: Any) -> Any:
    return SimpleNamespace(values={**VALUES, **values})


def _run(script: str, folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run a script with programs that we make, as a task runs."""
    for name, source in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{source}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["sh", "-c", f"set -e\n{script}"],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "MYSQL_ROOT_PASSWORD": "r'oot",
            "LOG": f"{folder}/log",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_fewer_steps_from_newer_releases() -> None:
    names = {release: [step.name for step in steps_from(release)] for release in UPGRADABLE}
    assert names["redwood"] == [step.name for step in STEPS]
    assert "mysql-tables" not in names["sumac"]
    assert "forum" in names["teak"]
    assert "forum" not in names["ulmo"]
    for older, newer in itertools.pairwise(UPGRADABLE):
        assert [name for name in names[older] if name in names[newer]] == names[newer]


def test_steps_are_explained_and_distinct() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    for step in STEPS:
        assert step.until in UPGRADABLE
        assert step.why.endswith(".")
        assert step.what


def test_releases_are_in_order() -> None:
    """Newer ones, which do not exist yet, are known by the alphabet."""
    assert sorted(RELEASES) == list(RELEASES)
    assert not is_newer(CURRENT)
    assert not is_newer("ulmo")
    assert is_newer("wisteria")


def test_what_is_served_elsewhere_is_left_alone() -> None:
    assert scripts.put_search_files_aside(_project(RUN_MEILISEARCH=False)) == []
    (_, script) = scripts.check_tables(_project(RUN_MYSQL=False))[0]
    assert "--all-databases" not in script
    assert "'no'\"'\"'tes'" in script


def test_users_that_log_in_the_old_way_are_changed(tmp_path: Path) -> None:
    """With the passwords that they have, on standard input; those of unknown passwords are left out."""
    server = """
    query=$(cat)
    echo "$query" >>"$LOG"
    echo "arguments: $*" >>"$LOG"
    case "$query" in
        *information_schema.plugins*) echo 1 ;;
        *"user = 'openedx' AND plugin = 'mysql_native_password'"*) echo "'%'"; echo "'local host'" ;;
    esac
    """
    ((_, script),) = scripts.update_users(_project())
    done = _run(script, tmp_path, mysql=server)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Changed: 'openedx'@'%'",
        "Changed: 'openedx'@'local host'",
        "Nothing to do for 'root'",
    ]
    log = (tmp_path / "log").read_text()
    change = "ALTER USER 'openedx'@'%' IDENTIFIED WITH caching_sha2_password BY 'p`id`$HOME''\"'"
    assert change in log
    assert "notes" not in log
    assert not [line for line in log.splitlines() if line.startswith("arguments") and "HOME" in line]


def test_a_server_that_does_not_know_the_new_way(tmp_path: Path) -> None:
    ((_, script),) = scripts.update_users(_project())
    done = _run(script, tmp_path, mysql="cat >/dev/null; echo 0")
    assert done.stdout == "This server does not know caching_sha2_password: nothing to do\n"


def test_databases_that_are_not_there_are_not_converted(tmp_path: Path) -> None:
    found = scripts.convert_tables(_project())
    assert len(found) == 2
    for _, script in found:
        done = _run(script, tmp_path, mysql='q=$(cat); echo "$q" >>"$LOG"; echo 0')
        assert done.stdout == "The database is not there: nothing to do\n", done.stderr
    assert "ALTER" not in (tmp_path / "log").read_text()
    assert "schema_name = 'no''tes'" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("version", "moved"), [("1.8.4", True), ("1.36.0", False), ("1.36.9", False), (None, False)]
)
def test_files_of_another_meilisearch_are_put_aside(tmp_path: Path, version: str | None, moved: bool) -> None:
    """And never twice: what was put aside before is not what is there now."""
    data = tmp_path / "meili_data"
    data.mkdir()
    if version:
        (data / "data.ms").mkdir()
        (data / "data.ms/VERSION").write_text(version)
    ((service, script),) = scripts.put_search_files_aside(_project())
    assert service == "meilisearch"
    script = script.replace("/meili_data", str(data))
    for _ in range(2):
        done = _run(script, tmp_path, meilisearch='echo "meilisearch 1.36.0"')
        assert done.returncode == 0, done.stderr
    assert (data / "data.ms.old").is_dir() is moved
    assert (data / "data.ms").is_dir() is (version is not None and not moved)


def test_a_platform_without_the_forums_command(tmp_path: Path) -> None:
    ((_, script),) = scripts.migrate_forum(_project())
    folder = tmp_path / "platform"
    folder.mkdir()
    done = _run(f"cd {folder}\n{script}", folder, **{"manage.py": "exit 1"})
    assert "nothing to do" in done.stdout
    done = _run(f"cd {folder}\n{script}", folder, **{"manage.py": 'echo "$@" >>"$LOG"'})
    assert (folder / "log").read_text().splitlines()[-1] == (
        "lms forum_migrate_course_from_mongodb_to_mysql all"
    )


MONGO = """
class MongoClient:
    def __init__(self, host, port, **options):
        print("connects to", host, port, sorted(options.items()))
        self.admin = self

    def server_info(self):
        return {"version": VERSION}

    def command(self, command):
        print(command)
        return {"featureCompatibilityVersion": {"version": "6.0"}}
"""
SETTINGS = """
class settings:
    CONTENTSTORE = {"DOC_STORE_CONFIG": @@}
"""


@pytest.mark.parametrize(
    ("version", "words"),
    [("6.0.14", "already"), ("7.0.39", "'setFeatureCompatibilityVersion': '7.0', 'confirm': True")],
)
def test_mongodb_is_told_its_version(tmp_path: Path, version: str, words: str) -> None:
    """As the platform logs in; `confirm` since version 7."""
    store = {"host": "m", "port": 27017, "user": "me", "password": "x", "ssl": True, "replicaSet": None}
    for path, text in {
        "django/__init__.py": "",
        "django/conf.py": SETTINGS.replace("@@", repr(store)),
        "pymongo.py": MONGO.replace("VERSION", repr(version)),
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    ((_, script),) = scripts.raise_mongodb_version(_project())
    manage = f'PYTHONPATH={tmp_path} exec {sys.executable} -c "$4"'
    done = _run(f"cd {tmp_path}\n{script}", tmp_path, **{"manage.py": manage})
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
    assert "('authSource', 'admin')" in done.stdout
    assert "('tls', True)" in done.stdout
    assert "replicaSet" not in done.stdout
