"""Objects of Kubernetes as data: read from what kustomize prints, told apart, turned into tasks' jobs."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING, Any

from tutor.engines.kubernetes import JOB_LABEL, NAME
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.run import Runner

Object = dict[str, Any]

#: Kinds that keep pods running.
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
#: Where a task finds its script.
SCRIPT_FOLDER = "/tutor-task"
SCRIPT_KEY = "script"
#: Runs a script. What it reads is empty, and its first failure ends it.
SHELL = ("sh", "-c", f'exec </dev/null; set -e; eval "$(cat {SCRIPT_FOLDER}/{SCRIPT_KEY})"')
#: Seconds after which Kubernetes ends a task, also where nobody waits for it any more.
TASK_DEADLINE = 6 * 3600
#: Names are at most so long.
LONGEST = 63


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What tells an object from all others. ``group`` is its API group, without the version."""

    group: str
    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, item: Object) -> Identity:
        """The identity of an object."""
        group, slash, _ = str(item["apiVersion"]).rpartition("/")
        metadata = item["metadata"]
        return cls(
            group if slash else "",
            str(item["kind"]),
            str(metadata.get("namespace") or ""),
            str(metadata["name"]),
        )

    def __str__(self) -> str:
        """As kubectl names it."""
        kind = self.kind.lower() + (f".{self.group}" if self.group else "")
        return f"{kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Manifests:
    """What an environment describes.

    Args:
        objects: those that exist all the time, in the order in which they are created.
        jobs: templates of jobs, by name: a task is a copy of one.
    """

    objects: tuple[Object, ...]
    jobs: Mapping[str, Object] = field(default_factory=dict)

    @property
    def workloads(self) -> dict[str, Object]:
        """What keeps pods running, by name."""
        return {str(o["metadata"]["name"]): o for o in self.objects if o["kind"] in WORKLOADS}

    def without_workloads(self, kept: Collection[str] = ()) -> Manifests:
        """The same, with no workloads but some."""
        objects = tuple(
            o for o in self.objects if o["kind"] not in WORKLOADS or o["metadata"]["name"] in kept
        )
        return Manifests(objects, self.jobs)


def read(runner: Runner, cluster: Cluster) -> Manifests:
    """The objects of the rendered environment.

    Raises:
        EngineError: the environment was not rendered yet, or kustomize refuses it.
    """
    path = cluster.environment / "kustomization.yml"
    if not path.is_file():
        raise EngineError("There is no environment to run yet", where=str(path), hint="tutor config save")
    result = runner.capture(cluster.render())
    if result.code:
        raise EngineError(
            f"The manifests cannot be put together: {result.reason}",
            where=str(path),
            hint="correct the plugin or its patch; to see it again: "
            f"kubectl kustomize {quote(str(cluster.environment))}",
        )
    jobs = cluster.environment / "k8s" / "jobs.yml"
    templates = {Identity.of(o).name for o in parse(jobs.read_text())} if jobs.is_file() else set()
    return split(map(_normalised, parse(result.output)), templates)


def _normalised(item: Object) -> Object:
    """An object as the server writes it: without the line breaks that kustomize puts into Secrets.

    With them, `kubectl apply` reports a change where there is none.
    """
    if item["kind"] == "Secret" and item.get("data"):
        return {**item, "data": {key: "".join(value.split()) for key, value in item["data"].items()}}
    return item


def parse(text: str) -> list[Object]:
    """All objects in a text of YAML documents; lists are taken apart."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: list[Object] = []
    for document in yaml.load_all(text, Loader=loader):
        if isinstance(document, dict) and document.get("kind") == "List":
            found += document.get("items") or []
        elif isinstance(document, dict):
            found.append(document)
    return found


def split(objects: Iterable[Object], templates: Collection[str] = ()) -> Manifests:
    """Tell templates of jobs from what exists all the time.

    Args:
        objects: all.
        templates: names of jobs that are templates; those with the label for it are, too.
    """
    kept, jobs = [], {}
    for item in objects:
        name, labels = item["metadata"]["name"], item["metadata"].get("labels") or {}
        is_template = name in templates or labels.get("app.kubernetes.io/component") == "job"
        if item["kind"] == "Job" and is_template:
            jobs[str(name)] = item
        else:
            kept.append(item)
    return Manifests(tuple(kept), jobs)


def serialized(objects: Iterable[Object]) -> str:
    """Objects as the input of kubectl."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


def leave_out(manifests: Manifests, served: Mapping[str, Collection[str]]) -> tuple[Manifests, list[Object]]:
    """Leave out the objects that a cluster does not serve.

    Args:
        manifests: all.
        served: API version → kinds.

    Returns:
        What is left, and what was left out.
    """
    objects: list[Object] = []
    out: list[Object] = []
    for item in manifests.objects:
        (objects if item["kind"] in served.get(item["apiVersion"], ()) else out).append(item)
    return Manifests(tuple(objects), manifests.jobs), out


def from_workload(workload: Object) -> Object:
    """A template of a job from a workload: its pod, without what is for pods that go on running."""
    template = copy.deepcopy(workload["spec"]["template"])
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    # A service would send it requests.
    labels.pop(NAME, None)
    metadata = copy.deepcopy(workload["metadata"])
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": template}}


def task(
    template: Object, suffix: str, command: Sequence[str], script: str | None = None
) -> tuple[Object, Object | None]:
    """A job that runs a command, and the Secret with its script.

    Args:
        template: of the job.
        suffix: of its name, which tells it from others.
        command: what its first container runs.
        script: what it finds in ``SCRIPT_FOLDER``; on a command line, and in the description of a pod,
            everybody who may look at pods could read it.

    Returns:
        The job, and the Secret if there is a script.
    """
    job = copy.deepcopy(template)
    metadata = job["metadata"]
    name = f"{metadata['name'][: LONGEST - 1 - len(suffix)]}-{suffix}"
    labels = {**(metadata.get("labels") or {}), JOB_LABEL: "true"}
    job["metadata"] = {"name": name, "namespace": metadata.get("namespace"), "labels": labels}
    spec = job["spec"]
    spec.pop("selector", None)
    spec.update(backoffLimit=0, activeDeadlineSeconds=TASK_DEADLINE, ttlSecondsAfterFinished=3600)
    pod = spec["template"]
    pod.setdefault("metadata", {}).setdefault("labels", {})[JOB_LABEL] = "true"
    pod["spec"]["restartPolicy"] = "Never"
    main = pod["spec"]["containers"][0]
    for key in ("args", "readinessProbe", "livenessProbe", "startupProbe", "lifecycle"):
        main.pop(key, None)
    main["command"] = list(command)
    if script is None:
        return job, None
    mount = {"name": "tutor-task", "mountPath": SCRIPT_FOLDER, "readOnly": True}
    main["volumeMounts"] = [*(main.get("volumeMounts") or ()), mount]
    volume = {"name": "tutor-task", "secret": {"secretName": name}}
    pod["spec"]["volumes"] = [*(pod["spec"].get("volumes") or ()), volume]
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": copy.deepcopy(job["metadata"]),
        "stringData": {SCRIPT_KEY: script},
    }
    return job, secret
