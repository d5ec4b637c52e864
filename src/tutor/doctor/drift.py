"""Check: containers run what the environment says."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.engines import inspect
from tutor.engines.stale import running_containers, stale_services
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import Runner

#: Words for the services that can be started without touching any other.
IDLE = "do not run"
HASH_LABEL = "com.docker.compose.config-hash"


def check_drift(subject: Subject) -> Iterator[Finding]:
    """Compare the running containers of the project with its files. Where nothing runs, nothing drifts."""
    compose = subject.running
    if compose is None or subject.services is None:
        return
    running = inspect.running(subject.runner, compose.engine, f"{inspect.PROJECT_LABEL}={compose.name}")
    hashes = {
        inspect.label(c, inspect.SERVICE_LABEL): inspect.label(c, HASH_LABEL)
        for c in running
        if inspect.label(c, inspect.ONE_OFF_LABEL) != "True"
    }
    if not hashes:
        return
    wanted = _hashes(subject)
    groups = {
        "run although they are not in the environment": sorted(set(hashes) - set(wanted)),
        IDLE: sorted(n for n, s in subject.services.items() if n not in hashes and s.restarts),
        "run with another configuration than the environment's": sorted(
            name for name, digest in hashes.items() if name in wanted and wanted[name] != digest
        ),
        "run on files that have changed since": stale_services(
            running_containers(subject.runner, compose), subject.project.environment
        ),
    }
    for what, names in groups.items():
        if names and wanted:
            yield Finding(
                "drift",
                "warning",
                f"Services that {what}: {', '.join(names)}",
                f"project {compose.name}",
                "tutor local launch",
                functools.partial(_start, subject.runner, compose, names) if what == IDLE else None,
            )


def _start(runner: Runner, compose: ComposeProject, names: list[str]) -> str:
    """Start services whose containers are gone or have stopped. The others are left alone, as they run.

    Raises:
        EngineError: one does not start.
    """
    argv = compose.command("up", "--detach", "--no-recreate", "--no-deps", *names)
    result = runner.capture(argv, environment=compose.engine.environment)
    if result.code:
        raise EngineError(
            f"{', '.join(names)} cannot be started: {result.reason}",
            where=f"project {compose.name}",
            hint="tutor local launch",
        )
    return f"started {', '.join(names)}"


def _hashes(subject: Subject) -> dict[str, str]:
    """Service → the digest of its configuration, as Compose computes it; empty where it does not say."""
    compose = subject.running
    if compose is None:
        return {}
    argv = compose.command("config", "--hash", "*")
    result = subject.runner.capture(argv, environment=compose.engine.environment)
    lines = [line.split() for line in result.output.splitlines()] if result.code == 0 else []
    return {words[0]: words[1] for words in lines if len(words) == 2}
