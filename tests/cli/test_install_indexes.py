"""Indexes from a web server: fetched, kept, used without a network, and never trusted."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.kit import write
from tutor.plugins import index_fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit import Session

    Golden = Callable[[Session], None]

ENTRIES = [
    {"name": "myapp", "src": "tutor-myapp", "description": "Says hello"},
    {"name": "other", "src": "tutor-other", "url": "https://example.com", "description": "Says nothing"},
]


class Server:
    """A web server, and what it answers: path → (status, content, headers)."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                status, content, headers = server.pages.get(self.path, (404, b"", {}))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                time.sleep(1 if self.path.startswith("/slow") else 0)
                with contextlib.suppress(OSError):
                    for drop in content if self.path.startswith("/drips") else ():
                        self.wfile.write(bytes([drop]))
                        time.sleep(0.01)
                    self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the library)
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def publish(
        self, name: str, content: object, status: int = 200, headers: dict[str, str] | None = None
    ) -> str:
        """Publish an index, and return its name."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.pages[f"/{name}/verawood/plugins.yml"] = (status, text.encode(), headers or {})
        return f"{self.url}/{name}"


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server on this machine."""
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def web(session: Session, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A project without indexes, and a cache of its own."""
    # In the environment of each command, and of the test itself.
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with (session.root / "config.yml").open("a") as file:
        file.write("# mine\nPLUGIN_INDEXES: [] # none yet\nLAST: 1\n")
    return session


def same_ports(session: Session, server: Server) -> None:
    """Take out of the transcript what differs from run to run."""
    text = "\n".join(session.transcript).replace(str(server.http.server_port), "PORT")
    text = re.sub(r"\d{4}-\d\d-\d\d(T[\d:.+]+)?", "DATE", text)
    session.transcript[:] = text.split("\n")


def test_session(web: Session, server: Server, golden: Golden) -> None:
    """Add, search, show, update, remove; config.yml keeps all that is the user's."""
    before = (web.root / "config.yml").read_text()
    env = {path.name: path.stat().st_mtime_ns for path in (web.root / "env").rglob("*")}
    web.tutor("plugins", "index", "list")
    web.tutor("plugins", "update")
    one = server.publish("one", ENTRIES)
    web.tutor("plugins", "index", "add", f"{one}/")
    after = (web.root / "config.yml").read_text()
    web.note(after.partition("# mine")[2])
    assert after.startswith(before.partition("PLUGIN_INDEXES")[0])
    web.tutor("plugins", "index", "add", one)
    web.tutor("plugins", "index", "list")
    web.tutor("plugins", "index", "list", "--json")
    web.tutor("plugins", "search")
    web.tutor("plugins", "search", "nothing")
    web.tutor("plugins", "search", "zebra")
    web.tutor("plugins", "search", "hello", "--json")
    web.tutor("plugins", "show", "other")
    web.tutor("plugins", "show", "other", "--json")
    web.tutor("plugins", "show", "othr", code=1)
    server.publish("one", ENTRIES[:1])
    web.tutor("plugins", "update")
    web.tutor("plugins", "search")
    web.tutor("plugins", "index", "remove", f"{one}x", code=1)
    web.tutor("plugins", "index", "remove", one)
    web.tutor("plugins", "search", code=1)
    assert env == {path.name: path.stat().st_mtime_ns for path in (web.root / "env").rglob("*")}
    same_ports(web, server)
    golden(web)


def test_one_broken_index_keeps_nobody_from_the_others(web: Session, server: Server, golden: Golden) -> None:
    """Each is a sentence, the rest is updated, and what was kept of the broken ones can be used."""
    names = [
        server.publish(name, [{"name": name, "src": f"tutor-{name}"}]) for name in ("one", "two", "three")
    ]
    for name in names:
        web.tutor("plugins", "index", "add", name)
    web.transcript.clear()
    server.publish("one", "- name: [")
    server.publish("two", [{"name": "two", "src": "tutor-two", "description": "new"}])
    server.publish("three", "gone", status=503)
    web.tutor("plugins", "update", code=1)
    web.tutor("plugins", "search")
    same_ports(web, server)
    golden(web)


def test_without_a_network(web: Session, server: Server) -> None:
    """What was fetched is there; its date is told when it is old."""
    web.tutor("plugins", "index", "add", server.publish("one", ENTRIES))
    server.http.shutdown()
    server.http.server_close()
    assert "myapp" in web.tutor("plugins", "search").out
    failed = web.tutor("plugins", "update", code=1)
    assert "connection refused" in failed.err
    (cache,) = (web.root.parent / "cache").rglob("*.json")
    kept = json.loads(cache.read_text())
    old = datetime.now(timezone.utc) - timedelta(days=40)
    for index in kept["indexes"].values():
        index["fetched"] = old.isoformat()
    cache.write_text(json.dumps(kept))
    found = web.tutor("plugins", "show", "myapp")
    assert "tutor-myapp" in found.out
    assert f"was fetched on {old.date()}: tutor plugins update" in found.err


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        ("{}", 200, "expected a list of plugins, found a mapping"),
        ("<html>", 200, "expected a list of plugins, found text"),
        (ENTRIES, 500, "the server answers 500"),
        ("x" * 5_000_000, 200, "it is larger than 4 MB"),
    ],
)
def test_adding_a_broken_index_changes_nothing(
    web: Session, server: Server, content: object, status: int, problem: str
) -> None:
    """It is fetched before it is written down."""
    before = (web.root / "config.yml").read_bytes()
    name = server.publish("one", content, status)
    assert problem in web.tutor("plugins", "index", "add", name, code=1).err
    assert (web.root / "config.yml").read_bytes() == before
    assert not list((web.root.parent / "cache").rglob("*.json"))


