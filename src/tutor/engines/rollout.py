"""Waiting until workloads run what was applied; saying which pod keeps one from it, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.engines.health import REMINDER, Clock
from tutor.engines.manifests import WORKLOADS, Object
from tutor.engines.pods import Pod, end_of_log, items, pod_of
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner

#: Seconds between two looks.
PAUSE = 1.5
#: Seconds that a pod may be in a state from which it does not come without help. For one that fits no node,
#: the cluster may grow; one that has crashed is tried again after five minutes at the latest.
PATIENCE = {"Unschedulable": 300.0, "crashes": 330.0}
PATIENCE_OTHERWISE = 60.0
#: Restarts that are watched before a pod that crashes counts as failed: what it needs may come up meanwhile.
RESTARTS = 4


def is_rolled_out(workload: Object) -> bool:
    """Whether all pods of a workload are new ones, and ready.

    Fields: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/
    """
    metadata, spec, status = workload["metadata"], workload["spec"], workload.get("status") or {}
    if int(status.get("observedGeneration") or 0) < int(metadata.get("generation") or 0):
        return False
    kind = workload["kind"]
    if kind == "DaemonSet":
        wanted, updated = status.get("desiredNumberScheduled"), status.get("updatedNumberScheduled")
        return (wanted or 0) == (updated or 0) == (status.get("numberReady") or 0)
    wanted = spec.get("replicas", 1)
    ready = status.get("availableReplicas" if kind == "Deployment" else "readyReplicas") or 0
    updated = status.get("updatedReplicas") or 0
    if kind == "StatefulSet" and status.get("currentRevision") == status.get("updateRevision"):
        updated = status.get("currentReplicas") or 0
    return bool(ready == wanted == updated and (status.get("replicas") or 0) == wanted)


def wait(
    runner: Runner,
    cluster: Cluster,
    names: Collection[str],
    reporter: Reporter,
    *,
    timeout: float,
    clock: Clock | None = None,
) -> None:
    """Wait until workloads have rolled out.

    Args:
        runner: runs the questions.
        cluster: where they are.
        names: of the workloads.
        reporter: told what is still waited for, whenever that changes.
        timeout: seconds.
        clock: the time.

    Raises:
        EngineError: one has not in time, or a pod of it cannot; with the end of its log.
    """
    clock = clock or Clock()
    deadline = clock.now() + timeout
    watch = _Watch()
    while True:
        now = clock.now()
        found = items(runner, cluster.get([*map(str.lower, WORKLOADS), "pod"]))
        workloads = {o["metadata"]["name"]: o for o in found if o["kind"] in WORKLOADS}
        pods = [pod_of(o) for o in found if o["kind"] == "Pod"]
        waiting = [n for n in names if n not in workloads or not is_rolled_out(workloads[n])]
        if not waiting:
            return
        by_name = {n: _pods_of(workloads.get(n), pods) for n in waiting}
        watch.tell(by_name, now, reporter)
        failed = watch.failed(by_name, now)
        if failed is not None:
            raise not_ready(runner, cluster, *failed)
        if now >= deadline:
            raise not_ready(runner, cluster, waiting[0], _worst(by_name[waiting[0]]))
        clock.sleep(PAUSE)


@dataclass(slots=True)
class _Watch:
    """What was seen so far while waiting."""

    since: dict[tuple[str, str], float] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    told: str = ""
    told_at: float = 0.0

    def tell(self, pods: Mapping[str, Collection[Pod]], now: float, reporter: Reporter) -> None:
        """Tell what is waited for, when it has changed or was not said for long."""
        states = {name: _worst(found) for name, found in pods.items()}
        text = ", ".join(f"{name} ({_trouble(pod)})" if pod else f"{name}" for name, pod in states.items())
        if text != self.told or now - self.told_at >= REMINDER:
            reporter.info(f"waiting for {text}")
            self.told, self.told_at = text, now

    def failed(self, pods: Mapping[str, Collection[Pod]], now: float) -> tuple[str, Pod] | None:
        """A workload with a pod that was in trouble for too long."""
        troubled = {}
        for name, found in pods.items():
            for pod in found:
                seen = self.restarts.setdefault(pod.name, pod.restarts)
                if pod.hopeless or pod.crashes:
                    troubled[name, _trouble(pod)] = (name, pod)
                if pod.crashes and pod.restarts - seen >= RESTARTS:
                    return name, pod
        self.since = {key: self.since.get(key, now) for key in troubled}
        for key, since in self.since.items():
            if now - since >= PATIENCE.get(key[1], PATIENCE_OTHERWISE):
                return troubled[key]
        return None


def _trouble(pod: Pod) -> str:
    return "crashes" if pod.crashes else pod.state


def not_ready(runner: Runner, cluster: Cluster, name: str, pod: Pod | None) -> EngineError:
    """The error about a workload that does not become ready."""
    if pod is None:
        return EngineError(
            f"{name} is not ready: there is no pod of it",
            where=f"namespace {cluster.namespace}",
            hint=f"kubectl --namespace {cluster.namespace} get events",
        )
    log = end_of_log(runner, cluster, pod) or "(it has printed nothing)"
    return EngineError(
        f"{name} is not ready: {pod.described}",
        where=f"pod {pod.name} in namespace {cluster.namespace}; the end of its log follows",
        excerpt=log,
        hint=f"tutor k8s logs --tail=100 {name}",
    )


def _pods_of(workload: Object | None, pods: Collection[Pod]) -> list[Pod]:
    wanted: dict[str, Any] = ((workload or {}).get("spec") or {}).get("selector", {}).get("matchLabels") or {}
    if not wanted:
        return []
    return [pod for pod in pods if wanted.items() <= pod.labels.items()]


def _worst(pods: Collection[Pod]) -> Pod | None:
    """The pod that most likely keeps a workload from being ready."""
    ordered = sorted(pods, key=lambda pod: (not pod.hopeless, pod.ready, pod.state == "Terminating"))
    return ordered[0] if ordered else None
