"""Pods: what state they are in, and what they printed last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Object
    from tutor.engines.run import Runner

#: Lines of a pod's log that are shown when it fails.
LOG_LINES = 20
#: Reasons for which a container does not start, and will not without somebody's help.
HOPELESS = (
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
)


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod as it is now.

    Args:
        name: its name.
        labels: its labels.
        ready: whether requests are sent to it.
        state: in words, such as ``ImagePullBackOff`` or ``Running``.
        detail: what Kubernetes says about that state.
        exit_code: of its first container, when that has ended.
        restarts: how often its containers were started again.
    """

    name: str
    labels: Mapping[str, str]
    ready: bool
    state: str
    detail: str = ""
    exit_code: int | None = None
    restarts: int = 0

    @property
    def started(self) -> bool:
        """Whether its first container runs, or has run."""
        return self.state == "Running" or self.exit_code is not None

    @property
    def hopeless(self) -> bool:
        """Whether it will not start without somebody's help."""
        return self.state in HOPELESS or self.state in ("Unschedulable", "Failed")

    @property
    def crashes(self) -> bool:
        """Whether it ends again and again, at whatever stage of that it is now."""
        return self.state == "CrashLoopBackOff" or (not self.ready and self.restarts > 0)

    @property
    def described(self) -> str:
        """State in words, with what Kubernetes says about it."""
        return f"{self.state}: {self.detail}" if self.detail else self.state


def pod_of(item: Object) -> Pod:
    """What Kubernetes tells about a pod, in short."""
    metadata, status = item["metadata"], item.get("status") or {}
    conditions = {c["type"]: c for c in status.get("conditions") or ()}
    ready = conditions.get("Ready", {}).get("status") == "True"
    state, detail, exit_code = _state(status, conditions)
    if metadata.get("deletionTimestamp"):
        state, ready = "Terminating", False
    restarts = sum(int(c.get("restartCount") or 0) for c in status.get("containerStatuses") or ())
    name, labels = str(metadata["name"]), metadata.get("labels") or {}
    return Pod(name, labels, ready, state, detail, exit_code, restarts)


def _state(status: Mapping[str, Any], conditions: Mapping[str, Any]) -> tuple[str, str, int | None]:
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") not in (None, "PodInitializing"):
            detail = " ".join(str(waiting.get("message") or "").split())
            return str(waiting["reason"]), detail, None
    containers = status.get("containerStatuses") or ()
    ended = (containers[0].get("state") or {}).get("terminated") if containers else None
    if ended:
        reason = str(ended.get("reason") or "Completed")
        return reason, str(ended.get("message") or "").strip(), int(ended["exitCode"])
    phase = str(status.get("phase") or "Pending")
    if phase == "Pending" and conditions.get("PodScheduled", {}).get("status") == "False":
        scheduled = conditions["PodScheduled"]
        return str(scheduled.get("reason") or phase), str(scheduled.get("message") or ""), None
    return phase, str(status.get("message") or ""), None


def list_pods(runner: Runner, cluster: Cluster, selector: str) -> list[Pod]:
    """Those of our pods that a selector selects, by name.

    Raises:
        EngineError: the cluster does not say.
    """
    return sorted((pod_of(item) for item in items(runner, cluster.get(["pods"], selector))), key=_name)


def items(runner: Runner, argv: Sequence[str]) -> list[Object]:
    """The objects that a command lists as JSON.

    Raises:
        EngineError: it fails.
    """
    result = runner.capture(argv)
    if result.code:
        raise EngineError(
            f"The cluster does not list what is there: {result.reason}",
            where="kubectl get",
            hint="tutor k8s status",
        )
    content: dict[str, Any] = json.loads(result.output) if result.output.strip() else {}
    found: list[Object] = content.get("items", [content] if "kind" in content else [])
    return found


def end_of_log(runner: Runner, cluster: Cluster, pod: Pod) -> str:
    """The last lines that a pod printed; of its container before this one, where that is what crashed."""
    argv = cluster.command("logs", pod.name, f"--tail={LOG_LINES}", "--all-containers")
    result = runner.capture(argv)
    if result.code == 0 and result.output.strip():
        return result.output.strip()
    return runner.capture([*argv, "--previous"]).output.strip()


def _name(pod: Pod) -> str:
    return pod.name
