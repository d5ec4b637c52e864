"""Tasks in pods of Kubernetes."""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutor.engines import manifests as objects
from tutor.engines.health import Clock
from tutor.engines.kubernetes import JOB_LABEL
from tutor.engines.pods import Pod, list_pods
from tutor.engines.run import TAIL, Result
from tutor.exceptions import EngineError
from tutor.jobs.place import without_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Manifests, Object
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.jobs.tasks import Task

#: Seconds that the pod of a task may take to start; images are pulled then.
START_TIMEOUT = 900.0
#: Seconds that it may be in a state from which it does not come without help.
PATIENCE = 45.0
PAUSE = 0.5
#: What a pod does while somebody works in it on a terminal: for a working day at most.
WAIT = ("sh", "-c", "exec sleep 36000")


_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True, slots=True)
class _Job:
    """A job that was created, and its container that runs the task."""

    name: str
    container: str


@dataclass(slots=True)
class KubernetesPlace:
    """Runs tasks in pods, each a copy of a rendered template.

    Args:
        runner: runs the commands.
        cluster: where they run.
        manifests: what the environment describes.
        reporter: told what is waited for.
        start_services: starts workloads that tasks need, and what their pods mount.
        clock: the time.
    """

    runner: Runner
    cluster: Cluster
    manifests: Manifests
    reporter: Reporter
    start_services: Callable[[], None]
    clock: Clock = field(default_factory=Clock)
    group: str = "k8s"
    #: Waiting for a pod looks at the cluster again and again, and can be interrupted where it waits alone.
    at_once: int = 1
    _pods: dict[str, str] = field(default_factory=dict)

    def resolve(self, tasks: Iterable[Task]) -> list[Task]:
        """Make sure that each task has a template of a job, or a workload, that runs it."""
        workloads = self.manifests.workloads
        found = []
        for task in tasks:
            if task.job_service in self.manifests.jobs:
                found.append(task)
            elif task.origin.plugin and task.service in workloads:
                found.append(dataclasses.replace(task, container=task.service))
            else:
                raise without_service(task, "k8s-jobs")
        return found

    def start(self, tasks: Sequence[Task]) -> None:  # noqa: ARG002 (the interface's)
        """Start what tasks need, and wait until it is ready."""
        self.start_services()

    def images(self) -> dict[str, str]:
        """Nothing: which images nodes have is the cluster's matter."""
        return {}

    def clear(self) -> bool:
        """Remove the jobs of a run that was cut off, and their scripts."""
        argv = self.cluster.delete_labelled(["jobs", "secrets"], f"{JOB_LABEL}=true")
        # Where there is nothing, it says so in words.
        return "/" in self.runner.capture(argv).output

    def run(self, task: Task, line: Callable[[str], None]) -> Result:
        """Run one task in a new pod."""
        try:
            job = self._create(task.job_service, objects.SHELL, task.script)
            pod = self._started(job)
            self._pods[task.name] = pod.name
            return self._followed(pod, job.container, line)
        finally:
            self.clear()

    def interactively(self, service: str, command: Sequence[str], *, terminal: bool) -> int:
        """Run a command in a new pod on our terminal, and remove the pod."""
        try:
            pod = self._started(self._create(service, WAIT))
            return self.runner.run(self.cluster.execute(pod.name, command, terminal=terminal))
        finally:
            self.clear()

    def where(self, task: Task) -> str:
        """The pod that ran a task."""
        pod = self._pods.get(task.name)
        return f"pod {pod} in namespace {self.cluster.namespace}" if pod else f"service {task.job_service}"

    def _create(self, service: str, command: Sequence[str], script: str | None = None) -> _Job:
        """Create a job of a service."""
        template = self.manifests.jobs.get(service)
        if template is None:
            template = objects.from_workload(self.manifests.workloads[service])
        job, secret = objects.task(template, secrets.token_hex(4), command, script)
        created = _Job(job["metadata"]["name"], job["spec"]["template"]["spec"]["containers"][0]["name"])
        identity = self._send(job, service)
        if secret is not None:
            # Whatever becomes of us, the script goes when the job goes.
            owner = {"apiVersion": "batch/v1", "kind": "Job", "name": created.name, "uid": identity}
            secret["metadata"]["ownerReferences"] = [owner]
            self._send(secret, service)
        return created

    def _send(self, item: Object, service: str) -> str:
        """Create an object, and return its unique identity."""
        argv = self.cluster.command("create", "--filename=-", "--output=jsonpath={.metadata.uid}")
        result = self.runner.tail(argv, stdin=json.dumps(item))
        if result.code:
            raise EngineError(
                f"The job {item['metadata']['name']} cannot be created: {result.reason}",
                where=f"template {service} in {self.cluster.environment / 'k8s/jobs.yml'}",
                hint="correct the template; or ask for the permission: kubectl auth can-i create jobs",
            )
        # Warnings of the server stand around it.
        found = _UID.search(result.output)
        return found.group() if found else ""

    def _started(self, job: _Job) -> Pod:
        """Wait until the pod of a job has started, and return it.

        Raises:
            EngineError: it does not start; says why.
        """
        now = self.clock.now()
        deadline, hopeless_since, told = now + START_TIMEOUT, None, ""
        while True:
            pods = list_pods(self.runner, self.cluster, f"job-name={job.name}")
            pod = pods[-1] if pods else None
            if pod is not None and pod.started:
                return pod
            now = self.clock.now()
            hopeless = pod is not None and pod.hopeless
            hopeless_since = (hopeless_since or now) if hopeless else None
            state = pod.described if pod else "no pod yet"
            if now >= deadline or (hopeless_since is not None and now - hopeless_since >= PATIENCE):
                name = pod.name if pod else job.name
                raise EngineError(
                    f"The pod {name} does not start: {state}",
                    where=f"pod {name} in namespace {self.cluster.namespace}",
                    hint="tutor k8s status, then run the command again",
                )
            if hopeless and state != told:
                self.reporter.info(f"waiting for pod {pod.name if pod else job.name}: {state}")
                told = state
            self.clock.sleep(PAUSE)

    def _followed(self, pod: Pod, container: str, line: Callable[[str], None]) -> Result:
        """Hand on what a pod prints until it has ended.

        A connection that breaks in between is made again, from where it broke.
        """
        last: list[str] = []

        def remember(text: str) -> None:
            last.append(text)
            del last[:-TAIL]
            line(text)

        options = ["--follow", f"--container={container}"]
        for attempt in self._attempts():
            since = ["--since=1s"] if attempt else []
            self.runner.tail(self.cluster.command("logs", pod.name, *options, *since), line=remember)
            now = self._look(pod)
            if now.exit_code is not None:
                return Result(now.exit_code, "\n".join(last))
            if now.state in ("Gone", "Failed", "Terminating"):
                reason = f"the pod was ended from outside: {now.described}"
                return Result(137, "\n".join([*last, reason]))
        raise AssertionError("attempts do not end")

    def _attempts(self) -> Iterator[int]:
        attempt = 0
        while True:
            yield attempt
            attempt += 1
            self.clock.sleep(PAUSE)

    def _look(self, pod: Pod) -> Pod:
        found = [p for p in list_pods(self.runner, self.cluster, f"{JOB_LABEL}=true") if p.name == pod.name]
        return found[0] if found else dataclasses.replace(pod, state="Gone", exit_code=None)
