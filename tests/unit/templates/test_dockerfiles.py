"""The Dockerfiles of the platform, in every variant: read as a builder reads them, line by line."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass

import pytest

from tests.effect import variants
from tests.manifests import planted, render
from tutor.config.table import core_settings

#: Patches wherever a plugin may have some: in each stage.
PATCHES = {
    "openedx-dockerfile-minimal": "RUN echo minimal",
    "openedx-dockerfile-git-patches-default": "RUN echo git-patches",
    "openedx-dockerfile-post-git-checkout": "RUN echo checkout",
    "openedx-dockerfile-post-python-requirements": "RUN echo requirements",
    "openedx-dockerfile-pre-assets": "RUN echo pre-assets",
    "openedx-dockerfile": "RUN echo last",
    "openedx-dockerfile-final": "RUN echo final",
    "openedx-dev-dockerfile-post-python-requirements": "RUN echo dev",
}
VARIANTS = {
    **variants(),
    "mounts": {"MOUNTS": ["/src/school-xblock"]},
    "base": {"OPENEDX_BASE_IMAGE": "registry.example.com:5000/debian:13"},
}
PATHS = ("build/openedx/Dockerfile", "build/permissions/Dockerfile")
EVERY = [pytest.param(name, path, id=f"{name}-{path.split('/')[1]}") for name in VARIANTS for path in PATHS]
#: What starts a line of a Dockerfile, in the words of its reference, and what ours need of it.
INSTRUCTIONS = {"FROM", "ARG", "ENV", "RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "CMD"}
SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(^|_)KEY($|_)", re.IGNORECASE)
CLEAN_LISTS = re.compile(r"--mount=type=cache,target=/var/lib/apt\b|rm -rf /var/lib/apt/lists")


@dataclass(frozen=True)
class Instruction:
    """A line of a Dockerfile, continued ones joined; ``stage`` is empty before the first one."""

    stage: str
    word: str
    value: str

    def names(self) -> list[str]:
        """Variables that an ARG or an ENV sets."""
        return re.findall(r"(?:^|\s)([A-Za-z_]\w*)=", self.value)


@functools.cache
def instructions(variant: str, path: str) -> tuple[Instruction, ...]:
    """What a rendered Dockerfile says."""
    text = render(VARIANTS[variant], PATCHES).files[path].content.decode()
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found, stage = [], ""
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, _, value = line.partition(" ")
        if word == "FROM":
            named = re.fullmatch(r"\S+ AS (\S+)", value)
            stage = named[1] if named else value
        found.append(Instruction(stage, word, value.strip()))
    return tuple(found)


def of(variant: str, path: str, *words: str) -> list[Instruction]:
    """Instructions of some kinds."""
    return [i for i in instructions(variant, path) if i.word in words]


@pytest.mark.parametrize(("variant", "path"), EVERY)
def test_instructions_are_those_that_are_needed(variant: str, path: str) -> None:
    """No ADD, which fetches from anywhere; what a plugin adds is in its stage, once."""
    found = instructions(variant, path)
    assert {i.word for i in found} <= INSTRUCTIONS
    assert len(found) > 60 if "openedx" in path else len(found) == 4
    if "openedx" in path:
        for text in PATCHES.values():
            assert [i.value for i in found].count(text.removeprefix("RUN ")) == 1


@pytest.mark.parametrize(("variant", "path"), EVERY)
def test_stages_stand_on_what_was_named_before(variant: str, path: str) -> None:
    """Images outside of the file are pinned; there is one for each, by a setting for the platform's."""
    known, outside = {"scratch"}, []
    for i in of(variant, path, "FROM", "COPY", "RUN"):
        sources = re.findall(r"(?:--from=|,from=)([^\s,]+)", i.value)
        sources += [i.value.split()[0]] if i.word == "FROM" else []
        outside += [name for name in sources if name not in known]
        if i.word == "FROM":
            known.add(i.stage)
    if "openedx" in path:
        assert outside == ["${BASE_IMAGE}"]
        base = VARIANTS[variant].get("OPENEDX_BASE_IMAGE", "docker.io/python:3.12-slim-bookworm")
        assert of(variant, path, "ARG")[0].value == f"BASE_IMAGE={base}"
    else:
        assert outside == ["docker.io/alpine:3.22"]


@pytest.mark.parametrize(("variant", "path"), EVERY)
def test_no_secret_is_in_it(variant: str, path: str) -> None:
    """Neither a value, nor a variable that asks for one."""
    secrets = {s.name for s in core_settings().values() if s.secret or s.unique}
    values = {**planted(), **VARIANTS[variant]}
    known = [str(value) for name, value in values.items() if name in secrets]
    assert len(known) > 5
    for i in instructions(variant, path):
        assert not [value for value in known if value in i.value]
        if i.word in ("ARG", "ENV"):
            assert i.names()
            assert not [name for name in i.names() if SECRET.search(name)], i


@pytest.mark.parametrize(("variant", "path"), EVERY)
def test_packages_leave_nothing_behind(variant: str, path: str) -> None:
    """Lists and archives of apt, caches of pip and npm: none is in a layer."""
    installing = [i for i in of(variant, path, "RUN") if "install" in i.value]
    for i in installing:
        if "apt-get install" in i.value:
            assert CLEAN_LISTS.search(i.value), i
            assert "--mount=type=cache,target=/var/cache/apt" in i.value, i
            assert "apt-get update && apt-get install" in i.value, i
            assert i.value.count("apt-get install") == i.value.count("--no-install-recommends"), i
        if re.search(r"\bpip install\b", i.value):
            assert "/.cache/pip" in i.value or "--no-cache-dir" in i.value, i
        if "npm clean-install" in i.value:
            assert "target=/root/.npm" in i.value, i
    assert len(installing) > 10 or "permissions" in path


@pytest.mark.parametrize(("variant", "path"), EVERY)
def test_a_command_that_fails_ends_the_build(variant: str, path: str) -> None:
    """Commands are joined by &&: what stands behind a semicolon would run whatever happened before."""
    for i in of(variant, path, "RUN"):
        rest = re.sub(r"\"[^\"]*\"|'[^']*'", "", i.value)
        rest = re.sub(r"\bif .*?\bfi\b|\{ .*? \}", "", rest)
        assert ";" not in rest, i
        assert not re.search(r"\b(curl|wget)\b[^&]*\|\s*(ba)?sh\b", rest), i


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_platform_runs_without_root(variant: str) -> None:
    """From the stage on that becomes the image; for developers, too, whatever is installed for them."""
    path = PATHS[0]
    parents = {i.stage: i.value.split()[0] for i in of(variant, path, "FROM")}
    assert list(parents)[-1] == "final"
    for name in ("final", "production", "development", "assets"):
        users, stage = list[str](), name
        while not users and stage in parents:
            users = [i.value for i in of(variant, path, "USER") if i.stage == stage]
            stage = parents[stage]
        assert users[-1:] == ["app"], name


@pytest.mark.parametrize(("variant", "path"), EVERY)
def test_commands_are_lists(variant: str, path: str) -> None:
    """So that signals reach the process itself."""
    commands = [json.loads(i.value) for i in of(variant, path, "CMD")]
    assert commands
    assert all(isinstance(command, list) for command in commands)
