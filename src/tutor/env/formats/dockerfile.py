"""Dockerfiles: every line starts with an instruction, and the first one is FROM or ARG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.env.formats.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

#: https://docs.docker.com/reference/dockerfile/#overview
INSTRUCTIONS = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")


def check(text: str) -> list[Fault]:
    """Faults of a Dockerfile."""
    faults = []
    for index, (number, word, _) in enumerate(instructions(text)):
        if word.upper() not in INSTRUCTIONS:
            faults.append(Fault(f"{word} is no instruction", number))
        elif index == 0 and word.upper() not in ("FROM", "ARG"):
            faults.append(Fault("the first instruction must be FROM or ARG", number))
    return faults


def instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """The instructions: line, counted from 1, word, and what else is on that line."""
    escape, continued, ends, first, word = "\\", False, list[str](), True, ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if ends:
            if line == ends[0]:
                ends.pop(0)
            continue
        if not line or line.startswith("#"):
            if first and re.fullmatch(r"#\s*escape\s*=\s*`", line):
                escape = "`"
            continue
        if not continued:
            first, word, rest = False, line.split()[0], line.split(None, 1)[1:]
            yield number, word, rest[0] if rest else ""
        if word.upper() in ("RUN", "COPY", "ADD"):
            ends = _HEREDOC.findall(line)
        continued = line.endswith(escape)
