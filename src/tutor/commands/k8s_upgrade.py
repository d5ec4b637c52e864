"""`tutor k8s upgrade`: from the data of an older release of Open edX to this one, on a cluster."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.kubernetes import session
from tutor.upgrade.releases import CURRENT, UPGRADABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.commands.context import Context
    from tutor.commands.kubernetes import KubernetesSession
    from tutor.engines.run import Result
    from tutor.jobs.tasks import Task


@click.command("upgrade", short_help="Bring the data of an older release up to date.")
@click.option(
    "--from",
    "from_release",
    type=click.Choice(UPGRADABLE),
    required=True,
    help="Release that the data is from.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Only show the steps.")
@click.option("--resume", is_flag=True, help="Leave out the steps that have finished before.")
@click.option("-I", "--non-interactive", is_flag=True, help="Ask nothing.")
@click.pass_obj
def upgrade(
    context: Context, from_release: str, only_plan: bool, resume: bool, non_interactive: bool
) -> None:
    """Bring the data of an older release of Open edX up to date, step by step, in pods of their own.

    The steps are shown first. None does harm where it has nothing to do, or when it runs again. Make a backup
    before: a snapshot of the volumes, or one of the databases. Start the platform with `launch` afterwards.

    \b
    Examples:
      tutor k8s upgrade --from=ulmo --plan
      tutor k8s upgrade --from=ulmo
      tutor k8s upgrade --from=ulmo --resume
    """
    from tutor.commands.upgrade import confirm, planned
    from tutor.upgrade.run import run

    with session(context, deploys=not only_plan) as s:
        prepared = planned(s.project, from_release)
        if only_plan:
            return
        s.check_before_jobs()
        confirm(prepared, resume=resume, without_backup=True, non_interactive=non_interactive)
        again = f"tutor k8s upgrade --from={from_release} --resume"
        run(prepared, _performer(s), s.reporter, resume=resume, command=again)
        fmt.echo_info(f"The data is that of {CURRENT}. To start everything on it: tutor k8s launch")


def _performer(s: KubernetesSession) -> Callable[[Task], Result]:
    """What runs a task in a pod."""
    from tutor.commands.k8s_services import stop_all

    place = s.place

    def perform(task: Task) -> Result:
        if task.job_service in s.manifests.jobs:
            place.start([task])
        else:  # work on the data of a service, while nobody else has it open
            task = dataclasses.replace(task, container=task.service)
            s.deploy(())
            stop_all(s, [task.service])
        return place.run(task, s.reporter.output)

    return perform
