"""What `tutor local` and its siblings share: the commands that hand on to Compose."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.groups import CommandGroup
from tutor.commands.params import NameType, completing
from tutor.commands.runners import BaseComposeContext, ComposeJobRunner, ComposeTaskRunner, run_and_remove
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tutor.commands.context import Context
    from tutor.engines.compose import ComposeProject, Files, Flavour
    from tutor.engines.find import Engine
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.jobs.compose import ComposePlace
    from tutor.project import Project

#: What plugins import from here is at home elsewhere.
__all__ = [
    "COMMANDS",
    "BaseComposeContext",
    "ComposeGroup",
    "ComposeJobRunner",
    "ComposeTaskRunner",
    "ServiceType",
    "Session",
    "TerminalReporter",
    "allow_missing_option",
    "current_flavour",
    "session",
]

#: Names under which plugins import what is elsewhere.
HANDED_ON = {
    "add_commands": "tutor.commands.common:add_commands",
    "config_save_command": "tutor.commands.config:save",
    "dc_command": "tutor.commands.compose:dc",
    "do": "tutor.commands.do:do",
    "launch": "tutor.commands.launch:launch",
    "upgrade": "tutor.commands.upgrade:upgrade",
}

__getattr__ = hand_on(__name__, "tutor.commands.compose", HANDED_ON)

#: Arguments that belong to Compose or to a command in a container, not to us.
PASS_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": False}


class TerminalReporter:
    """Shows progress on the terminal."""

    def title(self, text: str) -> None:
        """Print a headline."""
        fmt.echo_title(text)

    def info(self, text: str) -> None:
        """Print an information."""
        fmt.echo_info(text)

    def warn(self, text: str) -> None:
        """Print a warning."""
        fmt.echo_alert(text)

    def output(self, line: str) -> None:
        """Print a line of a process, set in."""
        fmt.echo(f"    {line}", err=True)


class ComposeGroup(CommandGroup):
    """A group of commands that run a flavour of the platform."""

    def __init__(self, *args: Any, flavour: Flavour, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flavour = flavour


@dataclass(slots=True)
class Session:
    """What a command works with: an opened project, and how its processes are run."""

    flavour: Flavour
    project: Project
    runner: Runner
    reporter: Reporter
    _compose: ComposeProject | None = None
    _place: ComposePlace | None = None
    #: Name of the Compose project, where it is not that of the settings.
    name: str = ""

    def compose_on(self, engine: Engine) -> ComposeProject:
        """The Compose project on an engine."""
        from tutor.engines.compose import ComposeProject

        name = self.name or str(self.project.values[self.flavour.project_setting])
        return ComposeProject(name, self.files, engine, group=self.flavour.name)

    @property
    def files(self) -> Files:
        """The Compose files."""
        return self.flavour.files(self.project.environment)

    @property
    def compose(self) -> ComposeProject:
        """The Compose project, on the engine of this machine.

        Raises:
            EngineError: there is no environment, or no engine that answers.
        """
        if self._compose is None:
            from tutor.engines.find import find_engine

            self.files.paths(jobs=True)
            self._compose = self.compose_on(find_engine(self.runner, os.environ))
        return self._compose

    def check_machine(self, names: Collection[str] = ()) -> dict[str, Service]:
        """Make every check, and return the services that will run: some with what they need, or all.

        Raises:
            EngineError: something keeps the platform from running.
        """
        from tutor.doctor import Subject, demand, examine
        from tutor.engines.model import dependencies

        subject = Subject(self.runner, self.project, self.compose_on)
        demand(examine(subject), self.reporter)
        self._compose = subject.running
        services = subject.services or {}
        if not names:
            return services
        chosen = {*names, *dependencies(services, names)}
        return {name: service for name, service in services.items() if name in chosen}

    def checked(self, engine: Engine) -> dict[str, Service]:
        """Take the engine of a check that has just been made, and return all services that will run.

        Raises:
            EngineError: Compose refuses the environment.
        """
        from tutor.engines.model import read_model

        self._compose = self.compose_on(engine)
        return read_model(self.runner, self._compose)

    @property
    def place(self) -> ComposePlace:
        """Where tasks run."""
        from tutor.jobs.compose import ComposePlace

        if self._place is None:
            self._place = ComposePlace(self.runner, self.compose, self.reporter, self.flavour.name)
        return self._place

    def check_before_jobs(self) -> None:
        """Make every check, and make sure that all images are here.

        Raises:
            EngineError: something keeps the jobs from running.
        """
        from tutor.engines.fetch import ensure

        self.check_machine()
        engine, app = self.compose.engine, self.flavour.name
        ensure(self.runner, engine, self.project, self.place.services, self.reporter, build=False, app=app)

    def run_interactively(self, service: str, command: Sequence[str]) -> int:
        """Run a command in a new container of a service on our terminal, and remove the container."""
        return run_and_remove(self, [*terminal_options(), service, *command])

    def prepare_start(self, names: Collection[str] = ()) -> None:
        """Check what services are about to be started on, and tell plugins.

        Raises:
            EngineError: the running proxy would refuse its new file.
        """
        from tutor.engines.proxy import check_proxy

        check_proxy(self.runner, self.compose, self.project.environment, names)
        self.announce_start()

    def announce_start(self) -> None:
        """Tell plugins that containers are about to be started."""
        from tutor.hooks import Actions

        root = str(self.project.root)
        Actions.COMPOSE_PROJECT_STARTED.do(root, self.project.config, self.compose.name)

    def hand_on(self, *arguments: str, jobs: bool = False) -> int:
        """Run a command of Compose on our terminal."""
        argv = self.compose.command(*arguments, jobs=jobs)
        return self.runner.run(argv, environment=self.compose.engine.environment)


@contextlib.contextmanager
def session(
    context: Context, *, flavour: Flavour | None = None, deploys: bool = False, allow_missing: bool = False
) -> Iterator[Session]:
    """Open the project for a command of the current group.

    Args:
        context: says where the project is, and may say what runs it.
        flavour: the one to run; by default that of the context, or of the group.
        deploys: the command would run the platform without the plugins that cannot be loaded.
        allow_missing: the user says that this is fine.
    """
    from tutor.engines.run import ProcessRunner

    own = context.flavour if isinstance(context, BaseComposeContext) else None
    flavour = flavour or own or current_flavour(click.get_current_context())
    with context.opened() as project:
        if deploys:
            project.require_plugins(allow_missing=allow_missing)
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        yield Session(flavour, project, ProcessRunner(), TerminalReporter())


def current_flavour(ctx: click.Context | None) -> Flavour:
    """The flavour of the group that a command was called in."""
    while ctx is not None:
        if isinstance(ctx.command, ComposeGroup):
            return ctx.command.flavour
        ctx = ctx.parent
    raise LookupError("not in a group that runs the platform")


class ServiceType(NameType):
    """The name of a service."""

    name = "service"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Services in the rendered files, and names for several of them."""
        from tutor.engines.compose import ALIASES, service_names

        environment = Path(completing(ctx).root) / "env"
        return sorted([*service_names(current_flavour(ctx).files(environment)), *ALIASES])


