"""Starting services in the background, so that they run on the files of now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.engines.health import containers, culprit, unhealthy
from tutor.engines.stale import running_containers, stale_services
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from tutor.engines.compose import ComposeProject
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Result, Runner

#: A stage of a container on its way, in Compose's words.
_STAGE = re.compile(
    r"(Container|Network|Volume) \S+ +"
    r"(Creat(e|ing|ed)|Recreate|Start(ing)?|Restarting|Stopping|Waiting|Running|Exited|Healthy)"
)


def start(
    runner: Runner,
    compose: ComposeProject,
    services: Mapping[str, Service],
    reporter: Reporter,
    *,
    names: Collection[str] = (),
    build: bool = False,
) -> None:
    """Start services in the background.

    Args:
        runner: runs the commands.
        compose: the project.
        services: all services of the project.
        reporter: told what Compose prints.
        names: the services to start; empty for all.
        build: let Compose build those that have instructions for it.

    Raises:
        EngineError: a service does not start; with the end of its log.
    """
    argv = compose.up(names, detach=True, build=build)
    result = run_quietly(runner, compose, argv, reporter)
    if result.code == 0:
        return
    guilty = culprit(services.values(), containers(runner, compose))
    if guilty is not None:
        raise unhealthy(runner, compose, guilty.service, guilty)
    raise EngineError(
        f"The containers do not start: {result.reason}",
        where=f"project {compose.name}",
        excerpt="\n".join(result.output.splitlines()[-10:]),
        hint=f"tutor {compose.group} status",
    )


def run_quietly(runner: Runner, compose: ComposeProject, argv: Sequence[str], reporter: Reporter) -> Result:
    """Run a command of Compose, and hand on the lines that tell what was done, each once.

    Compose tells every stage of every container, and again for each service that waits for it.
    """
    told: set[str] = set()

    def show(line: str) -> None:
        text = line.strip()
        if text and text not in told and not _STAGE.fullmatch(text):
            told.add(text)
            reporter.output(text)

    return runner.tail(argv, environment=compose.engine.environment, line=show)


def remove_labelled(runner: Runner, compose: ComposeProject, label: str) -> bool:
    """Remove the containers of a project that have a label, running or not.

    Returns:
        Whether there were any.
    """
    engine = compose.engine
    filters = [f"label=com.docker.compose.project={compose.name}", f"label={label}"]
    options = [word for text in filters for word in ("--filter", text)]
    argv = [*engine.command, "ps", "--all", "--quiet", *options]
    found = runner.capture(argv, environment=engine.environment).output.split()
    if found:
        argv = [*engine.command, "rm", "--force", "--volumes", *found]
        runner.capture(argv, environment=engine.environment)
    return bool(found)


def remove_services(
    runner: Runner, compose: ComposeProject, names: Sequence[str], reporter: Reporter
) -> None:
    """Remove the containers of services that are no longer in the files. What they need is not looked at.

    Raises:
        EngineError: the engine refuses.
    """
    engine = compose.engine
    for name in names:
        filters = [
            f"label=com.docker.compose.project={compose.name}",
            f"label=com.docker.compose.service={name}",
        ]
        options = [word for text in filters for word in ("--filter", text)]
        argv = [*engine.command, "ps", "--all", "--quiet", *options]
        found = runner.capture(argv, environment=engine.environment).output.split()
        if not found:
            continue
        reporter.info(f"removing {name}")
        for argv in (
            [*engine.command, "stop", *found],
            [*engine.command, "rm", "--force", "--volumes", *found],
        ):
            result = runner.capture(argv, environment=engine.environment)
            if result.code:
                raise EngineError(
                    f"The containers of service {name} cannot be removed: {result.reason}",
                    where=f"project {compose.name}",
                    hint="tutor local status",
                )


def restart_stale(
    runner: Runner,
    compose: ComposeProject,
    environment: Path,
    reporter: Reporter,
    names: Collection[str] = (),
) -> list[str]:
    """Restart the running services whose files have changed since they were started.

    Args:
        runner: runs the commands.
        compose: the project.
        environment: the rendered environment.
        reporter: told which.
        names: look at these services only; empty for all.

    Raises:
        EngineError: they do not restart.
    """
    running = [c for c in running_containers(runner, compose) if not names or c.service in names]
    stale = stale_services(running, environment)
    if not stale:
        return []
    reporter.info(f"restarting what runs on older files: {', '.join(stale)}")
    result = run_quietly(runner, compose, compose.command("restart", *stale), reporter)
    if result.code:
        raise EngineError(
            f"The services do not restart: {result.reason}",
            where=f"services {', '.join(stale)}",
            hint=f"tutor {compose.group} status",
        )
    return stale
