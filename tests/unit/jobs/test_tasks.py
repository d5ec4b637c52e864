"""Tasks of the job `init`: order, names, limits."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution
from tutor.exceptions import RenderError, TaskError
from tutor.jobs.tasks import init_tasks
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutor.jobs.tasks import Task

SOURCE = """
from pathlib import Path
templates = str(Path(__file__).parent / "templates")
hooks = {"init": ["lms", "mysql-client", "lms"], "pre-init": ["lms"]}
config = {"defaults": {"WORD": "hello"}}
"""


@pytest.fixture
def tasks(
    root: Path, plugins_root: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[Task]]:
    """The tasks of a project with two plugins, of which one has tasks."""
    folder = "templates/greet/hooks"
    files = {
        f"{folder}/lms/init": "echo {{ GREET_WORD }}\n",
        f"{folder}/lms/pre-init": "echo before\n",
        f"{folder}/mysql-client/init": "echo sql\n",
    }
    # A module is imported once in a process: each test has one of its own.
    package = f"tutor-greet-{uuid.uuid4().hex}"
    module = distribution(site, "greet", SOURCE, version="1.2", files=files, package=package)
    distribution(site, "quiet", "patches = {}\n")
    monkeypatch.syspath_prepend(str(site))

    def read(limit: str | None = None, **replaced: str) -> list[Task]:
        for name, text in replaced.items():
            (module.parent / folder / name.replace("_", "/") / "init").write_text(text)
        with opened(root, plugins_root, enabled=["greet", "quiet"]) as project:
            return init_tasks(project, limit)

    return read


def test_core_first_then_plugins_in_the_order_of_their_hooks(tasks: Callable[..., list[Task]]) -> None:
    assert [task.name for task in tasks()] == [
        "core/mysql",
        "greet/lms",
        "core/lms",
        "core/lms #2",
        "core/cms",
        "greet/lms #2",
        "greet/mysql",
        "greet/lms #3",
    ]


def test_scripts_are_rendered_and_know_their_plugin(tasks: Callable[..., list[Task]]) -> None:
    task = tasks("greet")[1]
    assert task.script.strip() == "echo hello"
    assert (task.owner, task.service, task.job_service) == ("plugin greet 1.2", "lms", "lms-job")


def test_a_service_of_old_plugins_runs_where_it_runs_now(tasks: Callable[..., list[Task]]) -> None:
    assert [task.service for task in tasks("greet")] == ["lms", "lms", "mysql", "lms"]


def test_the_core_is_limited_by_service(tasks: Callable[..., list[Task]]) -> None:
    assert [task.name for task in tasks("lms")] == ["core/lms", "core/lms #2"]
    assert [task.name for task in tasks("mysql")] == ["core/mysql"]


def test_the_digest_changes_with_the_script(tasks: Callable[..., list[Task]]) -> None:
    before = tasks("greet")[1].digest
    assert tasks("greet")[1].digest == before
    assert tasks("greet", lms="echo other\n")[1].digest != before


def test_a_limit_that_nothing_has_is_told_with_the_nearest(tasks: Callable[..., list[Task]]) -> None:
    with pytest.raises(TaskError, match="called great; did you mean greet") as caught:
        tasks("great")
    assert "mysql, greet, lms, cms" in str(caught.value.hint)


def test_a_plugin_without_tasks_is_told(tasks: Callable[..., list[Task]]) -> None:
    with pytest.raises(TaskError, match="Plugin quiet has no init tasks"):
        tasks("quiet")


def test_a_script_that_cannot_be_rendered_names_its_plugin_and_line(
    tasks: Callable[..., list[Task]],
) -> None:
    with pytest.raises(RenderError, match="there is no setting GREET_WRD; did you mean GREET_WORD") as caught:
        tasks(lms="echo fine\necho {{ GREET_WRD }}\n")
    assert "plugin greet 1.2" in str(caught.value.where)
    assert "hooks/lms/init:2" in str(caught.value.where)
