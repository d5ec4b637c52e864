"""Asking the web server: a real one, small."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tutor.engines.health import Clock
from tutor.engines.model import Port, Service
from tutor.engines.report import Journal
from tutor.engines.web import Site, ask, site, wait_for_page
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEN: list[tuple[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    """Fails twice, then answers well."""

    statuses: list[int] = []

    def do_GET(self) -> None:
        SEEN.append((self.path, str(self.headers["Host"])))
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a web server."""
    SEEN.clear()
    Handler.statuses = []
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_page_is_asked_for_by_the_name_of_the_site(port: int) -> None:
    assert ask(Site("learn.test", port)) == "200 OK"
    assert [("/heartbeat", f"learn.test:{port}")] == SEEN


def test_it_waits_for_a_good_answer(port: int) -> None:
    Handler.statuses = [502, 503]
    journal = Journal()
    slept: list[float] = []
    wait_for_page(
        Site("learn.test", port),
        journal,
        "tutor dev logs",
        timeout=60,
        clock=Clock(lambda: 0.0, slept.append),
    )
    assert len(slept) == 2
    assert "502 Bad Gateway" in journal.texts("info")[0]


def test_it_does_not_wait_for_ever(port: int) -> None:
    Handler.statuses = [500] * 99
    time = [0.0]

    def sleep(seconds: float) -> None:
        time[0] += seconds

    with pytest.raises(EngineError, match="does not answer well: 500 Internal Server Error") as caught:
        wait_for_page(
            Site("learn.test", port),
            Journal(),
            "tutor dev logs",
            timeout=3,
            clock=Clock(lambda: time[0], sleep),
        )
    assert caught.value.hint == "tutor dev logs"
    assert 3 <= time[0] < 3.3
    assert len(SEEN) > 4


def test_nobody_listens(port: int) -> None:
    assert "refused" in ask(Site("learn.test", 1)).lower()


def test_a_server_without_tls_is_no_crash(port: int) -> None:
    assert "ssl" in ask(Site("learn.test", port, https=True)).lower()


def test_the_site_is_where_the_web_server_publishes_it() -> None:
    caddy = Service("caddy", ports=(Port(8080, 80), Port(443, 443), Port(443, 443, "udp")))
    found = site("learn.test", {"caddy": caddy}, https=False)
    assert found is not None
    assert found.url == "http://learn.test:8080"
    secure = site("learn.test", {"caddy": caddy}, https=True)
    assert secure is not None
    assert secure.url == "https://learn.test"
    assert site("learn.test", {"caddy": Service("caddy")}, https=False) is None
    assert site("learn.test", {}, https=False) is None


def test_a_port_on_one_address_is_asked_for_there() -> None:
    caddy = Service("caddy", ports=(Port(8080, 80, address="127.0.0.2"),))
    found = site("learn.test", {"caddy": caddy}, https=False)
    assert found is not None
    assert found.address == "127.0.0.2"
