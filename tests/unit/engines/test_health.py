"""Waiting for health: what Compose says is scripted, time is not waited for."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.health import (
    PATIENCE,
    UNHEALTHY_PATIENCE,
    Clock,
    Container,
    containers,
    culprit,
    is_ready,
    unhealthy,
    wait_until_healthy,
)
from tutor.engines.model import Service
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> ComposeProject:
    """A project on an engine that is not called."""
    local = tmp_path / "local"
    local.mkdir()
    for name in ("docker-compose.yml", "docker-compose.prod.yml", "docker-compose.jobs.yml"):
        (local / name).touch()
    return ComposeProject("p", local_files(tmp_path), Engine("docker", ("docker",), ("compose",)))


class Story:
    """What Compose says at each look; the last look repeats. The clock moves only when it is slept."""

    def __init__(self, *looks: dict[str, Any]) -> None:
        self.looks = list(looks)
        self.time = 0.0
        self.log = "the end of the log"
        self.runner = RecordingRunner(self.answer)
        self.clock = Clock(lambda: self.time, self.sleep)
        self.journal = Journal()

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def answer(self, call: Call) -> Result:
        if "logs" in call.argv:
            return Result(0, self.log)
        if "inspect" in call.argv:
            return Result(0, '[{"Output": "first"}, {"Output": "no\\n tables", "ExitCode": 1}]')
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        lines = [json.dumps({"Service": name, "ID": name, **state}) for name, state in look.items()]
        return Result(0, "\n".join(lines))

    def wait(self, project: ComposeProject, *services: Service, timeout: float = 600) -> None:
        wait_until_healthy(self.runner, project, services, self.journal, timeout=timeout, clock=self.clock)


MYSQL = Service("mysql")
REDIS = Service("redis")
PERMISSIONS = Service("permissions", restarts=False)
STARTING = {"State": "running", "Health": "starting"}
HEALTHY = {"State": "running", "Health": "healthy"}
UNHEALTHY = {"State": "running", "Health": "unhealthy"}
UNCHECKED = {"State": "running", "Health": ""}
DONE = {"State": "exited", "ExitCode": 0}
CRASHED = {"State": "exited", "ExitCode": 3}
RESTARTING = {"State": "restarting", "ExitCode": 1}


def test_it_waits_until_all_are_ready_and_tells_what_changes(project: ComposeProject) -> None:
    story = Story(
        {"permissions": {"State": "running"}},
        {"mysql": STARTING, "redis": UNCHECKED, "permissions": DONE},
        {"mysql": STARTING, "redis": UNCHECKED, "permissions": DONE},
        {"mysql": HEALTHY, "redis": UNCHECKED, "permissions": DONE},
    )
    story.wait(project, MYSQL, REDIS, PERMISSIONS)
    assert story.time == pytest.approx(0.6)
    assert story.journal.texts("info") == [
        "waiting for mysql (missing), redis (missing)",
        "waiting for mysql (starting)",
    ]


def test_services_that_are_not_asked_for_do_not_matter(project: ComposeProject) -> None:
    Story({"mysql": HEALTHY, "lms": UNHEALTHY}).wait(project, MYSQL)


def test_a_crashed_service_fails_early_with_the_end_of_its_log(project: ComposeProject) -> None:
    story = Story({"mysql": CRASHED})
    with pytest.raises(EngineError, match="Service mysql is not ready: exited with code 3") as caught:
        story.wait(project, MYSQL)
    assert caught.value.excerpt == "the end of the log"
    assert "tutor local logs" in str(caught.value.hint)
    assert PATIENCE <= story.time < PATIENCE + 1


def test_a_service_that_restarts_for_ever_fails(project: ComposeProject) -> None:
    with pytest.raises(EngineError, match="mysql is not ready: restarting"):
        Story({"mysql": RESTARTING}).wait(project, MYSQL)


def test_a_service_that_starts_again_and_again_fails_soon(project: ComposeProject) -> None:
    """It runs for a moment each time."""
    looks: list[dict[str, Any]] = [{"mysql": STARTING}, {"mysql": RESTARTING}]
    story = Story(*looks * 100)
    with pytest.raises(EngineError, match="mysql is not ready: restarting"):
        story.wait(project, MYSQL)
    assert story.time < PATIENCE


def test_a_restart_is_no_failure(project: ComposeProject) -> None:
    looks = [{"mysql": RESTARTING}] * (int(PATIENCE) - 1) + [{"mysql": STARTING}]
    Story(*looks, *looks, {"mysql": HEALTHY}).wait(project, MYSQL)


def test_an_unhealthy_service_may_recover(project: ComposeProject) -> None:
    looks = [{"mysql": UNHEALTHY}] * (int(UNHEALTHY_PATIENCE) - 1)
    Story(*looks, {"mysql": HEALTHY}).wait(project, MYSQL)


@pytest.mark.parametrize("group", ["local", "dev"])
def test_hints_name_the_group_that_was_called(group: str, project: ComposeProject) -> None:
    mine = dataclasses.replace(project, group=group)
    story = Story({"mysql": UNHEALTHY})
    error = unhealthy(story.runner, mine, "mysql", None)
    assert error.hint == f"tutor {group} logs --tail 100 mysql"


def test_a_service_that_stays_unhealthy_fails_with_what_its_check_says(project: ComposeProject) -> None:
    story = Story({"mysql": UNHEALTHY})
    with pytest.raises(EngineError, match="mysql is not ready: unhealthy") as caught:
        story.wait(project, MYSQL)
    assert UNHEALTHY_PATIENCE <= story.time < UNHEALTHY_PATIENCE + 1
    assert str(caught.value.excerpt).endswith("Its health check says: no tables (exit code 1)")


def test_time_runs_out(project: ComposeProject) -> None:
    story = Story({"mysql": STARTING})
    with pytest.raises(EngineError, match="mysql is not ready: starting"):
        story.wait(project, MYSQL, timeout=70)
    assert 70 <= story.time < 71
    assert len(story.journal.texts("info")) == 3


def test_a_task_that_is_done_is_ready_but_a_service_that_ended_is_not() -> None:
    done = Container("x", "exited", exit_code=0)
    assert is_ready(done, PERMISSIONS)
    assert not is_ready(done, MYSQL)


@pytest.mark.parametrize("form", ["[%s, %s]", "%s\n%s\n"])
def test_both_forms_of_the_list_are_read(project: ComposeProject, form: str) -> None:
    output = form % (
        '{"Service": "a", "State": "Running", "Health": "Healthy", "ExitCode": 0}',
        '{"Service": "b", "State": "exited", "ExitCode": 7}',
    )
    found = containers(RecordingRunner(lambda _: Result(0, output)), project)
    assert found == [Container("a", "running", "healthy"), Container("b", "exited", "", 7)]


def test_the_culprit_is_what_was_never_well() -> None:
    services = [MYSQL, REDIS, PERMISSIONS]
    waiting = Container("redis", "created")
    unwell = Container("mysql", "running", "unhealthy")
    crashed = Container("permissions", "exited", exit_code=1)
    find: Callable[..., Container | None] = culprit
    assert find(services, [waiting, unwell, crashed]) == crashed
    assert find(services, [waiting, unwell]) == unwell
    assert find(services, [waiting]) is None
