"""The web server in front: it keeps running on the file that it has where it would refuse a new one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tutor.engines.stale import running_containers, stale_services
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import Runner

SERVICE = "caddy"
#: Its file: in the environment, and in its container.
FILE = "apps/caddy/Caddyfile"
PLACE = "/etc/caddy/Caddyfile"


def check_proxy(
    runner: Runner, compose: ComposeProject, environment: Path, names: Collection[str] = ()
) -> None:
    """Let the proxy's own image judge a changed file before the running proxy has to live on it.

    Args:
        runner: runs the commands.
        compose: the project.
        environment: the rendered environment.
        names: the services that are about to be started or restarted; empty for all.

    Raises:
        EngineError: the proxy would not start on its file.
    """
    if names and SERVICE not in names:
        return
    running = [c for c in running_containers(runner, compose) if c.service == SERVICE]
    if not stale_services(running, environment):
        return
    argv = compose.command(
        "run",
        "--rm",
        "--no-deps",
        "--no-TTY",
        SERVICE,
        *("caddy", "validate", "--adapter", "caddyfile", "--config", PLACE),
    )
    result = runner.capture(argv, environment=compose.run_environment)
    if result.code != 1:  # another code is the engine's: what comes next tells of it
        return
    reason = _reason(f"{result.output}\n{result.errors}")
    line = re.search(rf"{PLACE}:(\d+)", reason)
    where = f"{FILE}:{line[1]}" if line else FILE
    raise EngineError(
        f"The web server refuses its new file, and stays on the one that it runs on: {reason}",
        where=where,
        hint=f"tutor explain {where}",
    )


def _reason(output: str) -> str:
    """What Caddy says last: a line for people, or an object in JSON."""
    for line in reversed(output.splitlines()):
        if line.startswith("Error: "):
            return line.removeprefix("Error: ").strip()
        if line.startswith("{") and '"level":"error"' in line:
            try:
                return str(json.loads(line)["msg"])
            except (ValueError, KeyError):
                continue
    return "caddy validate ended with exit code 1"
