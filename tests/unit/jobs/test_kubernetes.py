"""Tasks in pods: what is sent to the cluster, how long a pod is waited for, and what is said when it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tutor.core.hooks import CORE, Layer, Origin
from tutor.engines.health import Clock
from tutor.engines.kubernetes import Cluster
from tutor.engines.manifests import Manifests
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError, TaskError
from tutor.jobs.kubernetes import PATIENCE, START_TIMEOUT, KubernetesPlace
from tutor.jobs.tasks import Task

CLUSTER = Cluster(("kubectl",), "openedx", "openedx-x", Path("/env"))
UID = "0b7bdd3c-54a6-4ddf-8b4e-0c3f0b1c0a11"
PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "fragile", "2.0", "/site/fragile/hooks/lms/init", 1)
TASK = Task("fragile/lms", "lms", "echo PASSWORD=hidden", PLUGIN)


def _template(kind: str, name: str) -> dict[str, Any]:
    pod = {"containers": [{"name": "lms", "image": "i"}]}
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": "openedx"},
        "spec": {"template": {"spec": pod}},
    }


def _pod(name: str, state: dict[str, Any] | None = None, phase: str = "Pending") -> dict[str, Any]:
    containers = [{"state": state}] if state else []
    return {"metadata": {"name": name}, "status": {"phase": phase, "containerStatuses": containers}}


def _waiting(reason: str) -> dict[str, Any]:
    return _pod("lms-job-1", {"waiting": {"reason": reason, "message": "says why"}})


def _ended(code: int) -> dict[str, Any]:
    return _pod("lms-job-1", {"terminated": {"exitCode": code}}, "Succeeded")


RUNNING = _pod("lms-job-1", {"running": {}}, "Running")


class Server:
    """Answers as a cluster; each look at pods gets the next answer, the last one for ever."""

    def __init__(self, *pods: list[dict[str, Any]], logs: tuple[str, ...] = ("",)) -> None:
        self.pods = list(pods)
        self.logs = list(logs)
        self.runner = RecordingRunner(self.answer)
        self.journal = Journal()
        self.now = 0.0
        manifests = Manifests((_template("Deployment", "search"),), {"lms-job": _template("Job", "lms-job")})
        clock = Clock(lambda: self.now, self.sleep)
        self.place = KubernetesPlace(self.runner, CLUSTER, manifests, self.journal, lambda: None, clock)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def answer(self, call: Call) -> Result:
        if "logs" in call.argv:
            return Result(0, self.logs.pop(0) if len(self.logs) > 1 else self.logs[0])
        if "create" in call.argv:
            return Result(0, f"Warning: of the server\n{UID}")
        if "get" in call.argv:
            items = self.pods.pop(0) if len(self.pods) > 1 else self.pods[0]
            return Result(0, json.dumps({"items": items}))
        return Result(0)

    def run(self) -> Result:
        """Run the task."""
        self.lines: list[str] = []
        return self.place.run(TASK, self.lines.append)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The objects that were created."""
        return [json.loads(call.stdin or "") for call in self.runner.calls if "create" in call.argv]

    @property
    def deletions(self) -> int:
        """How often what is left of tasks was deleted."""
        return sum("delete" in call.argv for call in self.runner.calls)


def test_a_task_runs_and_nothing_is_left_of_it() -> None:
    server = Server([], [RUNNING], [_ended(0)], logs=("one\ntwo",))
    assert server.run().code == 0
    assert server.lines == ["one", "two"]
    assert server.deletions == 1
    assert server.place.where(TASK) == "pod lms-job-1 in namespace openedx"


def test_the_script_is_in_a_secret_that_goes_with_the_job() -> None:
    server = Server([_ended(0)])
    server.run()
    job, secret = server.sent
    assert "hidden" not in json.dumps(job)
    assert not any("hidden" in word for call in server.runner.calls for word in call.argv)
    assert "hidden" in secret["stringData"]["script"]
    (owner,) = secret["metadata"]["ownerReferences"]
    assert (owner["name"], owner["uid"]) == (job["metadata"]["name"], UID)


def test_a_task_that_fails_tells_its_exit_code_and_the_end_of_what_it_printed() -> None:
    server = Server([RUNNING], [_ended(3)], logs=("\n".join(map(str, range(1000))) + "\nthe reason",))
    result = server.run()
    assert result.code == 3
    assert result.output.endswith("the reason")
    assert len(result.output.splitlines()) < 500
    assert server.deletions == 1


def test_a_log_that_breaks_off_is_taken_up_where_it_broke() -> None:
    server = Server([RUNNING], [RUNNING], [_ended(0)], logs=("one", "two"))
    assert server.run().code == 0
    assert server.lines == ["one", "two"]
    logs = [call.argv for call in server.runner.calls if "logs" in call.argv]
    assert ["--since=1s" in argv for argv in logs] == [False, True]


@pytest.mark.parametrize(
    "after", [[], [{**RUNNING, "metadata": {"name": "lms-job-1", "deletionTimestamp": "x"}}]]
)
def test_a_pod_that_is_taken_away_ends_its_task(after: list[dict[str, Any]]) -> None:
    """By an eviction, a node that dies, or somebody's hand."""
    result = Server([RUNNING], after).run()
    assert result.code == 137
    assert "the pod was ended from outside" in result.output


@pytest.mark.parametrize(
    ("pods", "limit"),
    [
        # Not long where it cannot start without help, a quarter of an hour where it may.
        ([_waiting("ImagePullBackOff")], PATIENCE),
        ([_pod("lms-job-1")], START_TIMEOUT),
        ([], START_TIMEOUT),
    ],
)
def test_a_pod_that_does_not_start_is_not_waited_for_for_ever(
    pods: list[dict[str, Any]], limit: float
) -> None:
    server = Server(pods)
    with pytest.raises(EngineError, match="does not start"):
        server.run()
    assert limit <= server.now < limit + 2
    assert server.deletions == 1


def test_a_pod_that_does_not_start_is_told_with_the_reason() -> None:
    server = Server([_waiting("ImagePullBackOff")])
    with pytest.raises(EngineError, match="The pod lms-job-1 does not start: ImagePullBackOff: says why"):
        server.run()
    assert server.journal.texts("info") == ["waiting for pod lms-job-1: ImagePullBackOff: says why"]


def test_trouble_that_passes_is_waited_for() -> None:
    server = Server(*[[_waiting("ErrImagePull")]] * 20, [RUNNING], [_ended(0)])
    assert server.run().code == 0


def test_a_task_without_a_template_runs_in_a_copy_of_its_service() -> None:
    """A plugin's; the core has a template for each of its own."""
    server = Server([_ended(0)])
    (task,) = server.place.resolve([Task("p/search", "search", "true", PLUGIN)])
    server.place.run(task, print)
    assert server.sent[0]["metadata"]["name"].startswith("search-")
    for unknown in (Task("p/other", "other", "true", PLUGIN), Task("core/search", "search", "true", CORE)):
        with pytest.raises(TaskError):
            server.place.resolve([unknown])


def test_a_job_that_the_cluster_refuses_is_named() -> None:
    server = Server([])
    server.runner.answer = lambda call: Result(1, "", "jobs is forbidden")
    with pytest.raises(EngineError, match=r"The job lms-job-[0-9a-f]{8} cannot be created"):
        server.run()
