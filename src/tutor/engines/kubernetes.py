"""Kubernetes: from a rendered environment to the commands of kubectl. Nothing is run here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Labels of all that is ours, from the rendered kustomization.yml.
MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
#: Label of what belongs to a service.
NAME = "app.kubernetes.io/name"
#: Label of what exists for the length of a task.
JOB_LABEL = "tutor.job"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A platform on a cluster: each method returns a command.

    Args:
        kubectl: how commands on the cluster begin.
        namespace: where the platform is.
        instance: value of the label that keeps platforms apart.
        environment: the rendered environment.
    """

    kubectl: tuple[str, ...]
    namespace: str
    instance: str
    environment: Path

    @property
    def selector(self) -> str:
        """What selects all that is ours."""
        return f"{MANAGED_BY}=tutor,{INSTANCE}={self.instance}"

    def command(self, *arguments: str) -> list[str]:
        """A command of kubectl in the namespace."""
        return [*self.kubectl, "--namespace", self.namespace, *arguments]

    def render(self) -> list[str]:
        """Print all objects of the environment."""
        return [*self.kubectl, "kustomize", str(self.environment)]

    def apply(self, *arguments: str) -> list[str]:
        """Create or change the objects that are written to its input."""
        return self.command("apply", "--filename=-", *arguments)

    def get(self, kinds: Sequence[str], selector: str = "") -> list[str]:
        """Print those objects of some kinds that are ours, as JSON."""
        chosen = ",".join(part for part in (self.selector, selector) if part)
        return self.command("get", ",".join(kinds), f"--selector={chosen}", "--output=json")

    def delete_labelled(self, kinds: Sequence[str], label: str) -> list[str]:
        """Delete those objects of some kinds that are ours and have a label, and do not wait."""
        selector = f"--selector={self.selector},{label}"
        options = ["--ignore-not-found", "--wait=false", "--output=name", selector]
        return self.command("delete", ",".join(kinds), *options)

    def logs(
        self,
        service: str,
        *,
        container: str = "",
        follow: bool = False,
        tail: int | None = None,
        at_most: int | None = None,
    ) -> list[str]:
        """Show what the pods of a service print.

        Args:
            service: its name.
            container: one of a pod's; empty for all.
            follow: go on until somebody stops it.
            tail: only so many lines of each pod.
            at_most: follow no more pods than this.
        """
        options = [f"--container={container}"] if container else ["--all-containers"]
        options += ["--follow"] if follow else []
        options += [f"--tail={-1 if tail is None else tail}"]
        options += [f"--max-log-requests={at_most}"] if at_most is not None else []
        return self.command("logs", f"--selector={self.selector},{NAME}={service}", *options)

    def execute(self, pod: str, command: Sequence[str], *, container: str = "", terminal: bool) -> list[str]:
        """Run a command in a pod; its input is ours, and a terminal if we are on one."""
        options = ["--stdin"] + (["--tty"] if terminal else [])
        options += [f"--container={container}"] if container else []
        return self.command("exec", *options, pod, "--", *command)
