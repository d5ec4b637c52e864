"""Making a plan true: settings and environment first, then what runs, in order, and nothing else."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.compose import Session, session
from tutor.commands.showing import show_plan, tell_nothing_to_do

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.change import Change, Options, Prepared
    from tutor.commands.context import Context
    from tutor.engines.compose import Flavour
    from tutor.engines.model import Service
    from tutor.plan import Plan
    from tutor.plan.saved import SavedPlan

#: Exit code where the user says no.
EXIT_DECLINED = 1


class Declined(Exception):  # noqa: N818 (an answer, not an error)
    """The user has seen the plan and does not want it, or there is nothing to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What is to be made true.

    Args:
        change: of settings and plugins; an empty one takes them as they are.
        options: how it is made.
        side: the way to run the platform; empty where it never ran: then only files are written.
        ask: show the plan and ask; else it is not asked.
        saved: the plan that was reviewed, if one was.
        again: the command that goes on after a failure.
    """

    change: Change
    options: Options
    side: str
    ask: bool = True
    saved: SavedPlan | None = None
    again: str = "tutor apply"


def bring(context: Context, wish: Wish) -> int:
    """Show a plan, ask, and make it true.

    Returns:
        The exit code.

    Raises:
        TutorError: something keeps it from becoming true.
    """
    from tutor import change as changes
    from tutor.commands import report

    plans: list[Plan] = []

    def decide(prepared: Prepared) -> None:
        plans.append(_decided(wish, prepared))

    root, plugins_root = Path(context.root), Path(context.plugins_root)
    try:
        prepared = changes.save(root, plugins_root, wish.change, wish.options, decide)
    except Declined as answer:
        if str(answer):
            fmt.echo_info(str(answer))
            return EXIT_DECLINED
        tell_nothing_to_do()
        return 0
    fmt.echo_title("Saving settings and environment")
    report.saved(prepared._replace(warnings=()))
    if wish.side:
        APPLIERS[wish.side](context, plans[0], wish)
    return 0


def _decided(wish: Wish, prepared: Prepared) -> Plan:
    """The plan, once the user wants it and this machine can do it.

    Raises:
        Declined: they do not want it, or there is nothing to do.
        TutorError: the plan is stale, or this machine cannot do it.
    """
    from tutor.exceptions import EngineError
    from tutor.plan.make import begin, make_plan

    plan = make_plan(prepared, wish.side, begin(prepared.project, wish.side))
    if wish.saved is not None:
        wish.saved.check(prepared, plan)
    if plan.unknown:
        raise EngineError(
            f"What would change cannot be found out: {plan.unknown[0]}", where=f"tutor plan --on {wish.side}"
        )
    if plan.empty:
        raise Declined
    show_plan(plan)
    _confirm(wish, plan)
    if wish.side:
        CHECKS[wish.side](prepared)
    return plan


def _confirm(wish: Wish, plan: Plan) -> None:
    if not wish.ask:
        return
    if not sys.stdin.isatty():
        from tutor.exceptions import ConfigError

        raise ConfigError(
            "There is nobody to ask whether this is wanted. Nothing was changed",
            where="standard input is no terminal",
            hint=f"{wish.again} --yes, or: tutor plan -o FILE, and then tutor apply FILE",
        )
    edited = [change.path for change in plan.files if change.edited]
    question = "Do it?"
    if edited:
        question = f"Do it, and keep your version of {', '.join(edited)} aside?"
    if not click.confirm(fmt.question(question), default=False, err=True):
        raise Declined("Nothing was changed.")


def _check_compose(flavour: Flavour) -> Callable[[Prepared], None]:
    def check(prepared: Prepared) -> None:
        from tutor.commands.launch import check_before

        check_before(prepared, flavour)

    return check


def _apply_compose(flavour: Flavour) -> Callable[[Context, Plan, Wish], None]:
    def apply(context: Context, plan: Plan, wish: Wish) -> None:
        missing = wish.options.allow_missing
        with session(context, flavour=flavour, deploys=True, allow_missing=missing) as s:
            _bring_compose(s, plan, wish)

    return apply


def _bring_compose(s: Session, plan: Plan, wish: Wish) -> None:
    from tutor.commands.do import run_init, tasks_of_init
    from tutor.commands.launch import addresses, note_deployed, wait_for_services, watching

    fmt.echo_title("Checking this machine")
    services = s.check_machine()
    names = {change.name for change in plan.tasks}
    tasks = [task for task in tasks_of_init(s) if task.name in names]
    if plan.images:
        _get_images(s, plan)
    if plan.services:
        _change_services(s, plan, services)
    if tasks:
        fmt.echo_title("Initialising databases and services")
        with watching(s) as watch:
            run_init(s, tasks, partial=True, again=wish.again, check=watch.check)
    if plan.services or tasks:
        wait_for_services(s, services)
        addresses(s, services)
    note_deployed(s, services)


def _get_images(s: Session, plan: Plan) -> None:
    """Pull and build what is planned."""
    from tutor.engines import images
    from tutor.engines.fetch import fetch
    from tutor.engines.model import read_model
    from tutor.hooks import Filters

    fmt.echo_title("Getting the images")
    engine, planned = s.compose.engine, {change.image for change in plan.images}
    users = images.needed(read_model(s.runner, s.compose, jobs=True))
    builds = images.all_builds(s.project)
    here = images.images_here(s.runner, engine, dict.fromkeys([*users, *(b.tag for b in builds)]))
    builds = images.remembered(images.built_here(builds, here), here)
    required = set(Filters.IMAGES_BUILD_REQUIRED.iterate(s.flavour.name))
    found = images.plan_fetching(users, builds, images.digests_here(here), required=required)
    wanted = images.Fetching(
        tuple((build, digest) for build, digest in found.builds if build.tag in planned),
        tuple(image for image in found.pulls if image in planned),
    )
    fetch(s.runner, engine, s.project, wanted, users, s.reporter)


def _change_services(s: Session, plan: Plan, services: dict[str, Service]) -> None:
    """Create, recreate, start, restart and remove what is planned."""
    from tutor.engines.start import remove_services, restart_stale, start

    fmt.echo_title("Starting the services")
    by_action: dict[str, list[str]] = {}
    for change in plan.services:
        by_action.setdefault(change.action, []).append(change.name)
    s.prepare_start()
    up = [*by_action.get("created", ()), *by_action.get("recreated", ()), *by_action.get("started", ())]
    if "removed" in by_action:
        remove_services(s.runner, s.compose, by_action["removed"], s.reporter)
    if up:
        start(s.runner, s.compose, services, s.reporter, names=up)
    if "restarted" in by_action:
        restart_stale(s.runner, s.compose, s.project.environment, s.reporter, by_action["restarted"])


def _flavours() -> dict[str, Flavour]:
    from tutor.engines.compose import DEV, LOCAL

    return {"local": LOCAL, "dev": DEV}


def _apply_kubernetes(context: Context, plan: Plan, wish: Wish) -> None:
    from tutor.commands import kubernetes
    from tutor.commands.k8s_launch import bring_up, note_brought

    with kubernetes.session(context, deploys=True, allow_missing=wish.options.allow_missing) as s:
        if plan.services or plan.tasks:
            bring_up(s, wish.again)
        else:
            note_brought(s)


def _check_kubernetes(prepared: Prepared) -> None:
    from tutor.commands.kubernetes import new_session

    new_session(prepared.project).check_before_jobs()


#: Way to run the platform → what brings it to a plan, once settings and environment are written.
APPLIERS = {name: _apply_compose(flavour) for name, flavour in _flavours().items()}
APPLIERS["k8s"] = _apply_kubernetes
#: Way to run the platform → what makes sure, before anything is written, that this machine can do it.
CHECKS = {name: _check_compose(flavour) for name, flavour in _flavours().items()}
CHECKS["k8s"] = _check_kubernetes
