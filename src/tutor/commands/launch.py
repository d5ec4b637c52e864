"""`tutor local launch`: from nothing, or from whatever runs, to a platform that answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands import learner_pages
from tutor.commands.compose import Session, allow_missing_option, current_flavour, session
from tutor.commands.do import run_init, tasks_of_init
from tutor.commands.showing import dry_run_option, show_dry_run

if TYPE_CHECKING:
    from tutor.change import Prepared
    from tutor.commands.context import Context
    from tutor.engines.compose import ComposeProject, Flavour
    from tutor.engines.find import Engine
    from tutor.engines.model import Service
    from tutor.engines.restarts import RestartWatch

#: Seconds that services may take to become healthy. A first start creates databases.
HEALTH_TIMEOUT = 900.0
#: Seconds that the web server may take to reach a healthy platform; certificates take longest.
WEB_TIMEOUT = 120.0


@click.command("launch", short_help="Configure, start and initialise the platform.")
@click.option("-I", "--non-interactive", is_flag=True, help="Ask nothing: take the settings as they are.")
@click.option("-p", "--pullimages", is_flag=True, help="Pull images also where they are here already.")
@click.option("--skip-build", is_flag=True, help="Build no images.")
@allow_missing_option
@dry_run_option
@click.pass_obj
def launch(
    context: Context,
    non_interactive: bool,
    pullimages: bool,
    skip_build: bool,
    allow_missing: bool,
    dry_run: bool,
) -> int:
    """Configure, start and initialise the platform: the one command for a first start and after every change.

    It does no harm to run it again, also where it was stopped or has failed. Nothing is changed before this
    machine is known to be able to run the platform. With --dry-run, nothing is asked; the init tasks that are
    shown are those that are new or have changed, and a launch runs the others again as well.

    \b
    Examples:
      tutor local launch
      tutor local launch --non-interactive
      tutor local launch --dry-run
    """
    if dry_run:
        return _dry_run(context, allow_missing, build=not skip_build, pull_all=pullimages)
    answers, plugins = _prepare(context, non_interactive, allow_missing)
    learner_pages.get(context, plugins)
    fmt.echo_title("Checking this machine, saving settings and environment")
    engine = _save(context, answers, plugins, allow_missing)
    with session(context, deploys=True, allow_missing=allow_missing) as s:
        services = s.checked(engine)
        tasks = tasks_of_init(s)
        _images(s, build=not skip_build, pull_all=pullimages)
        _start(s, services)
        fmt.echo_title("Initialising databases and services")
        with watching(s) as watch:
            run_init(s, tasks, check=watch.check)
        watch.check()
        wait_for_services(s, services)
        addresses(s, services)
        note_deployed(s, services)
    return 0


def _dry_run(context: Context, allow_missing: bool, *, build: bool, pull_all: bool) -> int:
    from tutor.change import Change, Options
    from tutor.plan.sides import Fetch

    side = current_flavour(click.get_current_context()).name
    given = (" --pullimages" if pull_all else "") + ("" if build else " --skip-build")
    commands = [f"tutor {side} launch{given}"]
    if not given:
        commands.append(f"or only what is shown: tutor apply --on {side}")
    options, fetch = Options(allow_missing=allow_missing), Fetch(build, pull_all)
    return show_dry_run(context, Change(), options, side, tuple(commands), fetch)


def quickstart_of(launch: click.Command) -> click.Command:
    """The older name of a command `launch`."""
    return click.Command(
        "quickstart",
        callback=launch.callback,
        params=launch.params,
        help=launch.help,
        short_help="The same as launch.",
    )


quickstart = quickstart_of(launch)


def _prepare(
    context: Context, non_interactive: bool, allow_missing: bool
) -> tuple[dict[str, Any], list[str]]:
    """Ask the questions, where there is an engine; without questions, the checks before saving look for it.

    Returns:
        Settings, and plugins to enable.
    """
    from tutor.commands.questions import wishes
    from tutor.engines.find import find_engine

    with session(context, deploys=True, allow_missing=allow_missing) as s:
        if not non_interactive:
            find_engine(s.runner, os.environ)
        return wishes(s.project, non_interactive=non_interactive)


def _save(context: Context, answers: dict[str, Any], plugins: list[str], allow_missing: bool) -> Engine:
    """Save, if this machine can run what is saved.

    Returns:
        The engine that runs it.
    """
    from tutor import change
    from tutor.commands import report

    flavour = current_flavour(click.get_current_context())
    engines: list[Engine] = []
    prepared = change.save(
        Path(context.root),
        Path(context.plugins_root),
        change.Change(set=answers, enable=tuple(plugins)),
        change.Options(allow_missing=allow_missing, command=click.get_current_context().command_path[6:]),
        before=lambda prepared: engines.append(check_before(prepared, flavour)),
    )
    report.saved(prepared)
    return engines[0]


def check_before(prepared: Prepared, flavour: Flavour) -> Engine:
    """Make the checks on what would be written: a port that is taken keeps everything as it was.

    Returns:
        The engine of this machine.

    Raises:
        EngineError: something keeps the platform from running.
    """
    from tutor.commands.compose import TerminalReporter
    from tutor.doctor import Subject, checks, demand, examine
    from tutor.engines.run import ProcessRunner
    from tutor.plan.staged import staged, staged_project

    with staged(prepared) as folder:

        def compose(engine: Engine) -> ComposeProject:
            return staged_project(prepared, folder, flavour, engine)

        subject = Subject(ProcessRunner(), prepared.project, compose)
        demand(examine(subject, checks.BEFORE_SAVING), TerminalReporter())
    if subject.engine is None:
        raise LookupError("the check of the engine is one of those before saving")
    return subject.engine


def _images(s: Session, *, build: bool, pull_all: bool) -> None:
    from tutor.engines.fetch import ensure

    fmt.echo_title("Getting the images")
    engine = s.compose.engine
    app = s.flavour.name
    ensure(s.runner, engine, s.project, s.place.services, s.reporter, build=build, pull_all=pull_all, app=app)


def _start(s: Session, services: dict[str, Service]) -> None:
    from tutor.engines.start import restart_stale, start

    fmt.echo_title("Starting the services")
    s.prepare_start()
    start(s.runner, s.compose, services, s.reporter)
    restart_stale(s.runner, s.compose, s.project.environment, s.reporter)


def watching(s: Session) -> RestartWatch:
    """What notices, while the platform is initialised, that it does not even start."""
    from tutor.engines.restarts import RestartWatch

    return RestartWatch(s.runner, s.compose, ("lms", "cms"), s.reporter)


def wait_for_services(s: Session, services: dict[str, Service]) -> None:
    """Wait until all services are healthy.

    Raises:
        EngineError: one is not, in time.
    """
    from tutor.engines.health import wait_until_healthy

    fmt.echo_title("Waiting until all services are healthy")
    wait_until_healthy(s.runner, s.compose, list(services.values()), s.reporter, timeout=HEALTH_TIMEOUT)


def addresses(s: Session, services: dict[str, Service]) -> None:
    """Fetch a page as a browser would, and tell the addresses."""
    from tutor.commands.hosts import public_hosts
    from tutor.engines.web import site, wait_for_page

    if s.flavour.name == "dev":
        _development_addresses(s, services)
        return
    values = s.project.values
    https = values["ENABLE_HTTPS"] and values["ENABLE_WEB_PROXY"]
    place = site(values["LMS_HOST"], services, https=https)
    if place is None:
        fmt.echo_info("The platform runs. Its web server publishes no port on this machine.")
        return
    wait_for_page(place, s.reporter, "tutor local logs --tail 50 caddy lms", timeout=WEB_TIMEOUT)
    fmt.echo_title("The platform runs")
    for host, purpose in public_hosts(s.project, s.flavour.name):
        shown = site(host, services, https=https)
        if shown is not None:
            click.echo(f"    {shown.url}  {purpose}".rstrip())


def note_deployed(s: Session, services: dict[str, Service]) -> None:
    """Note in the history that the platform was brought to what was saved last, and on which images."""
    from tutor.engines.images import images_here
    from tutor.env import history
    from tutor.env.lock import locked

    names = dict.fromkeys(service.image for service in services.values() if service.image)
    here = images_here(s.runner, s.compose.engine, names)
    with locked(s.project.root):
        identities = {name: image.identity for name, image in here.items()}
        history.note_deployed(s.project.root, s.flavour.name, identities)


def _development_addresses(s: Session, services: dict[str, Service]) -> None:
    from tutor.commands.dev import addresses as development
    from tutor.engines.web import published, wait_for_page

    place = published(s.project.values["LMS_HOST"], services, "lms", 8000)
    if place is not None:
        wait_for_page(place, s.reporter, "tutor dev logs --tail 50 lms", timeout=WEB_TIMEOUT)
    fmt.echo_title("The platform runs")
    for url, purpose in development(s.project):
        click.echo(f"    {url}  {purpose}".rstrip())
