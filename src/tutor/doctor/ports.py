"""Check: nobody else has the ports that the platform publishes on this machine."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject
from tutor.engines import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutor.engines.model import Port


def check_ports(subject: Subject) -> Iterator[Finding]:
    """Try each port, unless one of our own containers has it."""
    if subject.services is None or subject.running is None or subject.remote:
        return
    holders = _holders(subject)
    for service in subject.services.values():
        for port in service.ports:
            project, container = holders.get((port.number, port.protocol), ("", ""))
            if project == subject.running.name:
                continue
            if container or in_use(port):
                by = f"container {container}" if container else "another program"
                yield Finding(
                    "ports",
                    "error",
                    f"Port {port} is in use by {by}, and service {service.name} needs it",
                    f"service {service.name}",
                    _remedy(port, container),
                )


def in_use(port: Port) -> bool:
    """Whether a port of this machine cannot be had."""
    kind = socket.SOCK_STREAM if port.protocol == "tcp" else socket.SOCK_DGRAM
    family = socket.AF_INET6 if ":" in port.address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if port.protocol == "tcp":
            # Connections of before that linger are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.address, port.number))
        except OSError as error:
            if error.errno == errno.EACCES:
                return port.protocol == "tcp" and _answers(port)
            return error.errno == errno.EADDRINUSE
    return False


def _answers(port: Port) -> bool:
    """For ports that only the engine may bind: whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((port.address or "127.0.0.1", port.number)) == 0


def _remedy(port: Port, container: str) -> str:
    stop = f"docker stop {container}" if container else f"find it: sudo ss -lptn 'sport = :{port.number}'"
    if port.target == 80:
        return f"{stop}, or take another port: tutor config save --set CADDY_HTTP_PORT=PORT"
    return stop


def _holders(subject: Subject) -> Mapping[tuple[int, str], tuple[str, str]]:
    """(port, protocol) → (Compose project, name) of the container that publishes it."""
    if subject.engine is None:
        return {}
    found = {}
    for container in inspect.running(subject.runner, subject.engine):
        holder = (inspect.label(container, inspect.PROJECT_LABEL), str(container["Name"]).lstrip("/"))
        for target, bindings in (container["NetworkSettings"].get("Ports") or {}).items():
            for binding in bindings or ():
                found[int(binding["HostPort"]), target.partition("/")[2]] = holder
    return found
