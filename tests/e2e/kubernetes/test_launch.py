"""From nothing to a platform that answers, and from a change to what it changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.kubernetes.conftest import KubernetesPlatform

pytestmark = pytest.mark.e2e


def test_the_page_comes_through_the_web_server(k8s: KubernetesPlatform) -> None:
    assert "from myapp" in k8s.page()


def test_both_tasks_of_the_plugin_have_written_their_rows_in_order(k8s: KubernetesPlatform) -> None:
    rows = k8s.query("SELECT service FROM myapp_events ORDER BY id")
    assert rows[:2] == [["mysql"], ["lms"]]
    assert k8s.left_of_tasks() == []


def test_launch_tells_once_what_the_cluster_does_not_serve(k8s: KubernetesPlatform) -> None:
    told = (k8s.root.parent / "first-launch.txt").read_text()
    assert told.count("this cluster does not serve it: PodDisruptionBudget (policy/v1)") == 1


def test_nothing_changes_where_nothing_has_changed(k8s: KubernetesPlatform) -> None:
    """By the server's own word, before and after."""
    before = k8s.pods()
    k8s.tutor("k8s", "launch", "--dry-run", code=0)
    out = k8s.tutor("k8s", "start")
    assert not [word for word in ("created", "configured", "deleted") if word in out], out
    assert k8s.pods() == before


def test_a_changed_setting_rolls_only_what_uses_it(k8s: KubernetesPlatform) -> None:
    """As the plan says that was kept in a file, applied as it is."""
    before = k8s.pods()
    k8s.tutor("config", "save", "--set", "MYAPP_GREETING=Changed, from myapp")
    out = k8s.tutor("k8s", "launch", "--dry-run", code=2)
    assert "apps/openedx/settings/lms/production.py" in out
    assert "deployment.apps/lms: recreated" in out
    assert "openedx-settings-lms-" in out.partition("Objects, by the server's own comparison")[2]
    kept = str(k8s.root.parent / "plan.json")
    plan = json.loads(k8s.tutor("plan", "--on", "k8s", "--json", "-o", kept, code=2))
    using = {"lms", "cms", "lms-worker", "cms-worker"}
    recreated = {c["name"] for c in plan["services"] if c["action"] == "recreated"}
    assert recreated == {f"deployment.apps/{name}" for name in using}
    assert k8s.pods() == before
    k8s.tutor("apply", kept, timeout=600)
    after = k8s.pods()
    assert {name for name in after if after[name] != before[name]} == using
    assert "Changed, from myapp" in k8s.page()
    settings = [name for name in k8s.objects("secrets") if name.startswith("openedx-settings-lms")]
    assert len(settings) == 1
    assert k8s.tutor("apply", "--on", "k8s", "--yes").strip().endswith("as they should be.")


def test_a_disabled_plugin_takes_its_objects_along_and_nothing_else(k8s: KubernetesPlatform) -> None:
    k8s.kubectl("create", "configmap", "foreign", "--from-literal=a=b")
    assert "myapp-redis" in k8s.objects("deployments")
    k8s.tutor("plugins", "disable", "myapp")
    out = k8s.tutor("k8s", "start")
    assert "deployment.apps/myapp-redis" in out
    assert "myapp-redis" not in k8s.objects("deployments")
    assert "myapp-redis" not in k8s.objects("services")
    assert "foreign" in k8s.objects("configmaps")
    assert "lms" in k8s.objects("deployments")
    k8s.tutor("plugins", "enable", "myapp")
    k8s.tutor("k8s", "start")
    k8s.tutor("k8s", "wait", "myapp-redis")
    k8s.kubectl("delete", "configmap", "foreign")
