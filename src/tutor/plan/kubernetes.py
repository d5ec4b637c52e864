"""What would change on a cluster, by the server's own comparison."""

from __future__ import annotations

import concurrent.futures
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.engines import deploy, difference, manifests, ownership
from tutor.engines.kubectl import cluster_of
from tutor.engines.manifests import WORKLOADS
from tutor.engines.report import Journal
from tutor.engines.run import ProcessRunner
from tutor.env.history import History
from tutor.exceptions import TutorError
from tutor.jobs.tasks import init_tasks
from tutor.plan.model import ServiceChange, TaskChange
from tutor.plan.sides import Found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from tutor.change import Prepared
    from tutor.engines.difference import Difference
    from tutor.engines.manifests import Manifests
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.jobs.tasks import Task
    from tutor.plan.files import Difference as FileDifference
    from tutor.plan.model import ServiceAction
    from tutor.plan.sides import Fetch
    from tutor.project import Project

NAME = "k8s"
_SERVER = "it differs, by the server's own comparison"
#: Settings that say which cluster, and what there.
_WHERE = ("K8S_CONTEXT", "K8S_NAMESPACE", "ID")


def where(prepared: Prepared) -> dict[str, Any]:
    """The values of the settings that say which cluster."""
    return {name: prepared.project.values[name] for name in _WHERE}


def compared(
    prepared: Prepared, values: Mapping[str, Any], runner: Runner, reporter: Reporter
) -> tuple[Manifests, Difference]:
    """Compare what would be rendered with what is on the cluster. Nothing is written or applied.

    Args:
        prepared: what would be rendered.
        values: of the settings that say which cluster.
        runner: runs the questions.
        reporter: told what the cluster does not serve.

    Returns:
        The objects, and the difference.

    Raises:
        EngineError: the cluster does not answer, is another platform's, or refuses an object.
    """
    with tempfile.TemporaryDirectory(prefix="tutor-") as name:
        folder = Path(name)
        _stage(prepared, folder)
        cluster = cluster_of(runner, values, folder)
        owned = ownership.read(runner, cluster)
        wanted = deploy.acceptable(runner, cluster, manifests.read(runner, cluster), owned, reporter)
        return wanted, difference.compare(runner, cluster, wanted, owned)


def _stage(prepared: Prepared, folder: Path) -> None:
    """Write an environment that is not the project's, with what plugins and users have put beside it."""
    live = prepared.project.environment
    if live.is_dir():
        shutil.copytree(live, folder, dirs_exist_ok=True)
    for path in prepared.plan.removed:
        (folder / path).unlink(missing_ok=True)
    for path, file in prepared.tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.content)


def service_changes(found: Difference, wanted: Manifests) -> list[ServiceChange]:
    """The objects that a difference is about. Those that keep pods running get new pods."""
    changes = [ServiceChange(str(i), "created", ("it is not there",)) for i in found.created]
    for identity, new in difference.changed_objects(found.lines, wanted.objects).items():
        if new:
            changes.append(ServiceChange(str(identity), "created", ("it is not there",)))
        else:
            action: ServiceAction = "recreated" if identity.kind in WORKLOADS else "changed"
            changes.append(ServiceChange(str(identity), action, (_SERVER,)))
    changes += [ServiceChange(str(i), "removed", ("it is not rendered any more",)) for i in found.deleted]
    return changes


def reason_of_tasks(root: Path, changes: bool) -> str | None:
    """Why the init tasks would run: all or none, since a cluster keeps no record of those that have run.

    Args:
        root: the project's root.
        changes: an object or a file would change.
    """
    if changes:
        return "all run when something changes on a cluster"
    history = History.read(root)
    if history.running(NAME) != history.last:
        return "the cluster was not brought to what was saved last"
    return None


class KubernetesLook:
    """A look at a cluster.

    Args:
        runner: runs the questions.
    """

    def __init__(self, runner: Runner) -> None:
        #: What the server said, once it was asked.
        self.difference = difference.Difference()
        #: Why it said nothing.
        self.failure: TutorError | None = None
        self._runner = runner
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self._tasks: list[Task] = []
        self._unknown: tuple[str, ...] = ()

    def begin(self, prepared: Prepared) -> None:
        """Begin to ask the server about what would be rendered, in a thread."""
        # What is rendered is rendered here: values of settings are not made for threads.
        try:
            self._tasks = init_tasks(prepared.project)
        except TutorError as error:
            self._unknown = (f"init tasks: {error.message}",)
        self._answer = self._pool.submit(compared, prepared, where(prepared), self._runner, Journal())

    def compare(self, prepared: Prepared, differences: Sequence[FileDifference]) -> Found:
        """What would change on the cluster; what the server does not say is unknown."""
        unknown = self._unknown
        services: tuple[ServiceChange, ...] = ()
        try:
            with self._pool:
                wanted, self.difference = self._answer.result()
            services = tuple(service_changes(self.difference, wanted))
        except TutorError as error:
            self.failure = error
            hint = f" (to do: {error.hint})" if error.hint else ""
            unknown = (f"objects on the cluster: {error.message}{hint}", *unknown)
        reason = reason_of_tasks(prepared.project.root, bool(services or differences))
        tasks = tuple(_task_change(task, reason) for task in self._tasks) if reason else ()
        return Found(services=services, tasks=tasks, unknown=unknown)


def _task_change(task: Task, reason: str) -> TaskChange:
    return TaskChange(task.name, task.service, task.owner, reason, task.origin.place or None)


@dataclass(frozen=True, slots=True)
class KubernetesSide:
    """The platform on Kubernetes."""

    name: str = NAME

    def look(self, project: Project, fetch: Fetch) -> KubernetesLook:  # noqa: ARG002 (the interface's)
        """Begin to look. The server compares what is rendered, so it has to be rendered first."""
        return KubernetesLook(ProcessRunner())


K8S = KubernetesSide()
