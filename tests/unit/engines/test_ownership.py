"""What is ours on a cluster: nothing else is ever deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tutor.engines import deploy, ownership, removal
from tutor.engines.kubernetes import Cluster
from tutor.engines.manifests import Identity, Manifests
from tutor.engines.ownership import Owned
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

CLUSTER = Cluster(("kubectl",), "openedx", "openedx-x", Path("/env"))
OURS = {"app.kubernetes.io/managed-by": "tutor", "app.kubernetes.io/instance": "openedx-x"}
LMS = Identity("apps", "Deployment", "openedx", "lms")
REDIS = Identity("apps", "Deployment", "openedx", "myapp-redis")
VOLUME = Identity("", "PersistentVolumeClaim", "openedx", "myapp")
OLD = Identity("", "Secret", "openedx", "settings-1234")


def _object(identity: Identity, labels: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    version = f"{identity.group}/v1" if identity.group else "v1"
    metadata = {"name": identity.name, "namespace": identity.namespace, "labels": labels or {}}
    return {"apiVersion": version, "kind": identity.kind, "metadata": metadata, **more}


class Server:
    """Answers as a cluster on which some objects are."""

    def __init__(self, *there: dict[str, Any]) -> None:
        self.there = there
        self.runner = RecordingRunner(self.answer)

    def answer(self, call: Call) -> Result:
        if "get" not in call.argv:
            return Result(0)
        selected = [o for o in self.there if OURS.items() <= o["metadata"]["labels"].items()]
        wanted = call.argv[call.argv.index("get") + 1].split(".")[0]
        if f"configmap/{ownership.INVENTORY}" in call.argv:
            names = (CLUSTER.namespace, ownership.INVENTORY)
            return Result(0, json.dumps({"items": [o for o in self.there if o["metadata"]["name"] in names]}))
        if not any("--selector" in word for word in call.argv):
            return Result(0, json.dumps({"items": self.there}))
        return Result(0, json.dumps({"items": [o for o in selected if o["kind"] == wanted]}))

    @property
    def deleted(self) -> list[str]:
        """What was asked to be deleted."""
        calls = [c.argv for c in self.runner.calls if "delete" in c.argv]
        return [word for argv in calls for word in argv if "/" in word and not word.startswith("-")]


def _prune(server: Server, owned: set[Identity], kept: tuple[str, ...] = ()) -> Journal:
    journal = Journal()
    deployed = deploy.Deployed(Manifests((_object(LMS),)), Owned(frozenset(owned), "ours"))
    deploy.prune(server.runner, CLUSTER, deployed, journal, kept=kept)
    return journal


def test_what_is_not_rendered_any_more_is_deleted() -> None:
    server = Server(_object(LMS, OURS), _object(REDIS, OURS))
    _prune(server, {LMS, REDIS})
    assert server.deleted == ["deployment.apps/myapp-redis"]


def test_what_somebody_put_in_its_place_stays() -> None:
    server = Server(_object(LMS, OURS), _object(REDIS, {"app.kubernetes.io/managed-by": "Helm"}))
    _prune(server, {LMS, REDIS})
    assert server.deleted == []


def test_what_was_never_noted_stays_whatever_its_labels() -> None:
    server = Server(_object(LMS, OURS), _object(REDIS, OURS))
    _prune(server, {LMS})
    assert server.deleted == []


def test_volumes_are_told_and_kept_and_noted_again() -> None:
    server = Server(_object(VOLUME, OURS))
    journal = _prune(server, {LMS, VOLUME})
    assert server.deleted == []
    assert "persistentvolumeclaim/myapp is not used any more" in journal.texts("warn")[0]
    journal = _prune(server, {LMS, VOLUME})
    assert len(journal.texts("warn")) == 1


def test_what_pods_may_still_read_can_be_kept_for_later() -> None:
    server = Server(_object(OLD, OURS))
    _prune(server, {LMS, OLD}, kept=deploy.HASHED)
    assert server.deleted == []
    assert not [c for c in server.runner.calls if "apply" in c.argv]  # and it stays noted
    _prune(server, {LMS, OLD})
    assert server.deleted == ["secret/settings-1234"]


def _namespace(labels: dict[str, str]) -> dict[str, Any]:
    return _object(Identity("", "Namespace", "", "openedx"), labels)


def test_a_namespace_of_another_platform_is_refused() -> None:
    other = {**OURS, "app.kubernetes.io/instance": "openedx-y"}
    with pytest.raises(EngineError, match="belongs to another platform: openedx-y") as caught:
        ownership.read(Server(_namespace(other)).runner, CLUSTER)
    assert "K8S_NAMESPACE" in str(caught.value.hint)


def test_an_inventory_is_read_as_it_was_written() -> None:
    noted = ownership.inventory(CLUSTER, [LMS, VOLUME])
    found = ownership.read(Server(_namespace({}), noted).runner, CLUSTER)
    assert found == Owned(frozenset({LMS, VOLUME}), "foreign")
    assert ownership.read(Server().runner, CLUSTER) == Owned(frozenset(), "absent")


def test_a_removal_tells_data_and_strangers_and_keeps_the_namespace_for_them() -> None:
    claim = _object(VOLUME, OURS, spec={}, status={"capacity": {"storage": "5Gi"}})
    foreign = _object(Identity("", "ConfigMap", "openedx", "foreign"))
    built_in = _object(Identity("", "ConfigMap", "openedx", "kube-root-ca.crt"))
    server = Server(
        _namespace(OURS), ownership.inventory(CLUSTER, [LMS]), _object(LMS, OURS), claim, foreign, built_in
    )
    found = removal.plan(server.runner, CLUSTER, keep_namespace=False)
    assert found.volumes == (("myapp", "5Gi"),)
    assert [str(i) for i in found.foreign] == ["configmap/foreign"]
    assert not found.namespace
    assert set(found.objects) == {LMS, VOLUME}
    lines = list(found.described(CLUSTER))
    assert "  the data of volume myapp (5Gi)" in lines
    alone = Server(_namespace(OURS), ownership.inventory(CLUSTER, [LMS]), _object(LMS, OURS))
    assert removal.plan(alone.runner, CLUSTER, keep_namespace=False).namespace
    assert not removal.plan(alone.runner, CLUSTER, keep_namespace=True).namespace
