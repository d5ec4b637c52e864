"""The ledger: what has finished, across processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutor.core.hooks import CORE
from tutor.exceptions import StorageError
from tutor.jobs.ledger import Ledger
from tutor.jobs.tasks import Task

if TYPE_CHECKING:
    from pathlib import Path

TASK = Task("core/mysql", "mysql", "echo 1", CORE)


def test_what_finished_is_known_to_the_next_process(tmp_path: Path) -> None:
    ledger = Ledger.read(tmp_path, "init")
    assert not ledger.interrupted
    ledger.begin(resume=False)
    ledger.finish(TASK)
    again = Ledger.read(tmp_path, "init")
    assert again.interrupted
    assert again.has(TASK)
    assert not again.has(Task("core/mysql", "mysql", "echo 2", CORE))
    assert not Ledger.read(tmp_path, "other").interrupted


def test_only_its_owner_may_read_it_and_it_holds_no_script(tmp_path: Path) -> None:
    ledger = Ledger.read(tmp_path, "init")
    ledger.finish(TASK)
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    assert "echo" not in ledger.path.read_text()
    assert [path.name for path in ledger.path.parent.iterdir()] == ["ledger.json"]


def test_a_new_run_forgets_and_a_resumed_one_does_not(tmp_path: Path) -> None:
    Ledger.read(tmp_path, "init").finish(TASK)
    resumed = Ledger.read(tmp_path, "init")
    resumed.begin(resume=True)
    assert resumed.has(TASK)
    resumed.begin(resume=False)
    assert not Ledger.read(tmp_path, "init").has(TASK)


def test_a_run_that_has_come_to_its_end_leaves_nothing(tmp_path: Path) -> None:
    ledger = Ledger.read(tmp_path, "init")
    ledger.finish(TASK)
    ledger.close()
    ledger.close()
    assert not Ledger.read(tmp_path, "init").interrupted


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"format_version": 1, "job": "init", "finished": 3}', "null"]
)
def test_a_broken_ledger_is_an_empty_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / ".tutor/ledger.json"
    path.parent.mkdir()
    path.write_text(content)
    assert not Ledger.read(tmp_path, "init").interrupted


def test_a_disk_that_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".tutor").write_text("in the way")
    with pytest.raises(StorageError):
        Ledger.read(tmp_path, "init").finish(TASK)
