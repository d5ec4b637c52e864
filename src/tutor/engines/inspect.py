"""What the engine knows about containers, in the form that Docker and Podman share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.engines.find import Engine
    from tutor.engines.run import Runner

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ONE_OFF_LABEL = "com.docker.compose.oneoff"


def running(runner: Runner, engine: Engine, *labels: str) -> list[dict[str, Any]]:
    """The running containers that have some labels, each as the engine describes it."""
    return _inspected(runner, engine, [], labels)


def existing(runner: Runner, engine: Engine, *labels: str) -> list[dict[str, Any]]:
    """The containers that have some labels, running or not, each as the engine describes it."""
    return _inspected(runner, engine, ["--all"], labels)


def _inspected(
    runner: Runner, engine: Engine, options: Sequence[str], labels: Sequence[str]
) -> list[dict[str, Any]]:
    filters = [word for label in labels for word in ("--filter", f"label={label}")]
    argv = [*engine.command, "ps", "--quiet", *options, *filters]
    ids = runner.capture(argv, environment=engine.environment).output.split()
    if not ids:
        return []
    # One that ends in between makes the command fail; the others are described nevertheless.
    result = runner.capture([*engine.command, "inspect", *ids], environment=engine.environment)
    try:
        found: list[dict[str, Any]] = json.loads(result.output)
    except ValueError:
        return []
    return found


def label(container: dict[str, Any], name: str) -> str:
    """A label of a container, empty where it has none."""
    return str((container["Config"].get("Labels") or {}).get(name) or "")
