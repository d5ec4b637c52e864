"""The services of a project as Compose understands them: files merged, variables and overrides applied."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import Runner


@dataclass(frozen=True, slots=True)
class Port:
    """A port of this machine that a service publishes. ``address`` is empty for all interfaces."""

    number: int
    target: int
    protocol: str = "tcp"
    address: str = ""

    def __str__(self) -> str:
        suffix = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"{self.address}:{self.number}{suffix}" if self.address else f"{self.number}{suffix}"


@dataclass(frozen=True, slots=True)
class Service:
    """One service.

    Args:
        name: its name.
        image: the image that it runs.
        ports: what it publishes on this machine.
        depends_on: services that are started first.
        restarts: whether it is meant to run on: one that is not may end.
        built: whether Compose itself builds its image.
    """

    name: str
    image: str = ""
    ports: tuple[Port, ...] = ()
    depends_on: tuple[str, ...] = ()
    restarts: bool = True
    built: bool = False


def read_model(runner: Runner, project: ComposeProject, *, jobs: bool = False) -> dict[str, Service]:
    """Ask Compose for the services of a project, by name.

    Raises:
        EngineError: Compose refuses the files.
    """
    return services_of(read_content(runner, project, jobs=jobs))


def services_of(content: dict[str, Any]) -> dict[str, Service]:
    """The services in what Compose understands, by name."""
    return {name: _service(name, service) for name, service in (content.get("services") or {}).items()}


def read_content(runner: Runner, project: ComposeProject, *, jobs: bool = False) -> dict[str, Any]:
    """Ask Compose for a project as it understands it: services, volumes, networks.

    Raises:
        EngineError: Compose refuses the files.
    """
    argv = project.command("config", "--format", "json", jobs=jobs)
    result = runner.capture(argv, environment=project.engine.environment)
    if result.code:
        raise EngineError(
            f"Compose refuses the environment: {result.reason}",
            where=str(project.files.folder),
            hint="tutor config save; a file of yours there is docker-compose.override.yml",
        )
    content: dict[str, Any] = json.loads(result.output)
    return content


def dependencies(services: dict[str, Service], names: Iterable[str]) -> list[str]:
    """The services that some services need, near and far, without themselves."""
    names = list(names)
    found: dict[str, None] = {}
    pending = list(names)
    while pending:
        for needed in services[pending.pop()].depends_on:
            if needed in services and needed not in found:
                found[needed] = None
                pending.append(needed)
    return [name for name in services if name in found and name not in names]


def _service(name: str, content: dict[str, Any]) -> Service:
    ports = tuple(port for entry in content.get("ports") or () for port in _ports(entry))
    return Service(
        name=name,
        image=str(content.get("image") or ""),
        ports=ports,
        depends_on=tuple(content.get("depends_on") or ()),
        restarts=str(content.get("restart") or "no").split(":")[0] in ("always", "unless-stopped"),
        built="build" in content,
    )


def _ports(entry: dict[str, Any]) -> Iterable[Port]:
    """A published port, or each of a range; one without a number is chosen by the engine."""
    first, _, last = str(entry.get("published") or "").partition("-")
    if not first.isdigit():
        return
    for number in range(int(first), int(last or first) + 1):
        protocol = str(entry.get("protocol") or "tcp")
        yield Port(number, int(entry["target"]), protocol, str(entry.get("host_ip") or ""))
