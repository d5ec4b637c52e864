"""Dockerfiles: every line starts with an instruction, and the first one is FROM or ARG."""

from __future__ import annotations

import re

from tutor.env.formats.fault import Fault

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
            word = line.split()[0].upper()
            if word not in INSTRUCTIONS:
                faults.append(Fault(f"{line.split()[0]} is no instruction", number))
            elif first and word not in ("FROM", "ARG"):
                faults.append(Fault("the first instruction must be FROM or ARG", number))
            first = False
        if word in ("RUN", "COPY", "ADD"):
            ends = _HEREDOC.findall(line)
        continued = line.endswith(escape)
    return faults
