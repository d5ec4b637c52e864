"""Functions for Kubernetes that plugins and scripts call: with settings, or with a root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutor import utils
from tutor.exceptions import EngineError
from tutor.types import get_typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.engines.kubernetes import Cluster
    from tutor.types import Config

__all__ = [
    "delete_resources",
    "k8s_namespace",
    "kubectl_apply",
    "kubectl_exec",
    "resource_namespace_selector",
    "resource_selector",
    "wait_for_deployment_ready",
]


def k8s_namespace(config: Config) -> str:
    """The namespace of the platform."""
    return get_typed(config, "K8S_NAMESPACE", str)


def resource_namespace_selector(config: Config) -> list[str]:
    """Options of kubectl for what is in the namespace of the platform."""
    return ["--namespace", k8s_namespace(config)]


def resource_selector(config: Config, *selectors: str) -> list[str]:
    """Options of kubectl for what belongs to the platform, and has further labels."""
    from tutor.engines.kubernetes import INSTANCE

    labels = [f"{INSTANCE}=openedx-{get_typed(config, 'ID', str)}", *selectors]
    return [*resource_namespace_selector(config), f"--selector={','.join(labels)}"]


def kubectl_apply(root: str, *args: str, prune_configmaps: bool = False) -> None:
    """Apply what is rendered, with options of kubectl.

    Args:
        root: folder of the project.
        args: the options.
        prune_configmaps: also delete what is ours and not rendered any more.

    Raises:
        EngineError: the cluster refuses.
    """
    from tutor.commands.k8s_services import apply_all, apply_rendered
    from tutor.commands.kubernetes import new_session
    from tutor.facade.opening import opened_project

    with opened_project(root) as project:
        project.require_plugins(allow_missing=False)
        session = new_session(project)
        code = apply_rendered(session, args)
        if code:
            raise EngineError(f"kubectl apply failed with exit code {code}", where=" ".join(args) or root)
        if prune_configmaps:
            apply_all(session, prune_configmaps=True)


def kubectl_exec(config: Config, service: str, command: Sequence[str]) -> int:
    """Run a command in a running pod of a service, on our terminal.

    Raises:
        EngineError: no pod of it runs, or the command fails.
    """
    from tutor.commands.k8s_services import run_in_pod
    from tutor.engines.run import ProcessRunner

    code = run_in_pod(ProcessRunner(), _cluster(config), service, command)
    if code:
        raise EngineError(f"The command failed with exit code {code}", where=" ".join(command))
    return code


def delete_resources(config: Config, resources: Sequence[str] | None = None, name: str | None = None) -> None:
    """Delete what belongs to the platform; not its volumes, nor the service that the web reaches.

    Args:
        config: settings.
        resources: kinds; by default all that `tutor k8s start` brings back.
        name: only what belongs to this service.

    Raises:
        EngineError: the cluster refuses.
    """
    from tutor.engines.kubernetes import NAME

    kinds = ["deployments", "services", "configmaps", "secrets", "jobs"] if resources is None else resources
    selectors = ["app.kubernetes.io/component!=loadbalancer", *([f"{NAME}={name}"] if name else [])]
    cluster = _cluster(config)
    utils.execute(*cluster.kubectl, "delete", *resource_selector(config, *selectors), ",".join(kinds))


def wait_for_deployment_ready(config: Config, service: str) -> None:
    """Wait until all pods of a service are new ones and ready.

    Raises:
        EngineError: one does not become ready; says why.
    """
    from tutor.commands.compose import TerminalReporter
    from tutor.commands.k8s_services import WAIT_TIMEOUT
    from tutor.engines import rollout
    from tutor.engines.run import ProcessRunner

    reporter = TerminalReporter()
    rollout.wait(ProcessRunner(), _cluster(config), [service], reporter, timeout=WAIT_TIMEOUT)


def _cluster(config: Config) -> Cluster:
    from tutor.engines.kubectl import cluster_of
    from tutor.engines.run import ProcessRunner

    return cluster_of(ProcessRunner(), config, Path())
