"""Reading an index from a URL or a file, with bounds: an index is a stranger's."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tutor.exceptions import PluginError

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

#: Bytes that an index may have. The largest known one has 20 thousand.
MAX_SIZE = 4_000_000
#: Seconds that one answer, and the whole download, may take.
ANSWER_TIMEOUT, TIMEOUT = 15.0, 60.0
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


class Unreachable(Exception):  # noqa: N818 (the reason, told in the sentence about an index)
    """Why an index could not be read."""


def read_index(index: str, location: str) -> bytes:
    """Return the content of an index.

    Args:
        index: its name, for messages.
        location: URL (http, https, file) or path of its file.

    Raises:
        PluginError: it cannot be read, is too large or takes too long.
    """
    try:
        return read_location(location)
    except Unreachable as reason:
        raise PluginError(
            f"Plugin index {masked(index)} cannot be read: {reason}",
            where=masked(location),
            hint=f"check the address, or: tutor plugins index remove {masked(index)}",
        ) from None


def read_location(location: str) -> bytes:
    """What is at a URL (http, https, file) or in a file.

    Raises:
        Unreachable: says why it cannot be read.
    """
    scheme = scheme_of(location)
    if scheme in ("http", "https"):
        return _download(location)
    if scheme in ("", "file"):
        return _read_file(local_path(location))
    raise Unreachable(f"{scheme} is none of http, https and file")


def scheme_of(location: str) -> str:
    """``https`` and the like; empty for a path."""
    found = _SCHEME.match(location)
    return found[1].lower() if found else ""


def local_path(location: str) -> Path:
    """The path of a ``file:`` URL or of a path as it was typed."""
    if scheme_of(location) == "file":
        from urllib.parse import unquote, urlsplit

        return Path(unquote(urlsplit(location).path))
    return Path(os.path.abspath(os.path.expanduser(location)))


def masked(location: str) -> str:
    """An address without the password that may stand in it."""
    return re.sub(r"(?<=://)[^/@\s]*@", "…@", location)


def _read_file(path: Path) -> bytes:
    try:
        # A pipe would let us wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreachable("it is not a file")
            return _bounded(file)
    except OSError as error:
        raise Unreachable((error.strerror or str(error)).lower()) from None


def _download(url: str) -> bytes:
    import http.client
    import urllib.error
    import urllib.request

    from tutor.__about__ import __version__

    try:
        headers = {"User-Agent": f"tutor/{__version__}"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (our opener knows http(s) only)
        with _opener().open(request, timeout=ANSWER_TIMEOUT) as answer:
            content = _bounded(answer)
            if answer.length:  # bytes that were announced, and did not come
                raise Unreachable("the connection was closed before the end")
            return content
    except urllib.error.HTTPError as error:
        raise Unreachable(f"the server answers {error.code} {error.reason}".rstrip()) from None
    except urllib.error.URLError as error:
        reason = error.reason
        text = getattr(reason, "strerror", None) or str(reason)
        raise Unreachable(text[:1].lower() + text[1:]) from None
    except TimeoutError:
        raise Unreachable(f"the server did not answer within {ANSWER_TIMEOUT:.0f} seconds") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise Unreachable(str(error) or type(error).__name__) from None


def _opener() -> OpenerDirector:
    """For http and https only, through the proxy of the environment; never from https back to http."""
    from urllib import request

    class Redirects(request.HTTPRedirectHandler):
        def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
            schemes = (scheme_of(req.full_url), scheme_of(newurl))
            if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
                raise Unreachable(f"it leads to {masked(newurl)}, which is not safe")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def _bounded(stream: IO[bytes]) -> bytes:
    end = time.monotonic() + TIMEOUT
    parts: list[bytes] = []
    size = 0
    # `read1` returns what has arrived, so that a server that drips does not hold us longer than we say.
    read = getattr(stream, "read1", stream.read)
    while part := read(65536):
        parts.append(part)
        size += len(part)
        if size > MAX_SIZE:
            raise Unreachable(f"it is larger than {MAX_SIZE // 1_000_000} MB")
        if time.monotonic() > end:
            raise Unreachable(f"it took more than {TIMEOUT:.0f} seconds")
    return b"".join(parts)
