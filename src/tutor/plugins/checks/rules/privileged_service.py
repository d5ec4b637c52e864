"""Rule: services have no more rights than they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject

#: Capabilities with which a process gets out of its container.
CAPABILITIES = frozenset(("ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH"))
#: Key of a service, its value, and what the service is then.
WHOLE = (
    ("privileged", True, "is privileged: it is root on the machine"),
    ("use_api_socket", True, "controls the container engine"),
    ("network_mode", "host", "shares the machine's network"),
    ("pid", "host", "shares the machine's processes"),
    ("ipc", "host", "shares the machine's memory"),
)
#: Ends of the paths of sockets on which engines listen.
SOCKETS = ("/docker.sock", "/podman.sock", "/containerd.sock")


def check(subject: Subject) -> Iterator[Place]:
    """Services that are root on the machine, or on its network."""
    for service in subject.services:
        for key, what in _rights(service.body):
            origin, path = service.at(key)
            yield Place(f"Service {service.name} {what}", origin, "give it only what it needs", path)


def _rights(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value, what in WHOLE:
        if body.get(key) == value:
            yield key, what
    for capability in body.get("cap_add") or ():
        if str(capability).upper().removeprefix("CAP_") in CAPABILITIES:
            yield "cap_add", f"has the capability {capability}"
    for option in body.get("security_opt") or ():
        if str(option).endswith(("unconfined", "label:disable", "label=disable")):
            yield "security_opt", f"runs without protection: {option}"
    for volume in body.get("volumes") or ():
        source = volume.get("source") if isinstance(volume, dict) else str(volume).partition(":")[0]
        if str(source).endswith(SOCKETS):
            yield "volumes", f"controls the container engine through {source}"
        elif source == "/":
            yield "volumes", "has all files of the machine"


RULE = Rule(
    slug="privileged-service",
    severity="warning",
    title="A service that is root on the machine, or in its network",
    why="A weakness in such a service is one of the whole machine: `privileged`, the network or the "
    "processes of the host, a capability like SYS_ADMIN, the socket of the container engine.",
    check=check,
)
