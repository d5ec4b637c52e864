"""The time to the first page is taken from outside, while the command still runs."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks import launch
from benchmarks.launch import Times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def serving(port: int, statuses: list[int]) -> Iterator[None]:
    """A site that answers with some statuses, of which the last one repeats."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_the_page_counts_when_it_is_answered_well_and_the_end_when_all_is_done() -> None:
    port = launch.free_port()
    answered = threading.Event()

    def start() -> None:
        with serving(port, [503, 503, 200]):
            answered.set()
            time.sleep(0.4)

    times = launch.timed(start, port)
    assert answered.is_set()
    assert 0 < times.page < times.end
    assert times.end >= 0.4


def test_a_platform_that_is_up_after_the_command_has_ended_is_waited_for() -> None:
    port, stop = launch.free_port(), threading.Event()

    def serve() -> None:
        time.sleep(0.1)
        with serving(port, [200]):
            stop.wait(20)

    server = threading.Thread(target=serve)
    server.start()
    times = launch.timed(lambda: None, port)
    stop.set()
    server.join()
    assert times.end == times.page >= 0.1


def test_a_command_that_fails_ends_it() -> None:
    with pytest.raises(SystemExit, match=r"(?s)exit code 3.*no luck"):
        launch.timed(lambda: launch.run(["sh", "-c", "echo no luck >&2; exit 3"]), launch.free_port())


def test_the_page_has_the_medians(tmp_path: Path) -> None:
    found = {
        "cold": {"launch": [Times(12, 20), Times(11, 21)], "compose": [Times(10, 18), Times(10, 19)]},
        "warm": {"launch": [Times(6, 15)], "compose": [Times(5, 5)]},
    }
    launch.write(found, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "| new | 11.5 s | 10.0 s | 1.15 | 20.5 s | 18.5 s |" in page
    assert "| those of before | 6.0 s | 5.0 s | 1.20 | 15.0 s | 5.0 s |" in page
