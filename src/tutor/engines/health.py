"""Waiting until services are healthy, and saying which one is not, and why."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tutor.engines.compose import ComposeProject
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner

#: Seconds between two looks: at least and at most. In between it is a tenth of the time waited so far: so we
#: notice soon what was quick, and take no time from what is slow. Each look is a process.
PAUSE = (0.2, 1.0)
#: Seconds that a container may be stopped in a row before it counts as failed: restarts take a moment.
PATIENCE = 8.0
#: Seconds that a service may be unhealthy in a row before it counts as failed.
UNHEALTHY_PATIENCE = 120.0
#: New starts after which a service will not run, whatever is done next.
RESTARTS = 3
#: Seconds after which it is told again what is waited for.
REMINDER = 30.0
#: Lines of a service's log that are shown when it fails.
LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a project, as it is now. ``health`` is empty where nothing checks it."""

    service: str
    state: str
    health: str = ""
    exit_code: int = 0
    identity: str = ""
    restarts: int = 0

    @property
    def described(self) -> str:
        """State and health in words."""
        if self.restarts:
            return f"it starts again and again, {self.restarts} times by now (exit code {self.exit_code})"
        if self.state == "exited":
            return f"exited with code {self.exit_code}"
        return self.health if self.state == "running" and self.health else self.state


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, so that tests need not wait for it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def containers(runner: Runner, project: ComposeProject) -> list[Container]:
    """The containers of a project's services; those of jobs are left out.

    Raises:
        EngineError: Compose does not say.
    """
    argv = project.command("ps", "--all", "--format", "json")
    result = runner.capture(argv, environment=project.engine.environment)
    if result.code:
        raise EngineError(
            f"Compose does not list the containers: {result.reason}",
            where=str(project.files.folder),
            hint=f"tutor {project.group} status",
        )
    return [
        Container(
            service=str(entry["Service"]),
            state=str(entry["State"]).lower(),
            health=str(entry.get("Health") or "").lower(),
            exit_code=int(entry.get("ExitCode") or 0),
            identity=str(entry.get("ID") or ""),
        )
        for entry in _entries(result.output)
    ]


def is_ready(container: Container, service: Service) -> bool:
    """Whether a container does what it is there for: it runs and is healthy, or has done its one task."""
    if container.state == "running":
        return container.health in ("", "healthy")
    return container.state == "exited" and container.exit_code == 0 and not service.restarts


def wait_until_healthy(
    runner: Runner,
    project: ComposeProject,
    services: Collection[Service],
    reporter: Reporter,
    *,
    timeout: float,
    clock: Clock | None = None,
) -> None:
    """Wait until all of some services are ready.

    Args:
        runner: runs the questions.
        project: the project.
        services: the ones to wait for.
        reporter: told what is still waited for, whenever that changes.
        timeout: seconds.
        clock: the time.

    Raises:
        EngineError: one is not ready in time, or has stopped; with the end of its log.
    """
    clock = clock or Clock()
    begin = clock.now()
    watch = _Watch()
    while True:
        now = clock.now()
        found = {c.service: c for c in containers(runner, project)}
        waiting = [s for s in services if s.name not in found or not is_ready(found[s.name], s)]
        if not waiting:
            return
        names = [f"{s.name} ({found[s.name].described if s.name in found else 'missing'})" for s in waiting]
        watch.tell(f"waiting for {', '.join(names)}", now, reporter)
        failed = [s.name for s in waiting if watch.has_failed(s.name, found.get(s.name), now)]
        if failed or now >= begin + timeout:
            name = failed[0] if failed else waiting[0].name
            raise unhealthy(runner, project, name, found.get(name))
        clock.sleep(pause(now - begin))


def pause(waited: float) -> float:
    """Seconds until the next look, after so many seconds of waiting."""
    return min(max(waited / 10, PAUSE[0]), PAUSE[1])


@dataclass(slots=True)
class _Watch:
    """What was seen so far while waiting."""

    stopped_since: dict[str, float] = field(default_factory=dict)
    unhealthy_since: dict[str, float] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    falls: Counter[str] = field(default_factory=Counter)
    told: str = ""
    told_at: float = 0.0

    def tell(self, text: str, now: float, reporter: Reporter) -> None:
        """Tell what is waited for, when it has changed or was not said for long."""
        if text != self.told or now - self.told_at >= REMINDER:
            reporter.info(text)
            self.told, self.told_at = text, now

    def has_failed(self, name: str, container: Container | None, now: float) -> bool:
        """Whether a service was down, or unwell, for too long to hope, or starts again and again."""
        state = container.state if container else "missing"
        self.falls[name] += state == "restarting" and self.states.get(name) in ("running", "created")
        self.states[name] = state
        if state in ("running", "created"):
            self.stopped_since[name] = now
        if container is None or container.health != "unhealthy":
            self.unhealthy_since[name] = now
        stopped = now - self.stopped_since.setdefault(name, now)
        unwell = now - self.unhealthy_since.setdefault(name, now)
        return stopped >= PATIENCE or unwell >= UNHEALTHY_PATIENCE or self.falls[name] >= RESTARTS


def unhealthy(
    runner: Runner, project: ComposeProject, service: str, container: Container | None
) -> EngineError:
    """The error about a service that is not ready."""
    state = container.described if container else "there is no container of it"
    log = end_of_log(runner, project, service) or "(it has printed nothing)"
    check = last_check(runner, project, container) if container else ""
    return EngineError(
        f"Service {service} is not ready: {state}",
        where=f"service {service} of project {project.name}; the end of its log follows",
        excerpt=f"{log}\nIts health check says: {check}" if check else log,
        hint=f"tutor {project.group} logs --tail 100 {service}",
    )


def end_of_log(runner: Runner, project: ComposeProject, service: str) -> str:
    """The last lines that a service printed."""
    argv = project.command("logs", "--no-color", "--no-log-prefix", "--tail", str(LOG_LINES), service)
    return runner.capture(argv, environment=project.engine.environment).output.strip()


def last_check(runner: Runner, project: ComposeProject, container: Container) -> str:
    """What the health check of an unhealthy container printed last, on one line."""
    if container.health != "unhealthy" or not container.identity:
        return ""
    argv = [*project.engine.command, "inspect", "--format", "{{json .State.Health.Log}}", container.identity]
    result = runner.capture(argv, environment=project.engine.environment)
    try:
        last = json.loads(result.output)[-1]
        return f"{' '.join(str(last['Output']).split())} (exit code {last['ExitCode']})".strip()
    except (ValueError, LookupError, TypeError):
        return ""


def culprit(services: Iterable[Service], found: Iterable[Container]) -> Container | None:
    """The container that most likely keeps a project from starting."""
    known = {service.name: service for service in services}
    wrong = [c for c in found if c.service in known and not is_ready(c, known[c.service])]
    wrong = [c for c in wrong if c.state != "created" and c.health != "starting"]
    # One that was never well comes before one that waits for it.
    wrong.sort(key=lambda c: (c.state == "running", c.health != "unhealthy"))
    return wrong[0] if wrong else None


def _entries(output: str) -> list[dict[str, Any]]:
    """Compose prints a list, or, since 2.21, one object a line."""
    text = output.strip()
    if text.startswith("["):
        entries: list[dict[str, Any]] = json.loads(text)
        return entries
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
