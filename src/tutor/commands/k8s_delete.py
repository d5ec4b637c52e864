"""`tutor k8s delete`: take the platform from the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor.commands.kubernetes import session

if TYPE_CHECKING:
    from tutor.commands.context import Context


@click.command("delete", short_help="Delete the platform and its data.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--exclude-namespace", is_flag=True, help="Leave the namespace there.")
@click.pass_obj
def delete(context: Context, yes: bool, exclude_namespace: bool) -> None:
    """Delete everything of the platform from the cluster, its data included. Says what that is, and asks.

    What others have put into the namespace stays, and the namespace with it. Settings and the environment on
    this machine stay, too.

    \b
    Examples:
      tutor k8s delete
      tutor k8s delete --exclude-namespace
    """
    from tutor.engines import removal

    with session(context) as s:
        plan = removal.plan(s.runner, s.cluster, keep_namespace=exclude_namespace)
        if plan.empty:
            s.reporter.info(f"there is nothing of this platform in namespace {s.cluster.namespace}")
            return
        for line in plan.described(s.cluster):
            click.echo(line, err=True)
        if not yes:
            click.confirm("Delete all of this, for ever?", abort=True, err=True)
        removal.remove(s.runner, s.cluster, plan, s.reporter)
        s.reporter.info("deleted; to start again from nothing: tutor k8s launch")
