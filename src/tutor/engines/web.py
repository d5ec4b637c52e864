"""Whether the platform answers on the web, as a browser would find it."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.engines.health import Clock, pause
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutor.engines.model import Service
    from tutor.engines.report import Reporter

#: Seconds that an answer may take.
PATIENCE = 10
#: The page that says whether the platform can do its work.
PAGE = "/heartbeat"


@dataclass(frozen=True, slots=True)
class Site:
    """An address of the platform, and the port of this machine behind which it is."""

    host: str
    port: int
    https: bool = False
    address: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """The address, as a browser shows it."""
        scheme, usual = ("https", 443) if self.https else ("http", 80)
        return f"{scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


def site(host: str, services: Mapping[str, Service], *, https: bool) -> Site | None:
    """The site of a host, if the web server publishes it on this machine."""
    return published(host, services, "caddy", 443 if https else 80, https=https)


def published(
    host: str, services: Mapping[str, Service], name: str, target: int, *, https: bool = False
) -> Site | None:
    """The site of a host behind a port of a service, if that is published on this machine."""
    service = services.get(name)
    for port in service.ports if service else ():
        if port.target == target and port.protocol == "tcp":
            anywhere = port.address in ("", "0.0.0.0", "::")  # noqa: S104 (compared, not bound)
            return Site(host, port.number, https, "127.0.0.1" if anywhere else port.address)
    return None


def wait_for_page(
    place: Site, reporter: Reporter, logs: str, *, timeout: float, clock: Clock | None = None
) -> None:
    """Wait until a site answers its heartbeat well.

    Args:
        place: the site.
        reporter: told what it answers until then.
        logs: the command that shows why it does not.
        timeout: seconds to wait.
        clock: time.

    Raises:
        EngineError: it does not in time; with the last answer.
    """
    clock = clock or Clock()
    begin = clock.now()
    told = ""
    while True:
        answer = ask(place)
        if answer == "200 OK":
            return
        if answer != told:
            reporter.info(f"waiting for {place.url}{PAGE} ({answer})")
            told = answer
        now = clock.now()
        if now >= begin + timeout:
            raise EngineError(
                f"The platform runs, but {place.url}{PAGE} does not answer well: {answer}",
                where=f"port {place.port} of this machine",
                hint=logs,
            )
        clock.sleep(pause(now - begin))


def ask(place: Site) -> str:
    """Status and reason of the heartbeat's answer, or why there is none."""
    connection = http.client.HTTPConnection(place.host, place.port, timeout=PATIENCE)
    try:
        connection.sock = _connected(place)
        host = place.url.split("://")[1]
        connection.request("GET", PAGE, headers={"Host": host, "Connection": "close"})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return f"{answer.status} {answer.reason}"


def _connected(place: Site) -> socket.socket:
    """A connection to this machine, whatever the names of the site resolve to."""
    plain = socket.create_connection((place.address, place.port), timeout=PATIENCE)
    if not place.https:
        return plain
    # Whom we talk to is certain: ourselves. What the certificate says is for browsers.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=place.host)
