"""Caddyfiles: braces that open and close blocks are balanced."""

from __future__ import annotations

import re

from tutor.env.formats.fault import Fault

# Quoted texts, comments and placeholders such as {$port} or {http.request.host} hold no blocks.
_NO_BLOCKS = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|(?:(?<=\s)|^)#.*|\{[^\s{}]+\}')


def check(text: str) -> list[Fault]:
    """Faults of a Caddyfile: https://caddyserver.com/docs/caddyfile/concepts#blocks."""
    opened: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = _NO_BLOCKS.sub("", line)
        for brace in re.findall(r"[{}]", bare):
            if brace == "{":
                opened.append(number)
            elif opened:
                opened.pop()
            else:
                return [Fault("a block is closed that was not opened", number)]
    return [Fault("the block is not closed", opened[-1])] if opened else []
