"""Services that run on files which have changed since: a mounted file is read when a container starts."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.engines import inspect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import Runner
_TIME = re.compile(r"(\d+-\d+-\d+T\d+:\d+:\d+)(\.\d+)?(Z|[+-]\d+:\d+)")


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


def stale_files(mounts: Iterable[str], since: float) -> list[str]:
    """Files below some mounts that are newer than a moment; folders are left out."""
    found = []
    for mount in mounts:
        paths = [Path(mount)] if os.path.isfile(mount) else Path(mount).rglob("*")
        found += [str(path) for path in paths if path.is_file() and _changed(path) > since]
    return sorted(found)


def running_containers(runner: Runner, project: ComposeProject) -> list[Running]:
    """The running containers of a project's services."""
    found = []
    for container in inspect.running(runner, project.engine, f"{inspect.PROJECT_LABEL}={project.name}"):
        service = inspect.label(container, inspect.SERVICE_LABEL)
        if not service or inspect.label(container, inspect.ONE_OFF_LABEL) == "True":
            continue
        mounts = tuple(Path(m["Source"]) for m in container.get("Mounts") or () if m.get("Type") == "bind")
        found.append(Running(service, seconds(container["State"]["StartedAt"]), mounts))
    return found


def seconds(text: str) -> float:
    """A time of the engine: RFC 3339 with nanoseconds, which are finer than Python reads."""
    found = _TIME.fullmatch(text)
    if found is None:
        return math.inf
    second, fraction, zone = found.groups()
    moment = datetime.fromisoformat(second + ("+00:00" if zone == "Z" else zone)).timestamp()
    return moment + float(f"0{fraction or ''}")


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
