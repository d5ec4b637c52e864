"""What on a cluster is ours: an inventory in the namespace, and labels on every object.

Only what stands in the inventory and carries our labels is ever deleted. What others put into the
namespace, and what they put in the place of something that was ours, stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.engines.kubernetes import INSTANCE, MANAGED_BY
from tutor.engines.manifests import Identity
from tutor.engines.pods import items
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Object
    from tutor.engines.run import Runner

#: The ConfigMap that lists what was applied.
INVENTORY = "tutor-inventory"
_KEY = "objects"
#: Kinds whose objects hold data: they are never deleted for not being rendered any more.
DATA = ("PersistentVolumeClaim", "PersistentVolume", "Namespace")


@dataclass(frozen=True, slots=True)
class Owned:
    """What we have on the cluster.

    Args:
        objects: what was applied and not deleted since.
        namespace: ``absent``, ``ours``, or ``foreign``: it was there before us.
    """

    objects: frozenset[Identity]
    namespace: str


def read(runner: Runner, cluster: Cluster) -> Owned:
    """What we have on the cluster.

    Raises:
        EngineError: the namespace belongs to another platform.
    """
    names = [f"namespace/{cluster.namespace}", f"configmap/{INVENTORY}"]
    argv = cluster.command("get", *names, "--ignore-not-found", "--output=json")
    found = {item["kind"]: item for item in items(runner, argv)}
    for item in found.values():
        _check_owner(item, cluster)
    namespace = "absent"
    if "Namespace" in found:
        namespace = "ours" if _labels(found["Namespace"]).get(MANAGED_BY) == "tutor" else "foreign"
    inventory = found.get("ConfigMap", {}).get("data") or {}
    entries = json.loads(inventory.get(_KEY) or "[]")
    return Owned(frozenset(Identity(*entry) for entry in entries), namespace)


def inventory(cluster: Cluster, objects: Iterable[Identity]) -> Object:
    """The inventory as an object to apply."""
    entries = [[i.group, i.kind, i.namespace, i.name] for i in sorted(objects)]
    labels = {MANAGED_BY: "tutor", INSTANCE: cluster.instance, "app.kubernetes.io/part-of": "openedx"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": INVENTORY, "namespace": cluster.namespace, "labels": labels},
        "data": {_KEY: json.dumps(entries)},
    }


def ours(runner: Runner, cluster: Cluster, candidates: Sequence[Identity]) -> list[Identity]:
    """Those of some objects that are there and carry our labels.

    Raises:
        EngineError: the cluster does not say.
    """
    found = []
    for kind in dict.fromkeys((i.kind, i.group) for i in candidates):
        argv = cluster.get([f"{kind[0]}.{kind[1]}" if kind[1] else kind[0]])
        result = runner.capture(argv)
        if result.code:
            if "the server doesn't have a resource type" in result.errors:
                continue
            raise EngineError(
                f"The cluster does not list what is there: {result.reason}",
                where=f"kind {kind[0]}",
                hint="tutor k8s status",
            )
        there = {(o["metadata"].get("namespace") or "", o["metadata"]["name"]) for o in _items(result.output)}
        found += [i for i in candidates if (i.kind, i.group) == kind and (i.namespace, i.name) in there]
    return found


def delete(cluster: Cluster, objects: Iterable[Identity], *, wait: bool = False) -> list[str]:
    """The command that deletes objects; their pods go before the command ends, if it waits."""
    options = ["--cascade=foreground", "--wait", "--timeout=300s"] if wait else ["--wait=false"]
    return cluster.command("delete", "--ignore-not-found", *options, *map(str, objects))


def _items(output: str) -> list[Object]:
    found: list[Object] = json.loads(output).get("items") or []
    return found


def _check_owner(item: Object, cluster: Cluster) -> None:
    labels = _labels(item)
    instance = labels.get(INSTANCE)
    if labels.get(MANAGED_BY) == "tutor" and instance not in (None, cluster.instance):
        raise EngineError(
            f"The namespace {cluster.namespace} belongs to another platform: {instance}",
            where="setting K8S_NAMESPACE",
            hint="tutor config save --set K8S_NAMESPACE=NAME; or delete the other platform from its own root",
        )


def _labels(item: Object) -> dict[str, str]:
    return item["metadata"].get("labels") or {}
