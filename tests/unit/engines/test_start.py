"""Starting services: what is told, and who is to blame when one does not start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.model import Service
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.engines.start import remove_labelled, run_quietly, start
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from pathlib import Path

PROGRESS = """\
 Network p_default  Creating
 Container p-mysql-1  Creating
 Container p-mysql-1  Created
 Container p-mysql-1  Started
 Container p-mysql-1  Waiting
 Container p-mysql-1  Healthy
 Container p-mysql-1  Healthy
 Container p-lms-1  Recreated
 Container p-lms-1  Started
 Container p-old-1  Removed
 Container p-lms-1  Started
dependency failed to start: container p-mysql-1 is unhealthy"""


@pytest.fixture
def project(tmp_path: Path) -> ComposeProject:
    """A project on an engine that is not called."""
    local = tmp_path / "local"
    local.mkdir()
    for name in ("docker-compose.yml", "docker-compose.prod.yml", "docker-compose.jobs.yml"):
        (local / name).touch()
    return ComposeProject("p", local_files(tmp_path), Engine("docker", ("docker",), ("compose",)))


def test_each_thing_that_was_done_is_told_once(project: ComposeProject) -> None:
    journal = Journal()
    run_quietly(RecordingRunner(lambda _: Result(0, PROGRESS)), project, ["compose", "up"], journal)
    assert journal.texts("output") == [
        "Container p-mysql-1  Started",
        "Container p-lms-1  Recreated",
        "Container p-lms-1  Started",
        "Container p-old-1  Removed",
        "dependency failed to start: container p-mysql-1 is unhealthy",
    ]


UNHEALTHY = """[
    {"Service": "lms", "State": "created"},
    {"Service": "mysql", "State": "running", "Health": "unhealthy"}
]"""
SERVICES = {"mysql": Service("mysql"), "lms": Service("lms")}


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (
            UNHEALTHY,
            "Service mysql is not ready: unhealthy",
        ),
        ("", "The containers do not start: dependency failed"),
    ],
)
def test_a_service_that_does_not_start_is_named(project: ComposeProject, states: str, message: str) -> None:
    def answer(call: Call) -> Result:
        if "up" in call.argv:
            return Result(1, PROGRESS)
        return Result(0, states if "ps" in call.argv else "its log")

    with pytest.raises(EngineError, match=message):
        start(RecordingRunner(answer), project, SERVICES, Journal())


def test_nothing_is_removed_where_nothing_has_the_label(project: ComposeProject) -> None:
    runner = RecordingRunner(lambda _: Result(0, "\n"))
    assert not remove_labelled(runner, project, "tutor.job")
    assert len(runner.calls) == 1
