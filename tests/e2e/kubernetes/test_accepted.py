"""The API server takes the objects of every variant of the platform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.manifests import VARIANTS, WITH_CONSUMER, build, render, write
from tutor.engines import kubectl, manifests
from tutor.engines.kubectl import find_kubectl
from tutor.engines.run import ProcessRunner

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.kubernetes.conftest import KubernetesPlatform

pytestmark = pytest.mark.e2e

#: What a cluster of 1.20 serves under another version, with the same fields.
OLDER = {"autoscaling/v2": "autoscaling/v2beta2"}
#: What it does not serve: its schemas are checked by the unit tests.
UNKNOWN = {"PodDisruptionBudget", "HTTPRoute"}


def test_the_server_accepts_the_objects_of_every_variant(
    k8s: KubernetesPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a dry run of the server, with all that it checks and fills in; templates of jobs included."""
    found: dict[str, dict[str, Any]] = {}
    for number, settings in enumerate(VARIANTS.values()):
        folder = tmp_path / str(number)
        write(render({**settings, "K8S_NAMESPACE": "variants"}, WITH_CONSUMER), folder)
        done = build(find_kubectl(), folder)
        assert done.returncode == 0, done.stderr
        for item in manifests.parse(done.stdout):
            item["apiVersion"] = OLDER.get(item["apiVersion"], item["apiVersion"])
            found[json.dumps(item)] = item
    monkeypatch.setenv("KUBECONFIG", k8s.variables()["KUBECONFIG"])
    versions = {item["apiVersion"] for item in found.values()}
    served = kubectl.served_kinds(ProcessRunner(), (find_kubectl(),), versions)
    known, unknown = manifests.leave_out(manifests.Manifests(tuple(found.values())), served)
    assert {item["kind"] for item in unknown} == UNKNOWN
    kinds = {"Deployment", "Job", "NetworkPolicy", "HorizontalPodAutoscaler", "Ingress", "Secret"}
    assert kinds < {item["kind"] for item in known.objects}
    k8s.kubectl("create", "namespace", "variants")
    try:
        text = manifests.serialized(known.objects)
        k8s.kubectl("apply", "--dry-run=server", "--filename=-", "--namespace=variants", stdin=text)
    finally:
        k8s.kubectl("delete", "namespace", "variants", "--wait=false")
