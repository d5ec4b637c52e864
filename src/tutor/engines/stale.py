"""Services that run on files which have changed since: a mounted file is read when a container starts."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import Runner


@dataclass(frozen=True, slots=True)
class Running:
    """A running container: its service, since when it runs (seconds since 1970), and what it mounts."""

    service: str
    since: float
    mounts: tuple[Path, ...]


def stale_services(running: Iterable[Running], environment: Path) -> list[str]:
    """Services that mount something of the environment that is newer than they are."""
    root = os.path.realpath(environment) + os.sep
    found: dict[str, None] = {}
    for container in running:
        for mount in container.mounts:
            path = os.path.realpath(mount)
            if (path + os.sep).startswith(root) and _newest(Path(path)) > container.since:
                found[container.service] = None
    return list(found)


def running_containers(runner: Runner, project: ComposeProject) -> list[Running]:
    """The running containers of a project's services."""
    engine = project.engine
    label = f"label=com.docker.compose.project={project.name}"
    ids = runner.capture(
        [*engine.command, "ps", "--quiet", "--filter", label], environment=engine.environment
    ).output.split()
    if not ids:
        return []
    result = runner.capture([*engine.command, "inspect", *ids], environment=engine.environment)
    try:
        entries: list[dict[str, Any]] = json.loads(result.output)
    except ValueError:
        return []
    return list(_running(entries))


def _running(entries: Iterable[dict[str, Any]]) -> Iterator[Running]:
    for entry in entries:
        labels = entry["Config"].get("Labels") or {}
        service = labels.get("com.docker.compose.service")
        if service is None or labels.get("com.docker.compose.oneoff") == "True":
            continue
        mounts = tuple(Path(m["Source"]) for m in entry.get("Mounts") or () if m.get("Type") == "bind")
        yield Running(service, _seconds(entry["State"]["StartedAt"]), mounts)


def _seconds(text: str) -> float:
    """A time of the engine: RFC 3339 with nanoseconds, which are one third too fine for Python."""
    day, _, rest = text.partition("T")
    clock = rest.rstrip("Z").split("+")[0]
    whole, _, fraction = clock.partition(".")
    moment = datetime.fromisoformat(f"{day}T{whole}+00:00").timestamp()
    return moment + float(f"0.{fraction or 0}")


def _newest(path: Path) -> float:
    """When a file, or anything in a folder, was changed last."""
    times = [_changed(path)]
    for folder, _, files in os.walk(path):
        times += [_changed(Path(folder, file)) for file in (*files, ".")]
    return max(times)


def _changed(path: Path) -> float:
    # The time of the inode: replacing a file by an older one changes it as well.
    try:
        return path.stat().st_ctime
    except OSError:
        return 0.0
