"""Waiting for workloads: when they are there, when they will not be, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tutor.engines import rollout
from tutor.engines.health import Clock
from tutor.engines.kubernetes import Cluster
from tutor.engines.pods import pod_of
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

CLUSTER = Cluster(("kubectl",), "openedx", "openedx-x", Path("/env"))
LABELS = {"app": "lms"}


def _deployment(**status: int) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "lms", "generation": 2},
        "spec": {"replicas": 2, "selector": {"matchLabels": LABELS}},
        "status": {"observedGeneration": 2, **status},
    }


def _pod(name: str = "lms-1", **status: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": name, "labels": LABELS}, "status": status}


def _waiting(reason: str, restarts: int = 0) -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": "says why"}}
    return _pod(containerStatuses=[{"state": state, "restartCount": restarts}], phase="Pending")


def _wait(answers: list[list[dict[str, Any]]], timeout: float = 600.0) -> tuple[Journal, list[float]]:
    """Wait; each look gets the next answer, the last one for ever. The clock goes as fast as it is asked."""
    now = [0.0]

    def answer(call: Call) -> Result:
        if "logs" in call.argv:
            return Result(0, "the end of the log")
        items = answers.pop(0) if len(answers) > 1 else answers[0]
        return Result(0, json.dumps({"items": items}))

    def sleep(seconds: float) -> None:
        now[0] += seconds

    journal = Journal()
    clock = Clock(lambda: now[0], sleep)
    rollout.wait(RecordingRunner(answer), CLUSTER, ["lms"], journal, timeout=timeout, clock=clock)
    return journal, now


DONE = _deployment(replicas=2, updatedReplicas=2, availableReplicas=2)


@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
        {"replicas": 3, "updatedReplicas": 2, "availableReplicas": 2},
        {"replicas": 2, "updatedReplicas": 1, "availableReplicas": 2},
        {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1},
        {},
    ],
)
def test_a_workload_with_old_missing_or_unready_pods_has_not_rolled_out(status: dict[str, int]) -> None:
    assert not rollout.is_rolled_out(_deployment(**status))


def test_workloads_that_have_rolled_out() -> None:
    assert rollout.is_rolled_out(DONE)
    nothing = _deployment()
    nothing["spec"]["replicas"] = 0
    assert rollout.is_rolled_out(nothing)


def test_it_is_told_once_what_is_waited_for() -> None:
    starting = [_deployment(), _waiting("ContainerCreating")]
    journal, _ = _wait([starting, starting, starting, [DONE]])
    assert journal.texts("info") == ["waiting for lms (ContainerCreating)"]


@pytest.mark.parametrize(("reason", "patience"), [("ImagePullBackOff", 60), ("CrashLoopBackOff", 330)])
def test_a_pod_that_will_not_start_ends_the_wait(reason: str, patience: int) -> None:
    with pytest.raises(EngineError) as caught:
        _wait([[_deployment(), _waiting(reason)]])
    assert f"lms is not ready: {reason}: says why" in caught.value.message
    assert caught.value.excerpt == "the end of the log"
    assert "pod lms-1" in str(caught.value.where)
    assert rollout.PATIENCE.get("crashes" if reason.startswith("Crash") else "", 60) == patience


def test_a_pod_that_crashes_again_and_again_ends_it_sooner() -> None:
    answers = [[_deployment(), _waiting("CrashLoopBackOff", restarts=n)] for n in range(7, 12)]
    with pytest.raises(EngineError, match="CrashLoopBackOff"):
        _wait([*answers, [DONE]])


def test_a_pod_that_crashed_a_little_is_waited_for() -> None:
    answers = [[_deployment(), _waiting("CrashLoopBackOff", restarts=n)] for n in range(3)]
    _wait([*answers, [DONE]])


def test_waits_have_an_end() -> None:
    with pytest.raises(EngineError, match="there is no pod of it"):
        _wait([[]], timeout=30)


def test_pods_that_fit_no_node_say_so() -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}
    pod = pod_of(_pod(phase="Pending", conditions=[condition]))
    assert pod.described == "Unschedulable: no node"
    assert pod.hopeless


def test_a_pod_on_its_way_out_is_not_ready() -> None:
    item = _pod(phase="Running", conditions=[{"type": "Ready", "status": "True"}])
    assert pod_of(item).ready
    item["metadata"]["deletionTimestamp"] = "now"
    assert not pod_of(item).ready
