"""Commits that a build fetches: a branch moves, and the builder, which keeps layers, does not look."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from tutor.engines.images import Build
    from tutor.engines.run import Runner

_ARGUMENT = re.compile(r'^\s*ARG\s+(\w+)(?:=(?:"([^"]*)"|(\S*)))?\s*$', re.MULTILINE)
_COMMIT = re.compile(r"[0-9a-f]{40}")
#: Git asks for no password, and gives up on a server that does not answer.
_GIT = ("git", "-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20", "ls-remote", "--exit-code")


def commits(runner: Runner, build: Build) -> dict[str, str]:
    """The commits that branches and tags are at now: build argument → commit.

    A Dockerfile asks for one with ``ARG NAME_COMMIT`` beside ``NAME_REPOSITORY`` and ``NAME_VERSION``. Left
    out is what git does not tell: without git, or without a network, a build takes what the builder has kept.

    Args:
        runner: asks git.
        build: of an image.
    """
    try:
        text = (build.folder / "Dockerfile").read_text()
    except OSError:
        return {}
    values = {name: quoted or plain for name, quoted, plain in _ARGUMENT.findall(text)}
    values |= dict(_given(build))
    found = {}
    for name in values:
        prefix, ends, _ = name.rpartition("_COMMIT")
        repository, version = values.get(f"{prefix}_REPOSITORY"), values.get(f"{prefix}_VERSION")
        if ends and repository and version and not _COMMIT.fullmatch(version):
            commit = _ask(runner, repository, version)
            if commit:
                found[name] = commit
    return found


def _given(build: Build) -> list[tuple[str, str]]:
    """Build arguments of the command."""
    given = []
    arguments = (*build.arguments, *build.extra)
    for argument, following in pairwise([*arguments, ""]):
        text = following if argument == "--build-arg" else argument.removeprefix("--build-arg=")
        if argument.startswith("--build-arg"):
            name, _, value = text.partition("=")
            given.append((name, value))
    return given


def _ask(runner: Runner, repository: str, version: str) -> str:
    names = (f"refs/heads/{version}", f"refs/tags/{version}^{{}}", f"refs/tags/{version}")
    try:
        result = runner.capture([*_GIT, repository, *names], environment={"GIT_TERMINAL_PROMPT": "0"})
    except EngineError:  # there is no git
        return ""
    lines = (line.split("\t", 1) for line in result.output.splitlines() if "\t" in line)
    by_name = {name: commit for commit, name in lines}
    return next((by_name[name] for name in names if name in by_name), "")
