"""Tasks at the same time: only what works on different databases, and the ledger stays right."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution
from tutor.core.hooks import CORE, Layer, Origin
from tutor.engines.report import Journal
from tutor.engines.run import Result
from tutor.exceptions import TaskError
from tutor.jobs.ledger import Ledger
from tutor.jobs.run import run_tasks
from tutor.jobs.tasks import Task, init_tasks
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

#: Seconds after which a task that waits for another one gives up.
PATIENCE = 20.0
PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "greedy", "2.0", "/site/greedy/hooks/lms/init", 1)


def core(name: str, *databases: str) -> Task:
    """A task of the core."""
    return Task(f"core/{name}", name, "true", CORE, databases=frozenset(databases))


MYSQL = core("mysql", "mysql")
LMS = core("lms", "mysql", "mongodb")
SEARCH = core("search", "meilisearch")
CMS = core("cms", "mysql", "meilisearch")
GREEDY = Task("greedy/lms", "lms", "true", PLUGIN)


@dataclass
class Tracing:
    """A place that notes which tasks ran beside which others."""

    behaviour: Mapping[str, Callable[[], int]] = field(default_factory=dict)
    at_once: int = 2
    group: str = "local"
    order: list[str] = field(default_factory=list)
    beside: set[frozenset[str]] = field(default_factory=set)
    running: set[str] = field(default_factory=set)

    def run(self, task: Task, line: Callable[[str], None]) -> Result:
        self.order.append(task.name)
        self.running.add(task.name)
        self.beside |= {frozenset({task.name, other}) for other in self.running - {task.name}}
        try:
            code = self.behaviour.get(task.name, lambda: 0)()
            line(f"{task.name} speaks")
            return Result(code, "the reason" if code else "")
        finally:
            self.running.discard(task.name)

    def resolve(self, tasks: Iterable[Task]) -> list[Task]:
        return list(tasks)

    def start(self, tasks: Sequence[Task]) -> None:
        """Nothing has to be started."""

    def images(self) -> dict[str, str]:
        return {}

    def clear(self) -> bool:
        return False

    def where(self, task: Task) -> str:
        return f"service {task.service}"


def meeting(*names: str) -> dict[str, Callable[[], int]]:
    """Tasks that succeed only when they run at the same time."""
    barrier = threading.Barrier(len(names))

    def meet() -> int:
        barrier.wait(PATIENCE)
        return 0

    return dict.fromkeys(names, meet)


def pairs(*names: str) -> set[frozenset[str]]:
    return {frozenset(name.split("+")) for name in names}


def test_what_works_on_another_database_runs_beside_the_others(root: Path) -> None:
    place, journal = Tracing(meeting("core/mysql", "core/search")), Journal()
    run_tasks(place, [MYSQL, LMS, SEARCH, CMS], root, journal)
    assert place.beside - pairs("core/lms+core/search") == pairs("core/mysql+core/search")
    assert [name for name in place.order if name != "core/search"] == ["core/mysql", "core/lms", "core/cms"]
    assert not Ledger.read(root, "init").interrupted


def test_lines_of_tasks_that_run_at_once_are_told_apart(root: Path) -> None:
    spoken = threading.Event()

    class Listening(Journal):
        def output(self, line: str) -> None:
            super().output(line)
            if "core/lms" in line:
                spoken.set()

    def wait() -> int:
        return 0 if spoken.wait(PATIENCE) else 1

    journal = Listening()
    run_tasks(Tracing({"core/search": wait}), [MYSQL, SEARCH, LMS, CMS], root, journal)
    assert "[3/4] core/lms speaks" in journal.texts("output")
    assert journal.texts("output")[-1] == "core/cms speaks"
    assert journal.texts("title")[:2] == ["[1/4] mysql: core", "[2/4] search: core"]


def test_a_task_of_a_plugin_runs_alone_and_in_its_place(root: Path) -> None:
    place = Tracing()
    run_tasks(place, [MYSQL, GREEDY, SEARCH, LMS, CMS], root, Journal())
    assert place.order[:2] == ["core/mysql", "greedy/lms"]
    assert place.order[-1] == "core/cms"
    assert not any("greedy/lms" in pair for pair in place.beside)


def test_a_place_for_one_task_runs_one_at_a_time_in_order(root: Path) -> None:
    place = Tracing(at_once=1)
    run_tasks(place, [MYSQL, SEARCH, LMS, CMS], root, Journal())
    assert place.order == ["core/mysql", "core/search", "core/lms", "core/cms"]
    assert place.beside == set()


def test_what_ran_beside_a_failure_is_finished_and_is_not_repeated(root: Path) -> None:
    failed = threading.Event()

    def fail() -> int:
        failed.set()
        return 3

    def finish() -> int:
        failed.wait(PATIENCE)
        return 0

    first = Tracing({"core/mysql": fail, "core/search": finish})
    with pytest.raises(TaskError, match="of core failed in service mysql") as caught:
        run_tasks(first, [MYSQL, SEARCH, LMS, CMS], root, Journal())
    assert "tutor local do init --resume" in str(caught.value.hint)
    assert first.order == ["core/mysql", "core/search"]
    again, journal = Tracing(), Journal()
    run_tasks(again, [MYSQL, SEARCH, LMS, CMS], root, journal, resume=True)
    assert again.order == ["core/mysql", "core/lms", "core/cms"]
    assert journal.texts("info") == ["[2/4] search: core, finished before"]


def test_an_interrupted_run_names_each_task_that_ran(root: Path) -> None:
    meet = meeting("core/mysql", "core/search")

    def interrupted(name: str) -> int:
        meet[name]()
        raise KeyboardInterrupt

    place = Tracing({name: lambda name=name: interrupted(name) for name in meet})  # type: ignore[misc]  # bound now
    journal = Journal()
    with pytest.raises(KeyboardInterrupt):
        run_tasks(place, [MYSQL, SEARCH, LMS], root, journal)
    assert [text.partition(";")[0] for text in journal.texts("warn")] == [
        "stopped in [1/3] mysql: core",
        "stopped in [2/3] search: core",
    ]


def test_the_core_knows_its_databases_and_nobody_those_of_plugins(
    root: Path, plugins_root: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from tutor import hooks\nhooks.Filters.CLI_DO_INIT_TASKS.add_item(('lms', 'true'))\n"
    distribution(site, "sidebyside", source, group="tutor.plugin.v1")
    monkeypatch.syspath_prepend(str(site))
    with opened(root, plugins_root, enabled=["sidebyside"]) as project:
        tasks = {task.name: task for task in init_tasks(project)}
    assert tasks["sidebyside/lms"].databases is None
    assert all(tasks["sidebyside/lms"].waits_for(task) for task in tasks.values())
    mysql, lms, search, cms = (tasks[f"core/{name}"] for name in ("mysql", "lms", "lms #2", "cms"))
    assert lms.waits_for(mysql)
    assert cms.waits_for(lms)
    assert cms.waits_for(search)
    assert not search.waits_for(lms)
    assert not search.waits_for(mysql)
