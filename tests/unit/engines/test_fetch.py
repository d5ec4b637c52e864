"""Getting images several at a time: order, limits, and what is told when one cannot be had."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tutor.core.hooks import Layer, Origin
from tutor.engines.fetch import fetch
from tutor.engines.find import Engine
from tutor.engines.images import Build, Fetching
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tutor.core.hooks import Registry
    from tutor.project import Project

ENGINE = Engine("docker", ("docker",), ("compose",))
PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "fancy", "2.0", "/site/fancy/plugin.py", 7)
#: Seconds after which a command that waits for another one gives up.
PATIENCE = 20.0


@dataclass
class Commands:
    """Notes how the commands for images overlap."""

    behaviour: Mapping[str, Callable[[], Result]] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    running: int = 0
    most: int = 0

    def answer(self, call: Call) -> Result:
        verb = next((word for word in ("pull", "build") if word in call.argv), None)
        if verb is None:
            return Result(0)
        image = call.argv[-1] if verb == "pull" else call.argv[call.argv.index("--tag") + 1]
        self.events.append(f"{verb} {image}")
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return self.behaviour.get(image, lambda: Result(0, "fine"))()
        finally:
            self.running -= 1
            self.events.append(f"end {image}")

    def fetch(self, fetching: Fetching, *, pulled: int = 4, built: int = 2) -> None:
        values = {"IMAGES_PULLED_AT_ONCE": pulled, "IMAGES_BUILT_AT_ONCE": built}
        project: Any = SimpleNamespace(values=values, config={})
        users = {image: [f"service-of-{image}"] for image in fetching.pulls}
        fetch(RecordingRunner(self.answer), ENGINE, cast("Project", project), fetching, users, self.journal)

    def order(self, first: str, second: str) -> bool:
        return self.events.index(first) < self.events.index(second)


@pytest.fixture
def build(tmp_path: Path, registry: Registry) -> Callable[..., tuple[Build, str]]:
    """Make an image that is built here."""

    def make(name: str, *lines: str, folder: str = "") -> tuple[Build, str]:
        place = tmp_path / (folder or name)
        place.mkdir(exist_ok=True)
        (place / "Dockerfile").write_text("\n".join(lines or ("FROM scratch",)))
        return Build(name, place, f"our/{name}:1", origin=PLUGIN), "digest"

    return make


def test_pulls_and_builds_are_at_once(build: Callable[..., tuple[Build, str]]) -> None:
    meeting = threading.Barrier(3)

    def meet() -> Result:
        meeting.wait(PATIENCE)
        return Result(0, "layer")

    commands = Commands(dict.fromkeys(("redis:7", "docker.io/library/caddy:2@sha256:1", "our/app:1"), meet))
    commands.fetch(Fetching((build("app"),), ("redis:7", "docker.io/library/caddy:2@sha256:1")))
    assert commands.journal.texts("info") == [
        "[1/3] pulling redis:7",
        "[2/3] pulling docker.io/library/caddy:2@sha256:1",
        "[3/3] building app: our/app:1",
    ]
    assert sorted(commands.journal.texts("output")) == ["app: layer", "caddy: layer", "redis: layer"]


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_are_pulled_at_once_than_is_set(limit: int) -> None:
    pause = threading.Event()
    images = [f"image:{number}" for number in range(6)]
    commands = Commands({image: lambda: Result(int(pause.wait(0.02))) for image in images})
    commands.fetch(Fetching(pulls=tuple(images)), pulled=limit)
    assert commands.most == limit


def test_one_image_is_named_before_it_and_not_in_each_line() -> None:
    commands = Commands()
    commands.fetch(Fetching(pulls=("redis:7",)))
    assert commands.journal.entries == [("info", "[1/1] pulling redis:7"), ("output", "fine")]


def test_an_image_waits_for_what_it_stands_on(build: Callable[..., tuple[Build, str]]) -> None:
    builds = (build("base", "FROM redis:7"), build("app", "FROM our/base:1"), build("other"))
    commands = Commands()
    commands.fetch(Fetching(builds, ("redis:7",)), built=3)
    assert commands.order("end redis:7", "build our/base:1")
    assert commands.order("end our/base:1", "build our/app:1")


def test_images_of_one_folder_are_built_one_after_the_other(build: Callable[..., tuple[Build, str]]) -> None:
    """The second one takes the layers of the first."""
    builds = (build("openedx", folder="openedx"), build("openedx-dev", folder="openedx"))
    commands = Commands()
    commands.fetch(Fetching(builds), built=2)
    assert commands.events == [
        "build our/openedx:1",
        "end our/openedx:1",
        "build our/openedx-dev:1",
        "end our/openedx-dev:1",
    ]


def test_the_first_failure_is_told_and_no_other_begins(build: Callable[..., tuple[Build, str]]) -> None:
    failed = threading.Event()

    def gone() -> Result:
        failed.set()
        return Result(1, "manifest unknown")

    def cut_off() -> Result:
        failed.wait(PATIENCE)
        return Result(143, "terminated")

    commands = Commands({"our/slow:1": cut_off, "odd:1": gone})
    with pytest.raises(EngineError, match=r"Image odd:1 is neither .*: manifest unknown") as caught:
        commands.fetch(Fetching((build("slow"), build("app", "FROM odd:1")), ("odd:1",)))
    assert caught.value.where == "service service-of-odd:1"
    assert "build our/app:1" not in commands.events


def test_a_failed_build_is_told_with_its_plugin(build: Callable[..., tuple[Build, str]]) -> None:
    commands = Commands({"our/app:1": lambda: Result(1, "step 3\nno such package")})
    with pytest.raises(EngineError, match="Image app cannot be built") as caught:
        commands.fetch(Fetching((build("app"), build("last", "FROM our/app:1"))))
    assert "plugin fancy 2.0" in str(caught.value.where)
    assert "no such package" in str(caught.value.excerpt)
    assert not any("our/last:1" in event for event in commands.events)
