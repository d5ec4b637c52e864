"""A registry of images that can be read, for as long as a test runs: what the engine asks, and no more."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import platform
import tarfile
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass
class Registry:
    """Images that are served on a port of this machine.

    Args:
        port: which.
        blobs: digest → (media type, content).
        tags: ``NAME:TAG`` → digest of its manifest.
    """

    port: int = 0
    blobs: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def put(self, tag: str, text: str) -> str:
        """Have an image with one file, with that text, under a tag: its digest."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            entry = tarfile.TarInfo("text")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
        layer = gzip.compress(buffer.getvalue(), mtime=0)
        config = {
            "architecture": _ARCHITECTURES[platform.machine()],
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [_digest(buffer.getvalue())]},
        }
        parts = [self._keep(_CONFIG, json.dumps(config).encode()), self._keep(_LAYER, layer)]
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": parts[0], "layers": parts[1:]}
        self.tags[tag] = str(self._keep(_MANIFEST, json.dumps(manifest).encode())["digest"])
        return self.tags[tag]

    def _keep(self, kind: str, content: bytes) -> dict[str, str | int]:
        digest = _digest(content)
        self.blobs[digest] = (kind, content)
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def found(self, path: str) -> tuple[str, bytes] | None:
        """What lies at a path: (media type, content)."""
        if path.rstrip("/") == "/v2":
            return "application/json", b"{}"
        name, _, reference = path.removeprefix("/v2/").rpartition("/")
        repository = name.rpartition("/")[0]
        return self.blobs.get(self.tags.get(f"{repository}:{reference}", reference))


@contextlib.contextmanager
def serving() -> Iterator[Registry]:
    """A registry without images, on a free port."""
    registry = Registry()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            found = registry.found(self.path)
            if found is None:
                self.send_error(404)
                return
            kind, content = found
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Docker-Content-Digest", _digest(content))
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the engine asks a lot."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
