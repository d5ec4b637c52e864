"""Reading what the server says would change."""

from __future__ import annotations

from typing import Any

from tutor.engines.difference import Difference, changed_objects
from tutor.engines.manifests import Identity, Manifests
from tutor.plan.kubernetes import service_changes
from tutor.plan.sides import SIDES, side

LINES = """\
diff -u -N /tmp/LIVE-1/apps.v1.Deployment.openedx.lms /tmp/MERGED-2/apps.v1.Deployment.openedx.lms
--- /tmp/LIVE-1/apps.v1.Deployment.openedx.lms
+++ /tmp/MERGED-2/apps.v1.Deployment.openedx.lms
@@ -1,3 +1,3 @@
-  a: 1
+  a: 2
diff -u -N /tmp/LIVE-1/v1.Service.openedx.lms /tmp/MERGED-2/v1.Service.openedx.lms
@@ -9 +9 @@
diff -u -N /tmp/LIVE-1/v1.Secret.openedx.settings-1 /tmp/MERGED-2/v1.Secret.openedx.settings-1
@@ -0,0 +1,9 @@
diff -u -N /tmp/LIVE-1/v1.Secret.openedx.unknown /tmp/MERGED-2/v1.Secret.openedx.unknown
""".splitlines()


def _object(version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "openedx"}}


OBJECTS = (
    _object("apps/v1", "Deployment", "lms"),
    _object("v1", "Service", "lms"),
    _object("v1", "Secret", "settings-1"),
    _object("v1", "Service", "cms"),
)


def test_objects_are_known_by_the_names_of_files() -> None:
    found = changed_objects(LINES, OBJECTS)
    assert {str(identity): new for identity, new in found.items()} == {
        "deployment.apps/lms": False,
        "service/lms": False,
        "secret/settings-1": True,
    }


def test_a_plan_tells_what_is_replaced_changed_made_and_removed() -> None:
    gone = Identity("apps", "Deployment", "openedx", "myapp")
    found = service_changes(Difference(tuple(LINES), deleted=(gone,)), Manifests(OBJECTS))
    assert [(change.name, change.action) for change in found] == [
        ("deployment.apps/lms", "recreated"),
        ("service/lms", "changed"),
        ("secret/settings-1", "created"),
        ("deployment.apps/myapp", "removed"),
    ]


def test_all_ways_to_run_the_platform_can_be_planned_and_applied() -> None:
    from tutor.commands.applying import APPLIERS, CHECKS

    assert {side(name).name for name in SIDES} == SIDES.keys() == APPLIERS.keys() == CHECKS.keys()
