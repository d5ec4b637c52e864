"""Objects of Kubernetes: told apart, and copied for tasks."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from tutor.engines import manifests
from tutor.engines.kubernetes import Cluster
from tutor.engines.manifests import Identity
from tutor.engines.run import RecordingRunner, Result

if TYPE_CHECKING:
    from pathlib import Path

RENDERED = """
apiVersion: v1
kind: Namespace
metadata: {name: openedx}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: lms, namespace: openedx, labels: {app.kubernetes.io/name: lms}}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: lms}}
  template:
    metadata: {labels: {app.kubernetes.io/name: lms, app.kubernetes.io/instance: openedx-x}}
    spec:
      containers:
        - {name: lms, image: i, args: [x], readinessProbe: {tcpSocket: {port: 80}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: lms-job, namespace: openedx, labels: {app.kubernetes.io/component: job}}
spec: {template: {spec: {containers: [{name: lms, image: i, volumeMounts: [{name: v, mountPath: /v}]}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: old-job, namespace: openedx}
spec: {template: {spec: {containers: [{name: old, image: i}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: cleanup, namespace: openedx}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: lms, namespace: openedx}}
"""


def rendered() -> manifests.Manifests:
    """All objects, of which old-job stands in k8s/jobs.yml."""
    return manifests.split(manifests.parse(RENDERED), {"old-job"})


def test_templates_of_jobs_are_told_from_objects() -> None:
    found = rendered()
    assert sorted(found.jobs) == ["lms-job", "old-job"]
    names = [str(Identity.of(o)) for o in found.objects]
    assert names == [
        "namespace/openedx",
        "deployment.apps/lms",
        "job.batch/cleanup",
        "poddisruptionbudget.policy/lms",
    ]
    assert list(found.workloads) == ["lms"]


def test_secrets_are_read_as_the_server_keeps_them(tmp_path: Path) -> None:
    """With the line breaks of kustomize, the server would be told of a change whenever they are applied."""
    (tmp_path / "kustomization.yml").write_text("")
    secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: 'YWJj\n\n  ZGVm', b: ''}}"
    runner = RecordingRunner(lambda call: Result(0, secret))
    (found,) = manifests.read(runner, Cluster(("kubectl",), "openedx", "openedx-x", tmp_path)).objects
    assert found["data"] == {"a": "YWJjZGVm", "b": ""}


def test_workloads_can_be_left_out() -> None:
    kinds = [o["kind"] for o in rendered().without_workloads().objects]
    assert kinds == ["Namespace", "Job", "PodDisruptionBudget"]
    assert list(rendered().without_workloads(["lms"]).workloads) == ["lms"]


def test_what_a_cluster_does_not_serve_is_left_out() -> None:
    served = {"v1": {"Namespace"}, "apps/v1": {"Deployment"}, "batch/v1": {"Job"}, "policy/v1": set[str]()}
    kept, out = manifests.leave_out(rendered(), served)
    assert [o["kind"] for o in out] == ["PodDisruptionBudget"]
    assert len(kept.objects) == 3
    assert kept.jobs.keys() == rendered().jobs.keys()


def test_a_task_is_a_copy_of_its_template_and_its_script_is_in_a_secret() -> None:
    template = rendered().jobs["lms-job"]
    job, secret = manifests.task(template, "1234", manifests.SHELL, "echo PASSWORD=hidden")
    assert job["metadata"]["name"] == "lms-job-1234"
    assert job["metadata"]["labels"]["tutor.job"] == "true"
    assert secret is not None
    assert secret["stringData"] == {"script": "echo PASSWORD=hidden"}
    assert "hidden" not in str(job)
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert [m["mountPath"] for m in pod["containers"][0]["volumeMounts"]] == ["/v", "/tutor-task"]
    assert pod["volumes"][-1]["secret"]["secretName"] == "lms-job-1234"
    assert job["spec"]["backoffLimit"] == 0
    assert "volumes" not in template["spec"]["template"]["spec"]  # it can be copied again


def test_a_long_name_stays_a_name() -> None:
    template = {"metadata": {"name": "x" * 80}, "spec": {"template": {"spec": {"containers": [{}]}}}}
    job, secret = manifests.task(template, "12345678", ["sleep"])
    assert len(job["metadata"]["name"]) == 63
    assert job["metadata"]["name"].endswith("-12345678")
    assert secret is None


def test_a_workload_can_run_a_task_without_being_sent_requests() -> None:
    template = manifests.from_workload(rendered().workloads["lms"])
    job, _ = manifests.task(template, "1234", ["sh"], "true")
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels == {"app.kubernetes.io/instance": "openedx-x", "tutor.job": "true"}
    container: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    assert "args" not in container
    assert "readinessProbe" not in container


def _shell(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    (folder / "script").write_text(script)
    command = [word.replace(manifests.SCRIPT_FOLDER, str(folder)) for word in manifests.SHELL]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)


def test_the_shell_of_tasks_stops_at_the_first_failure(tmp_path: Path) -> None:
    done = _shell(tmp_path, "echo one\nfalse\necho two\n")
    assert (done.returncode, done.stdout) == (1, "one\n")
    assert _shell(tmp_path, "exit 7").returncode == 7
    assert _shell(tmp_path, "cat\nread line || echo nothing").stdout == "nothing\n"
    text = "'\"$HOME`\\ " * 20_000
    assert _shell(tmp_path, f"cat <<'X'\n{text}\nX\n").stdout == text + "\n"
