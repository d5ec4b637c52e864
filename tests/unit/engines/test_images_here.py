"""Which images are on this machine: asked for all at once, whatever the engine says of the missing ones."""

from __future__ import annotations

import pytest

from tutor.engines.find import Engine
from tutor.engines.images import Here, images_here
from tutor.engines.run import Call, RecordingRunner, Result

DOCKER = Engine("docker", ("docker",), ("docker", "compose"))
KNOWN = {
    "a:1": 'sha256:aa|{"Labels": {"tutor.context-sha256": "digest-a"}}',
    "b:1": 'sha256:bb|{"Labels": {"tutor.arguments": "[\\"--no-cache\\"]", "other": "x"}}',
}
FOUND = {"a:1": Here("aa", "digest-a"), "b:1": Here("bb", "", ("--no-cache",))}


def answering(error: str, *, blank: bool) -> RecordingRunner:
    """An engine that has two images."""

    def answer(call: Call) -> Result:
        names = call.argv[call.argv.index("--format") + 2 :]
        lines = [KNOWN.get(name, "") for name in names if blank or name in KNOWN]
        errors = [error.format(name) for name in names if name not in KNOWN]
        return Result(1 if errors else 0, "\n".join(lines), "\n".join(errors))

    return RecordingRunner(answer)


@pytest.mark.parametrize(
    ("error", "blank", "calls"),
    [
        ("Error: No such image: {}", True, 1),
        ("Error response from daemon: no such image: docker.io/{0}: No such image: {0}", True, 1),
        ("Error response from daemon: No such image: {}", False, 1),
        ("Error: inspecting object: {}: image not known", False, 5),
    ],
    ids=["old", "20.10", "26", "podman"],
)
def test_some_are_missing(error: str, blank: bool, calls: int) -> None:
    runner = answering(error, blank=blank)
    assert images_here(runner, DOCKER, ["no:1", "a:1", "no:2", "b:1"]) == FOUND
    assert len(runner.calls) == calls


def test_all_are_here() -> None:
    runner = answering("", blank=False)
    assert images_here(runner, DOCKER, ["a:1", "b:1"]) == FOUND
    assert len(runner.calls) == 1


@pytest.mark.parametrize(
    "configuration", ["null", "{}", '{"Labels": null}', '{"Labels": {"tutor.arguments": "x"}}']
)
def test_an_image_without_labels_of_ours(configuration: str) -> None:
    """As most of those in registries are: it is here."""
    runner = RecordingRunner(lambda _: Result(0, f"sha256:aa|{configuration}"))
    assert images_here(runner, DOCKER, ["a:1"]) == {"a:1": Here("aa")}


def test_none_is_asked_for() -> None:
    runner = answering("", blank=False)
    assert images_here(runner, DOCKER, []) == {}
    assert runner.calls == []
