"""Services that start again and again."""

from __future__ import annotations

import json
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tutor.engines.compose import ComposeProject, Files
from tutor.engines.find import Engine
from tutor.engines.report import Journal
from tutor.engines.restarts import RestartWatch
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


def watch(folder: Path, service: str, restarts: Iterator[int], journal: Journal) -> RestartWatch:
    """A watch over LMS and CMS, in a project in which a service has restarted so often at each look."""

    def answer(call: Call) -> Result:
        if "ps" in call.argv:
            return Result(0, "abc\n")
        if "logs" in call.argv:
            return Result(0, "libpython3.11.so.1.0: cannot open shared object file\n")
        labels = {"com.docker.compose.service": service, "com.docker.compose.oneoff": "False"}
        found: dict[str, Any] = {
            "Id": "abc",
            "State": {"Status": "restarting", "ExitCode": 127},
            "Config": {"Labels": labels},
            "RestartCount": next(restarts),
        }
        return Result(0, json.dumps([found]))

    (folder / "a.yml").write_text("services: {}\n")
    project = ComposeProject("school", Files(folder, ("a.yml",), ()), ENGINE)
    return RestartWatch(RecordingRunner(answer), project, ("lms", "cms"), journal, pause=0.001)


def failure(watched: RestartWatch, seconds: float) -> EngineError | None:
    """What is noticed within some seconds."""
    with watched:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                watched.check()
            except EngineError as error:
                return error
            time.sleep(0.001)
    return None


def test_a_service_that_does_not_start_is_noticed(tmp_path: Path) -> None:
    """With the reason, and what was restarted before is not counted."""
    journal = Journal()
    error = failure(watch(tmp_path, "lms", count(40), journal), 10)
    assert error is not None
    assert "lms is not ready: it starts again and again, 43 times by now (exit code 127)" in error.message
    assert "libpython3.11" in (error.excerpt or "")
    assert journal.texts("warn") == ["service lms starts again and again"]


@pytest.mark.parametrize(("service", "restarts"), [("lms", [7]), ("lms", [0, 1, 2]), ("clocks", range(100))])
def test_others_are_left_alone(tmp_path: Path, service: str, restarts: Any) -> None:
    """One that was restarted once, and those of plugins, which may wait for a database in this way."""
    last = list(restarts)[-1]
    found = iter([*restarts, *[last] * 100_000])
    assert failure(watch(tmp_path, service, found, Journal()), 0.2) is None
