"""`tutor k8s`: the platform on Kubernetes."""

from __future__ import annotations

import click

from tutor.commands.do import do, init
from tutor.commands.kubernetes import KubernetesGroup
from tutor.commands.runners import K8sContext, K8sTaskRunner

__all__ = ["K8sContext", "K8sTaskRunner", "k8s"]


@click.group("k8s", cls=KubernetesGroup, short_help="Run the platform on Kubernetes.")
def k8s() -> None:
    """Run the platform on Kubernetes, with kubectl, on the cluster of its current context.

    \b
    Examples:
      tutor k8s do init
      tutor k8s do createuser --staff --superuser admin admin@example.com
    """


for command in (do, init):
    k8s.add_command(command)
