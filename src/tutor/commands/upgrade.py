"""`tutor local upgrade`: from the data of an older release of Open edX to this one."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.compose import Session, TerminalReporter, session
from tutor.upgrade.releases import CURRENT, UPGRADABLE, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.commands.context import Context
    from tutor.engines.run import Result
    from tutor.jobs.tasks import Task
    from tutor.project import Project
    from tutor.upgrade.run import Upgrade


#: Every release that there was, as scripts ask for it.
OPENEDX_RELEASE_NAMES = list(VERSIONS.values())


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
@click.option("--without-backup", is_flag=True, help="Do not insist on a backup.")
@click.option("-I", "--non-interactive", is_flag=True, help="Ask nothing.")
@click.pass_obj
def upgrade(
    context: Context,
    from_release: str,
    only_plan: bool,
    resume: bool,
    without_backup: bool,
    non_interactive: bool,
) -> None:
    """Bring the data of an older release of Open edX up to date, step by step.

    The steps are shown first. None does harm where it has nothing to do, or when it runs again. There has to
    be a backup of the last 24 hours that can be restored. Start the platform with `launch` afterwards.

    \b
    Examples:
      tutor local upgrade --from=ulmo --plan
      tutor local upgrade --from=ulmo
      tutor local upgrade --from=ulmo --resume
    """
    from tutor.upgrade.run import run

    with session(context, deploys=not only_plan) as s:
        prepared = planned(s.project, from_release)
        if only_plan:
            return
        confirm(prepared, resume=resume, without_backup=without_backup, non_interactive=non_interactive)
        again = f"tutor {s.flavour.name} upgrade --from={from_release} --resume"
        run(prepared, _performer(s), s.reporter, resume=resume, command=again)
        fmt.echo_info(
            f"The data is that of {CURRENT}. To start everything on it: tutor {s.flavour.name} launch"
        )


def planned(project: Project, release: str) -> Upgrade:
    """The steps from a release to this one, shown."""
    from tutor.upgrade.run import prepare
    from tutor.upgrade.steps import steps_from

    pinned = str(project.values["OPENEDX_COMMON_VERSION"])
    older = next((name for name in UPGRADABLE if name in pinned), None)
    if older:
        fmt.echo_alert(
            f"OPENEDX_COMMON_VERSION is {pinned}: the code stays that of {older}. To change that: "
            "tutor config save --unset OPENEDX_COMMON_VERSION"
        )
    prepared = prepare(project, release, steps_from(release))
    click.echo(f"From {release} to {CURRENT}, {len(prepared.steps)} steps:")
    for number, (step, tasks) in enumerate(prepared.steps, 1):
        done = " (finished before)" if prepared.is_done(step) else ""
        services = ", ".join(dict.fromkeys(task.service for task in tasks))
        click.echo(f"\n{number}. {step.title}{done}")
        click.echo(f"   why:  {step.why}")
        click.echo(f"   runs: {step.what} (in {services})")
    return prepared


def confirm(prepared: Upgrade, *, resume: bool, without_backup: bool, non_interactive: bool) -> None:
    """Insist on a backup, and ask.

    Raises:
        BackupError: there is none that is fresh and good.
        click.Abort: the answer is no.
    """
    from datetime import datetime, timezone

    from tutor.backup.restore import demand_none
    from tutor.upgrade.run import demand_backup

    click.echo()
    demand_none(prepared.root)
    if resume and not prepared.interrupted:
        fmt.echo_info("There is no run to resume: all steps run")
    if not resume and prepared.interrupted:
        fmt.echo_info(
            "A run was cut off. All steps run again; to leave out those that have finished: --resume"
        )
    if without_backup:
        fmt.echo_alert("there is no way back without a backup")
    elif not (resume and prepared.interrupted):  # the backup was made before the first step
        demand_backup(prepared.root, datetime.now(timezone.utc), TerminalReporter())
    if not non_interactive:
        click.confirm(fmt.question("Run these steps?"), abort=True, err=True)


def _performer(s: Session) -> Callable[[Task], Result]:
    """What runs a task with Compose."""
    from tutor.engines.fetch import ensure
    from tutor.engines.model import read_model

    s.check_machine()
    services = read_model(s.runner, s.compose, jobs=True)
    ensure(s.runner, s.compose.engine, s.project, services, s.reporter, build=True)

    def perform(task: Task) -> Result:
        if task.job_service not in services:  # work on the data of a service, in a container of its own
            task = dataclasses.replace(task, container=task.service)
        s.place.start([task])
        return s.place.run(task, s.reporter.output)

    return perform
