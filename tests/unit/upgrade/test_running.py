"""Running an upgrade: in order, stopped at a failure, resumed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tutor.engines.report import Journal
from tutor.engines.run import Result
from tutor.exceptions import TaskError
from tutor.jobs.ledger import Ledger
from tutor.upgrade.run import Upgrade, prepare, run
from tutor.upgrade.steps import Step

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.jobs.tasks import Task

AGAIN = "tutor local upgrade --from=ulmo --resume"


def _step(name: str, *services: str) -> Step:
    return Step(
        name,
        f"Do {name}",
        "Because.",
        "x",
        "ulmo",
        lambda _: [(service, f"{name} in {service}") for service in services],
    )


STEPS = (_step("first", "mysql"), _step("needless"), _step("second", "lms", "cms"), _step("third", "cms"))


class Engine:
    """Runs tasks, except for one that fails."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.ran: list[str] = []

    def __call__(self, task: Task) -> Result:
        self.ran.append(task.script)
        return Result(3, "much\nthe reason") if task.script == self.broken else Result(0)


def _prepared(root: Path) -> Upgrade:
    project: Any = SimpleNamespace(root=root)
    return prepare(project, "ulmo", STEPS)


def test_all_steps_in_order(root: Path) -> None:
    engine, journal = Engine(), Journal()
    run(_prepared(root), engine, journal, resume=False, command=AGAIN)
    assert engine.ran == ["first in mysql", "second in lms", "second in cms", "third in cms"]
    assert journal.texts("title") == ["[1/3] Do first", "[2/3] Do second", "[3/3] Do third"]
    assert not _prepared(root).interrupted


def test_resumed_after_a_failure(root: Path) -> None:
    with pytest.raises(TaskError) as caught:
        run(_prepared(root), Engine("second in cms"), Journal(), resume=False, command=AGAIN)
    assert "Do second" in caught.value.message
    assert "the reason" in str(caught.value.excerpt)
    assert AGAIN in str(caught.value.hint)
    half = _prepared(root)
    assert half.interrupted
    assert [half.is_done(step) for step, _ in half.steps] == [True, False, False]
    engine = Engine()
    run(half, engine, Journal(), resume=True, command=AGAIN)
    assert engine.ran == ["second in cms", "third in cms"]


def test_from_the_beginning_unless_it_is_resumed(root: Path) -> None:
    with pytest.raises(TaskError):
        run(_prepared(root), Engine("third in cms"), Journal(), resume=False, command=AGAIN)
    engine = Engine()
    run(_prepared(root), engine, Journal(), resume=False, command=AGAIN)
    assert engine.ran[0] == "first in mysql"


def test_stopped_by_hand(root: Path) -> None:
    def stop(_: Task) -> Result:
        raise KeyboardInterrupt

    journal = Journal()
    with pytest.raises(KeyboardInterrupt):
        run(_prepared(root), stop, journal, resume=False, command=AGAIN)
    assert journal.texts("warn") == [f"stopped in first/mysql #1; to go on from here: {AGAIN}"]


def test_init_and_upgrades_do_not_know_of_each_other(root: Path) -> None:
    """Each can be cut off while the other is."""
    Ledger.read(root, "init").begin(resume=False)
    with pytest.raises(TaskError):
        run(_prepared(root), Engine("third in cms"), Journal(), resume=False, command=AGAIN)
    assert Ledger.read(root, "init").interrupted
    assert _prepared(root).interrupted
    project: Any = SimpleNamespace(root=root)
    assert not prepare(project, "teak", STEPS).interrupted
