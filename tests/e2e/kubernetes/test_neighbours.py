"""Two platforms from two roots, each in its namespace: neither touches the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.kubernetes.conftest import KubernetesPlatform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.e2e

#: What the small platform has.
SERVICES = {"caddy", "redis", "smtp"}
#: All that a platform consists of.
EVERYTHING = "deployments,services,configmaps,secrets,persistentvolumeclaims,networkpolicies"


def _versions(platform: KubernetesPlatform) -> dict[str, str]:
    """Each object, with what becomes another when it is made anew or described otherwise."""
    found = json.loads(platform.kubectl("get", EVERYTHING, "--output=json"))["items"]
    return {
        f"{o['kind']}/{o['metadata']['name']}": f"{o['metadata']['uid']} {o['metadata'].get('generation')}"
        for o in found
    }


def test_a_namespace_of_another_platform_is_not_touched(k8s: KubernetesPlatform, tmp_path: Path) -> None:
    other = KubernetesPlatform.in_folder(tmp_path, "openedx")
    other.tutor("plugins", "enable", "sandbox")
    before = (other.root / "config.yml").read_bytes()
    for command in (["launch", "-I"], ["delete", "--yes"]):
        assert "The namespace openedx belongs to another platform" in other.tutor("k8s", *command, code=1)
    assert (other.root / "config.yml").read_bytes() == before
    assert "lms" in k8s.pods()


def test_a_platform_beside_another_is_started_stopped_and_deleted_by_itself(
    k8s: KubernetesPlatform, neighbour: KubernetesPlatform
) -> None:
    """Every command on a small one, step by step; none of them touches the other."""
    others, pods = _versions(k8s), k8s.pods()
    out = neighbour.tutor("k8s", "launch", "--dry-run", code=2)
    assert "+ namespace/neighbour: created" in out
    neighbour.kubectl("get", "namespace", "neighbour", code=1)

    neighbour.tutor("k8s", "start")
    _wait_for_all(neighbour)
    first = neighbour.pods()
    assert set(first) == SERVICES
    _look(neighbour, first)
    _scale(neighbour)
    _stop_one_and_reboot(neighbour, first)
    _delete(neighbour, k8s)

    assert (_versions(k8s), k8s.pods()) == (others, pods)
    assert "from myapp" in k8s.page()


def _wait_for_all(platform: KubernetesPlatform) -> None:
    for name in sorted(SERVICES):
        platform.tutor("k8s", "wait", name)


def _look(platform: KubernetesPlatform, pods: Mapping[str, str]) -> None:
    out = platform.tutor("k8s", "status")
    assert all(text in out for text in ("deployment.apps/caddy", f"pod/{pods['redis']}", "service/lms"))
    out = platform.tutor("k8s", "logs", "--tail=5", "redis")
    assert 0 < len(out.splitlines()) <= 5
    out = platform.tutor("k8s", "exec", "redis", "sh", "-c", "echo inside; exit 3", code=3)
    assert out.startswith("inside")


def _scale(platform: KubernetesPlatform) -> None:
    platform.tutor("k8s", "scale", "smtp", "2")
    platform.tutor("k8s", "wait", "smtp")
    assert len(platform.objects("pods", "--selector=app.kubernetes.io/name=smtp")) == 2


def _stop_one_and_reboot(platform: KubernetesPlatform, before: Mapping[str, str]) -> None:
    platform.tutor("k8s", "stop", "redis")
    assert "redis" not in platform.pods()
    assert platform.pods()["caddy"] == before["caddy"]
    assert "redis" in platform.objects("persistentvolumeclaims")
    platform.tutor("k8s", "reboot")
    _wait_for_all(platform)
    after = platform.pods()
    assert set(after) == SERVICES
    assert not set(after.values()) & set(before.values())


def _delete(platform: KubernetesPlatform, other: KubernetesPlatform) -> None:
    platform.kubectl("create", "configmap", "foreign", "--from-literal=a=b")
    theirs = _versions(platform)
    # The other one starts, and looks for what is not rendered any more: not in this namespace.
    other.tutor("k8s", "start")
    assert _versions(platform) == theirs

    out = platform.tutor("k8s", "delete", code=1)
    assert "the data of volume redis (1Gi)" in out
    assert "configmap/foreign" in out
    assert _versions(platform) == theirs
    platform.tutor("k8s", "delete", "--yes")
    assert platform.objects("deployments,persistentvolumeclaims,services") == {}
    assert "foreign" in platform.objects("configmaps")
    assert "there is nothing of this platform" in platform.tutor("k8s", "delete", "--yes")
    platform.kubectl("delete", "namespace", "neighbour", "--wait=false")
