"""Which init tasks have run, with which script, in which image, on which databases."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tutor.core.hooks import CORE
from tutor.env.storage import STATE
from tutor.jobs.initialised import Initialised, due
from tutor.jobs.tasks import Task

if TYPE_CHECKING:
    from pathlib import Path

TASKS = [Task("core/mysql", "mysql", "echo 1", CORE), Task("core/lms", "lms", "echo 2", CORE)]


@pytest.fixture
def done(root: Path) -> Path:
    """A project on which both have run."""
    (root / "data/mysql").mkdir(parents=True)
    for task in TASKS:
        Initialised.read(root).finish(task, "image-1")
    return root


def reasons(root: Path, tasks: list[Task], image: str = "image-1") -> dict[str, str]:
    """Task → why it has to run."""
    images = {task.job_service: image for task in tasks}
    return {task.name: reason for task, reason in due(tasks, Initialised.read(root), images)}


def test_before_the_first_time(root: Path) -> None:
    assert reasons(root, TASKS) == dict.fromkeys(["core/mysql", "core/lms"], "it has not run yet")


def test_what_ran_need_not_run_again(done: Path) -> None:
    assert reasons(done, TASKS) == {}


def test_a_changed_script_a_new_task_another_image(done: Path) -> None:
    changed = Task("core/lms", "lms", "echo 3", CORE)
    new = Task("myapp/lms", "lms", "echo 4", CORE)
    assert reasons(done, [TASKS[0], changed, new]) == {
        "core/lms": "its script has changed since it ran",
        "myapp/lms": "it has not run yet",
    }
    assert set(reasons(done, TASKS, "image-2").values()) == {"its image has changed since it ran"}


def test_where_the_image_is_not_known_it_does_not_count(done: Path) -> None:
    assert reasons(done, TASKS, "") == {}


def test_new_databases_know_of_nothing(done: Path) -> None:
    """Also after the folder is there again."""
    shutil.move(done / "data/mysql", done / "data/old")
    assert set(reasons(done, TASKS).values()) == {"the databases are new"}
    (done / "data/mysql").mkdir()
    assert set(reasons(done, TASKS).values()) == {"the databases are new"}
    Initialised.read(done).finish(TASKS[0], "image-1")
    assert reasons(done, TASKS) == {"core/lms": "it has not run yet"}


def test_only_its_owner_may_read_it_and_it_holds_no_script(done: Path) -> None:
    path = done / STATE / "initialised-compose.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert "echo" not in path.read_text()


@pytest.mark.parametrize("content", ["", "[]", '{"format_version": 9}', '{"format_version": 1, "tasks": 3}'])
def test_a_broken_record_is_an_empty_one(content: str, done: Path) -> None:
    (done / STATE / "initialised-compose.json").write_text(content)
    assert len(reasons(done, TASKS)) == 2


def test_each_engine_that_keeps_data_elsewhere_has_its_own(done: Path) -> None:
    assert Initialised.read(done, "k8s").tasks == {}