def allow_missing_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option with which a command goes on without plugins that cannot be loaded."""
    return click.option(
        "--allow-missing", is_flag=True, help="Go on without enabled plugins that cannot be loaded."
    )(function)


services_argument = click.argument(
    "services", metavar="[SERVICE]...", nargs=-1, type=ServiceType(), required=False
)


@click.command("start", short_help="Start the platform, or some of its services.")
@click.option("-d", "--detach", is_flag=True, help="Start in the background.")
@click.option("--build", is_flag=True, help="Build the images that are missing or outdated first.")
@allow_missing_option
@services_argument
@click.pass_obj
def start(context: Context, detach: bool, build: bool, allow_missing: bool, services: tuple[str, ...]) -> int:
    """Start the platform, or some of its services and what they need.

    Without --detach, it shows what the services print; Ctrl-C stops them. In development, a service that is
    started alone has the terminal: breakpoints wait there. Services that run on files of the environment
    that have changed since are restarted. The name openedx stands for the LMS, the CMS and their workers.

    \b
    Examples:
      tutor local start -d
      tutor local start lms cms
    """
    return _start(context, detach, build, allow_missing, services)


def _start(context: Context, detach: bool, build: bool, allow_missing: bool, wanted: tuple[str, ...]) -> int:
    from tutor.engines.compose import check_services, expand
    from tutor.engines.fetch import ensure
    from tutor.engines.start import restart_stale, start

    with session(context, deploys=True, allow_missing=allow_missing) as s:
        names = expand(wanted)
        check_services(names, s.files)
        services = s.check_machine(names)
        ensure(s.runner, s.compose.engine, s.project, services, s.reporter, build=build, app=s.flavour.name)
        s.prepare_start(names)
        environment = s.project.environment
        alone = s.flavour.name == "dev" and len(names) == 1 and not terminal_options()
        if not detach and not alone:
            restart_stale(s.runner, s.compose, environment, s.reporter, names)
            argv = s.compose.up(names, detach=False, build=build)
            return s.runner.run(argv, environment=s.compose.engine.environment)
        start(s.runner, s.compose, services, s.reporter, names=names, build=build)
        restart_stale(s.runner, s.compose, environment, s.reporter, names)
        return 0 if detach else _hand_over(s, names[0])


def _hand_over(s: Session, service: str) -> int:
    """Make our terminal that of a service until it ends, or Ctrl-C is pressed; then it is stopped."""
    from tutor.engines.health import containers

    engine = s.compose.engine
    found = [c.identity for c in containers(s.runner, s.compose) if c.service == service]
    s.reporter.info(f"the terminal is that of {service} now: breakpoints wait here, Ctrl-C stops it")
    try:
        return s.runner.run([*engine.command, "attach", *found], environment=engine.environment)
    finally:
        s.hand_on("stop", service)


@click.command("stop", short_help="Stop the platform, or some of its services.")
@services_argument
@click.pass_obj
def stop(context: Context, services: tuple[str, ...]) -> int:
    """Stop the platform, or some of its services. Data is kept.

    \b
    Examples:
      tutor local stop
      tutor local stop openedx
    """
    from tutor.engines.compose import check_services, expand

    with session(context) as s:
        check_services(services, s.files)
        return s.hand_on("stop", *expand(services))


@click.command("restart", short_help="Restart running services.")
@services_argument
@click.pass_obj
def restart(context: Context, services: tuple[str, ...]) -> int:
    """Restart some services, or all, in their containers: fast, and enough for changed settings.

    \b
    Examples:
      tutor local restart
      tutor local restart openedx
    """
    from tutor.engines.compose import check_services, expand
    from tutor.engines.proxy import check_proxy

    with session(context) as s:
        names = [] if "all" in services else list(services)
        check_services(names, s.files)
        check_proxy(s.runner, s.compose, s.project.environment, names)
        return s.hand_on("restart", *expand(names))


@click.command("reboot", short_help="Stop, then start.")
@click.option("-d", "--detach", is_flag=True, help="Start in the background.")
@allow_missing_option
@services_argument
@click.pass_obj
def reboot(context: Context, detach: bool, allow_missing: bool, services: tuple[str, ...]) -> int:
    """Stop the platform, or some of its services, and start it again.

    \b
    Example:
      tutor local reboot -d
    """
    from tutor.engines.compose import check_services, expand

    with session(context, deploys=True, allow_missing=allow_missing) as s:
        check_services(services, s.files)
        code = s.hand_on("stop", *expand(services))
    return code or _start(context, detach, False, allow_missing, services)


@click.command("status", short_help="Show the state of the containers.")
@click.pass_obj
def status(context: Context) -> int:
    """Show which containers run, and whether they are healthy."""
    with session(context) as s:
        return s.hand_on("ps", "--all")


@click.command("logs", short_help="Show what services print.")
@click.option("-f", "--follow", is_flag=True, help="Go on showing until Ctrl-C.")
@click.option("--tail", type=int, metavar="N", help="Only the last N lines of each service.")
@click.argument("service", metavar="[SERVICE]...", nargs=-1, type=ServiceType())
@click.pass_obj
def logs(context: Context, follow: bool, tail: int | None, service: tuple[str, ...]) -> int:
    """Show what services print.

    \b
    Examples:
      tutor local logs --follow --tail=100 lms
      tutor local logs openedx
    """
    from tutor.engines.compose import check_services, expand

    with session(context) as s:
        check_services(service, s.files)
        argv = s.compose.logs(expand(service), follow=follow, tail=tail)
        return s.runner.run(argv, environment=s.compose.engine.environment)


@click.command("exec", short_help="Run a command in a running container.", context_settings=PASS_THROUGH)
@click.argument("args", metavar="SERVICE COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def execute(context: Context, args: tuple[str, ...]) -> int:
    """Run a command in the running container of a service; options in front of SERVICE are Compose's.

    \b
    Examples:
      tutor local exec lms bash
      tutor local exec mysql mysql --version
    """
    with session(context) as s:
        return s.hand_on("exec", *terminal_options(args), *args)


@click.command("run", short_help="Run a command in a new container.", context_settings=PASS_THROUGH)
@click.argument("args", metavar="SERVICE COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_obj
def run(context: Context, args: tuple[str, ...]) -> int:
    """Run a command in a new container of a service, which is removed afterwards.

    What the service needs is started first. Options in front of SERVICE are Compose's.

    \b
    Examples:
      tutor local run lms ./manage.py lms shell
      tutor local run --no-deps lms-job bash
    """
    with session(context) as s:
        return run_and_remove(s, [*terminal_options(args), *args])


@click.command("dc", short_help="Run any command of Compose.", context_settings=PASS_THROUGH)
@click.argument("command")
@click.argument("args", metavar="[ARGS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def dc(context: Context, command: str, args: tuple[str, ...]) -> int:
    """Run any command of Compose on the files of the platform.

    \b
    Examples:
      tutor local dc top
      tutor local dc down --volumes
    """
    with session(context) as s:
        return s.hand_on(command, *args)


@click.command("copyfrom", short_help="Copy files out of a container.")
@click.argument("service", type=ServiceType())
@click.argument("container_path")
@click.argument("host_path", type=click.Path(path_type=Path))
@click.pass_obj
def copyfrom(context: Context, service: str, container_path: str, host_path: Path) -> int:
    """Copy a file or a folder out of a container of a service, which need not run.

    Where HOST_PATH is a folder, the copy is put into it; else it is the name of the copy.

    \b
    Example:
      tutor local copyfrom lms /openedx/edx-platform/cms .
    """
    from tutor.engines.copy import copy_command

    with session(context) as s:
        argv = copy_command(s.compose, service, container_path, host_path)
        return s.runner.run(argv, environment=s.compose.run_environment)


def terminal_options(args: tuple[str, ...] = ()) -> list[str]:
    """The option without which Compose insists on a terminal, where there is none."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return []
    return [] if args[:1] and args[0] in ("-T", "--no-TTY", "-d", "--detach", "-t", "--tty") else ["-T"]


#: The commands that every flavour has.
COMMANDS: tuple[click.Command, ...] = (
    start,
    stop,
    restart,
    reboot,
    status,
    logs,
    execute,
    run,
    dc,
    copyfrom,
)
