"""`tutor k8s`: the platform on Kubernetes."""

from __future__ import annotations

import click

from tutor.commands import k8s_services
from tutor.commands.do import do, init
from tutor.commands.k8s_delete import delete
from tutor.commands.k8s_launch import launch, quickstart
from tutor.commands.k8s_upgrade import upgrade
from tutor.commands.kubernetes import KubernetesGroup
from tutor.commands.runners import K8sContext, K8sTaskRunner

__all__ = ["K8sContext", "K8sTaskRunner", "k8s"]


@click.group(
    "k8s",
    cls=KubernetesGroup,
    short_help="Run the platform on Kubernetes.",
    epilog="Start here: tutor k8s launch",
)
def k8s() -> None:
    """Run the platform on Kubernetes, with kubectl, on the cluster of its current context.

    \b
    Examples:
      tutor k8s launch
      tutor k8s status
      tutor config save --set K8S_CONTEXT=production
    """


k8s.share(launch, quickstart, do, init, delete, upgrade, *k8s_services.COMMANDS)
