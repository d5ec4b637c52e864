"""Taking a platform from a cluster: what goes, with which data, and what stays because it is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.engines import deploy, ownership
from tutor.engines.kubernetes import INSTANCE, JOB_LABEL, MANAGED_BY
from tutor.engines.manifests import Identity
from tutor.engines.pods import items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Object
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner

#: Kinds of objects that people make in namespaces: those are looked for before a namespace is deleted.
_LOOKED_FOR = (
    *("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods"),
    *("services", "ingresses", "configmaps", "secrets", "persistentvolumeclaims"),
)
#: What Kubernetes itself puts into every namespace.
_BUILT_IN = {("ConfigMap", "kube-root-ca.crt"), ("ConfigMap", "istio-ca-root-cert")}
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 (a type of Secrets)


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal would do.

    Args:
        objects: ours, all of them.
        volumes: of ours, the claims with their sizes: their data goes.
        foreign: what others have put into the namespace.
        namespace: whether the namespace goes as well.
    """

    objects: tuple[Identity, ...]
    volumes: tuple[tuple[str, str], ...]
    foreign: tuple[Identity, ...]
    namespace: bool

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.objects

    def described(self, cluster: Cluster) -> Iterator[str]:
        """Lines that tell what goes and what stays."""
        yield f"From the cluster of {' '.join(cluster.kubectl[1:]) or 'the current context'}:"
        if self.namespace:
            yield f"  the namespace {cluster.namespace} with all that is in it, {len(self.objects)} objects"
        else:
            yield f"  {len(self.objects)} objects in namespace {cluster.namespace}, which itself stays"
        for name, size in self.volumes:
            yield f"  the data of volume {name} ({size})"
        if self.foreign:
            yield f"Not of this platform, and kept: {', '.join(map(str, self.foreign))}"


def plan(runner: Runner, cluster: Cluster, *, keep_namespace: bool) -> Removal:
    """What removing the platform would do.

    Args:
        runner: runs the questions.
        cluster: where it is.
        keep_namespace: leave the namespace, also where it is ours.

    Raises:
        EngineError: the namespace belongs to another platform, or the cluster does not say.
    """
    owned = ownership.read(runner, cluster)
    if owned.namespace == "absent":
        return Removal((), (), (), namespace=False)
    found = items(runner, cluster.command("get", ",".join(_LOOKED_FOR), "--output=json"))
    foreign = tuple(Identity.of(o) for o in found if _is_foreign(o, cluster))
    # Also those that a Deployment of ours has made, or a StatefulSet from a template of claims.
    volumes = [o for o in found if o["kind"] == "PersistentVolumeClaim" and _is_ours(o, cluster)]
    sizes = tuple((str(o["metadata"]["name"]), _size(o)) for o in volumes)
    candidates = sorted({*owned.objects, *map(Identity.of, volumes)} - _namespaces(owned))
    ours = tuple(ownership.ours(runner, cluster, candidates))
    whole = owned.namespace == "ours" and not foreign and not keep_namespace
    return Removal(ours, sizes, foreign, whole)


def remove(runner: Runner, cluster: Cluster, removal: Removal, reporter: Reporter) -> None:
    """Carry out a removal, and wait until all is gone.

    Raises:
        EngineError: the cluster refuses.
    """
    failure = "The platform cannot be deleted"
    rest = [i for i in removal.objects if not (removal.namespace and i.namespace)]
    if removal.namespace:
        name = Identity("", "Namespace", "", cluster.namespace)
        deploy.run(runner, ownership.delete(cluster, [name], wait=True), reporter, failure)
    if rest:
        deploy.run(runner, ownership.delete(cluster, rest, wait=True), reporter, failure)
    if not removal.namespace:
        runner.capture(cluster.delete_labelled(["jobs", "secrets"], f"{JOB_LABEL}=true"))
        last = Identity("", "ConfigMap", cluster.namespace, ownership.INVENTORY)
        deploy.run(runner, ownership.delete(cluster, [last]), reporter, failure)


def _namespaces(owned: ownership.Owned) -> set[Identity]:
    return {i for i in owned.objects if i.kind == "Namespace"}


def _is_ours(item: Object, cluster: Cluster) -> bool:
    labels = item["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) == "tutor" and labels.get(INSTANCE) == cluster.instance


def _is_foreign(item: Object, cluster: Cluster) -> bool:
    metadata = item["metadata"]
    if _is_ours(item, cluster) or metadata.get("ownerReferences"):
        return False
    if item["kind"] == "Secret" and item.get("type") == _TOKEN:
        return False
    return (item["kind"], metadata["name"]) not in _BUILT_IN


def _size(claim: Object) -> str:
    capacity = (claim.get("status") or {}).get("capacity") or claim["spec"]["resources"]["requests"]
    return str(capacity.get("storage") or "?")
