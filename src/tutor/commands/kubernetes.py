"""What the commands of `tutor k8s` share: an opened project and the cluster that it runs on."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor import fmt
from tutor.commands.groups import CommandGroup

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tutor.commands.context import Context
    from tutor.engines.deploy import Deployed
    from tutor.engines.kubernetes import Cluster
    from tutor.engines.manifests import Manifests
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.jobs.kubernetes import KubernetesPlace
    from tutor.project import Project

#: Workloads that tasks need; all others may need what the tasks make before they become ready.
DATA_SERVICES = frozenset({"mysql", "mongodb", "redis", "meilisearch", "smtp"})
#: Seconds that they may take to become ready: volumes are made and images pulled then.
DATA_TIMEOUT = 900.0


class KubernetesGroup(CommandGroup):
    """A group of commands that run the platform on Kubernetes."""


@dataclass(slots=True)
class KubernetesSession:
    """What a command works with: an opened project, its cluster, and how its processes are run."""

    project: Project
    runner: Runner
    reporter: Reporter
    _found: dict[str, Any] = field(default_factory=dict)

    @property
    def cluster(self) -> Cluster:
        """The cluster, which answers.

        Raises:
            EngineError: kubectl is missing, there is no such context, or the cluster does not answer.
        """
        if "cluster" not in self._found:
            from tutor.engines.kubectl import cluster_of

            project = self.project
            self._found["cluster"] = cluster_of(self.runner, project.values, project.environment)
        cluster: Cluster = self._found["cluster"]
        return cluster

    @property
    def manifests(self) -> Manifests:
        """What the environment describes.

        Raises:
            EngineError: there is no environment, or kustomize refuses it.
        """
        if "manifests" not in self._found:
            from tutor.engines.manifests import read

            self._found["manifests"] = read(self.runner, self.cluster)
        manifests: Manifests = self._found["manifests"]
        return manifests

    @property
    def place(self) -> KubernetesPlace:
        """Where tasks run."""
        from tutor.jobs.kubernetes import KubernetesPlace

        return KubernetesPlace(
            self.runner, self.cluster, self.manifests, self.reporter, self.start_data_services
        )

    def check_before_jobs(self) -> None:
        """Make sure that the cluster answers, and that the namespace is not another platform's."""
        from tutor.engines import ownership

        ownership.read(self.runner, self.cluster)

    def check_workloads(self, names: Collection[str]) -> None:
        """Make sure that services exist.

        Raises:
            EngineError: one does not; names the nearest one that does.
        """
        from tutor.config.userfile import nearest
        from tutor.exceptions import EngineError

        known = self.manifests.workloads if names else {}
        for name in names:
            if name not in known:
                near = nearest(name, known)
                raise EngineError(
                    f"There is no service {name}" + (f"; did you mean {near}?" if near else ""),
                    where=str(self.cluster.environment / "k8s"),
                    hint=f"services are: {', '.join(sorted(known))}",
                )

    def deploy(self, kept: Collection[str] | None = None) -> Deployed:
        """Apply what the environment describes: all, or all but the workloads that are not ``kept``.

        Raises:
            EngineError: the cluster refuses an object.
        """
        from tutor.engines import deploy, ownership

        owned = ownership.read(self.runner, self.cluster)
        manifests = self.manifests if kept is None else self.manifests.without_workloads(kept)
        wanted = deploy.acceptable(self.runner, self.cluster, manifests, owned, self.reporter)
        deployed = deploy.apply(self.runner, self.cluster, wanted, owned, self.reporter)
        self._found["deployed"] = kept is None or set(kept) >= self.manifests.workloads.keys() & DATA_SERVICES
        return deployed

    def start_data_services(self) -> None:
        """Apply what pods mount, and start the data services that do not run; wait until they are ready.

        Raises:
            EngineError: one does not become ready.
        """
        from tutor.engines.rollout import wait

        names = [name for name in self.manifests.workloads if name in DATA_SERVICES]
        if not self._found.get("deployed"):
            self.deploy(names)
        wait(self.runner, self.cluster, names, self.reporter, timeout=DATA_TIMEOUT)

    def run_interactively(self, service: str, command: Sequence[str]) -> int:
        """Run a command in a new pod of a service on our terminal, and remove the pod."""
        self.start_data_services()
        return self.place.interactively(service, command, terminal=on_terminal())


@contextlib.contextmanager
def session(
    context: Context, *, deploys: bool = False, allow_missing: bool = False
) -> Iterator[KubernetesSession]:
    """Open the project for a command.

    Args:
        context: says where the project is.
        deploys: the command would run the platform without the plugins that cannot be loaded.
        allow_missing: the user says that this is fine.
    """
    with context.opened() as project:
        if deploys:
            project.require_plugins(allow_missing=allow_missing)
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        yield new_session(project)


def new_session(project: Project) -> KubernetesSession:
    """The session of an opened project."""
    from tutor.commands.compose import TerminalReporter
    from tutor.engines.run import ProcessRunner

    return KubernetesSession(project, ProcessRunner(), TerminalReporter())


def on_terminal() -> bool:
    """Whether somebody types and looks."""
    return sys.stdin.isatty() and sys.stdout.isatty()
