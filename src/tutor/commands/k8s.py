"""`tutor k8s`, as far as plugins add to it."""

from __future__ import annotations

import click

from tutor.commands.runners import K8sContext, K8sTaskRunner

__all__ = ["K8sContext", "K8sTaskRunner", "k8s"]


@click.group("k8s", short_help="Run the platform on Kubernetes.")
def k8s() -> None:
    """Run the platform on Kubernetes."""
