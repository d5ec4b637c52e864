"""Pods that are killed, replaced, or do not start."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import HOST

if TYPE_CHECKING:
    from tests.e2e.kubernetes.conftest import KubernetesPlatform

pytestmark = pytest.mark.e2e

#: Seconds of load, and the least number of answers in that time that makes it one.
LOAD_SECONDS, LEAST_ANSWERS = 20, 50


def test_a_killed_pod_comes_back_without_a_lost_row(k8s: KubernetesPlatform) -> None:
    k8s.query("CREATE TABLE kept (id INT PRIMARY KEY)")
    k8s.query("INSERT INTO kept VALUES (1), (2), (3)")
    before = k8s.pods()["mysql"]
    k8s.kubectl("delete", "pod", before, "--grace-period=0", "--force")
    k8s.tutor("k8s", "wait", "mysql")
    assert k8s.pods()["mysql"] != before
    assert k8s.query("SELECT COUNT(*) FROM kept") == [["3"]]
    k8s.query("DROP TABLE kept")


def test_no_request_fails_while_pods_are_replaced(k8s: KubernetesPlatform) -> None:
    k8s.tutor("config", "save", "--set", "K8S_LMS_REPLICAS=2")
    k8s.tutor("k8s", "start")
    k8s.tutor("k8s", "wait", "lms")
    load = ["wrk", "--threads=1", "--connections=2", f"--duration={LOAD_SECONDS}s", "--timeout=10s"]
    with subprocess.Popen(
        [*load, "--header", f"Host: {HOST}", f"http://{k8s.entrance}/"], stdout=subprocess.PIPE, text=True
    ) as process:
        k8s.kubectl("rollout", "restart", "deployment/lms")
        k8s.tutor("k8s", "wait", "lms")
        out, _ = process.communicate(timeout=LOAD_SECONDS + 30)
    assert "Non-2xx" not in out, out
    assert "Socket errors" not in out, out
    answers = next(int(line.split()[0]) for line in out.splitlines() if "requests in" in line)
    assert answers >= LEAST_ANSWERS, out
    k8s.tutor("config", "save", "--unset", "K8S_LMS_REPLICAS")
    k8s.tutor("k8s", "start")


def test_two_pods_may_not_write_to_one_volume(k8s: KubernetesPlatform) -> None:
    out = k8s.tutor("k8s", "scale", "mysql", "2", code=1)
    assert "mysql cannot run in several pods" in out


def test_a_pod_that_cannot_start_is_named(k8s: KubernetesPlatform) -> None:
    """A wait has an end, and says which pod, and why."""
    k8s.kubectl("set", "image", "deployment/smtp", "smtp=tutor-sandbox/nothing:none")
    out = k8s.tutor("k8s", "wait", "--timeout=5", "smtp", code=1)
    assert "smtp is not ready" in out
    assert "Err" in out or "ImagePullBackOff" in out
    assert "where: pod smtp-" in out
    k8s.tutor("k8s", "start", "smtp")
    k8s.tutor("k8s", "wait", "smtp")