def test_redirects(web: Session, server: Server, tmp_path: Path) -> None:
    """To another address yes, to a file of this machine no, in circles no."""
    one = server.publish("one", ENTRIES)
    moved = server.publish("moved", "", 302, {"Location": f"{one}/verawood/plugins.yml"})
    assert "2 plugins" in web.tutor("plugins", "index", "add", moved).err
    write(tmp_path / "secret.yml", json.dumps(ENTRIES))
    evil = server.publish("evil", "", 302, {"Location": f"file://{tmp_path}/secret.yml"})
    assert "evil cannot be read" in web.tutor("plugins", "index", "add", evil, code=1).err
    circle = server.publish("circle", "", 302, {"Location": "/circle/verawood/plugins.yml"})
    assert "circle cannot be read" in web.tutor("plugins", "index", "add", circle, code=1).err


def test_slow_servers(web: Session, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither one that says nothing holds us, nor one that drips, nor one that goes away."""
    name = server.publish("one", ENTRIES, headers={"Content-Length": "100000"})
    assert "closed before the end" in web.tutor("plugins", "index", "add", name, code=1).err
    monkeypatch.setattr(index_fetch, "ANSWER_TIMEOUT", 0.2)
    slow = server.publish("slow", ENTRIES)
    assert "slow cannot be read: " in web.tutor("plugins", "index", "add", slow, code=1).err
    monkeypatch.setattr(index_fetch, "ANSWER_TIMEOUT", 5)
    monkeypatch.setattr(index_fetch, "TIMEOUT", 0.3)
    drips = server.publish("drips", ENTRIES)
    assert "it took more than 0 seconds" in web.tutor("plugins", "index", "add", drips, code=1).err


def test_indexes_of_plugins_and_of_the_environment(web: Session, server: Server, tmp_path: Path) -> None:
    """A plugin adds one; an environment variable comes before config.yml, and is not saved."""
    one, two = server.publish("one", ENTRIES[:1]), server.publish("two", ENTRIES[1:])
    write(
        web.plugins_root / "more.py",
        f"from tutor import hooks\nhooks.Filters.PLUGIN_INDEXES.add_item({two!r})\n",
    )
    web.tutor("plugins", "enable", "more")
    web.tutor("plugins", "index", "add", one)
    web.tutor("plugins", "update")
    assert [
        row["index"] for row in json.loads(web.tutor("plugins", "index", "list", "--json").out)["indexes"]
    ] == [
        one,
        two,
    ]
    assert [row["name"] for row in json.loads(web.tutor("plugins", "search", "--json").out)["plugins"]] == [
        "myapp",
        "other",
    ]
    env = {"TUTOR_PLUGIN_INDEXES": "[/elsewhere]"}
    rows = json.loads(web.tutor("plugins", "index", "list", "--json", env=env).out)["indexes"]
    assert [row["index"] for row in rows] == ["/elsewhere", two]
    local = tmp_path / "local.yml"
    local.write_text(json.dumps(ENTRIES))
    added = web.tutor("plugins", "index", "add", str(local), env=env)
    assert "TUTOR_PLUGIN_INDEXES is set" in added.err
    text = (web.root / "config.yml").read_text()
    assert "/elsewhere" not in text
    assert str(local) in text
    assert two not in text
