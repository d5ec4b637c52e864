"""Rule: ports are published to this machine, not to the whole network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.env.formats.compose.variables import Unknown
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject

#: Addresses that are all of a machine's.
EVERYWHERE = ("", "0.0.0.0", "::", "[::]")  # noqa: S104 (looked for, not listened on)


def check(subject: Subject) -> Iterator[Place]:
    """Ports of its services that are reached from everywhere."""
    for service in subject.services:
        ports = service.body.get("ports")
        open_ports = [_shown(port) for port in ports if is_open(port)] if isinstance(ports, list) else []
        if open_ports:
            origin, path = service.at("ports")
            yield Place(
                f"Service {service.name} publishes {', '.join(open_ports)} on all interfaces",
                origin,
                'publish it to this machine: "127.0.0.1:PORT:PORT"; the web server forwards what is public',
                path,
            )


def is_open(port: Any) -> bool:
    """Whether a port is published on all addresses: in the short form, in the long one, on a free port.

    Where the address may be in a variable that is not set, it is not known.
    """
    if isinstance(port, dict):
        host = port.get("host_ip") or ""
    else:
        host = port if isinstance(port, Unknown) else str(port).rpartition(":")[0].rpartition(":")[0]
    return host in EVERYWHERE


def _shown(port: Any) -> str:
    if isinstance(port, dict):
        return ":".join(str(port[key]) for key in ("published", "target") if key in port)
    return str(port)


RULE = Rule(
    slug="published-port",
    severity="warning",
    title="A port that is published on all interfaces",
    why="Containers reach each other without published ports, and what the public should reach goes "
    "through the web server. A port without an address in front listens on every network of the "
    "machine, past its firewall.",
    check=check,
)
