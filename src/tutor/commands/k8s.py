"""`tutor k8s`: the platform on Kubernetes."""

from __future__ import annotations

import click

from tutor.commands import k8s_services
from tutor.commands.do import do as compose_do
from tutor.commands.do import init
from tutor.commands.k8s_calls import (
    delete_resources,
    k8s_namespace,
    kubectl_apply,
    kubectl_exec,
    resource_namespace_selector,
    resource_selector,
    wait_for_deployment_ready,
)
from tutor.commands.k8s_delete import delete
from tutor.commands.k8s_launch import launch, quickstart
from tutor.commands.k8s_services import apply as apply_command
from tutor.commands.k8s_services import execute as exec_command
from tutor.commands.k8s_services import logs, reboot, scale, start, status, stop, wait
from tutor.commands.k8s_upgrade import upgrade
from tutor.commands.kubernetes import KubernetesGroup
from tutor.commands.params import project_of
from tutor.commands.runners import K8sContext, K8sTaskRunner

__all__ = [
    "K8sContext",
    "K8sJobRunner",
    "K8sTaskRunner",
    "apply_command",
    "delete",
    "delete_resources",
    "do",
    "exec_command",
    "init",
    "k8s",
    "k8s_namespace",
    "kubectl_apply",
    "kubectl_exec",
    "launch",
    "logs",
    "reboot",
    "resource_namespace_selector",
    "resource_selector",
    "scale",
    "start",
    "status",
    "stop",
    "upgrade",
    "wait",
    "wait_for_deployment_ready",
]

#: As it was called until 2022.
K8sJobRunner = K8sTaskRunner


@click.group(
    "k8s",
    cls=KubernetesGroup,
    short_help="Run the platform on Kubernetes.",
    epilog="Start here: tutor k8s launch",
)
@click.pass_context
def k8s(ctx: click.Context) -> None:
    """Run the platform on Kubernetes, with kubectl, on the cluster of its current context.

    \b
    Examples:
      tutor k8s launch
      tutor k8s status
      tutor config save --set K8S_CONTEXT=production
    """
    ctx.obj = project_of(ctx, K8sContext)


#: What a plugin adds to it is for Kubernetes alone.
do = compose_do.set_apart()
k8s.share(launch, quickstart, do, init, delete, upgrade, *k8s_services.COMMANDS)
