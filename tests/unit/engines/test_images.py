"""Images: what is needed, what is built, what is pulled."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution
from tutor.engines import fetch, images
from tutor.engines.find import Engine
from tutor.engines.images import Build, Fetching
from tutor.engines.model import Service
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError
from tutor.hooks import Filters
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutor.core.hooks import Registry

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


def _build(folder: Path, name: str, parent: str = "debian", arguments: tuple[str, ...] = ()) -> Build:
    context = folder / name
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM {parent}\nCOPY file /\n")
    (context / "file").write_text(name)
    return Build(name, context, f"our/{name}:1", arguments)


@pytest.fixture
def builds(tmp_path: Path) -> list[Build]:
    """A base, an image on it, and one on its own."""
    return [
        _build(tmp_path, "base"),
        _build(tmp_path, "app", "--platform=linux/amd64 our/base:1"),
        _build(tmp_path, "other"),
    ]


def test_needed_images_have_their_services() -> None:
    services = {
        "lms": Service("lms", "a"),
        "cms": Service("cms", "a"),
        "own": Service("own", "x", built=True),
    }
    assert images.needed(services) == {"a": ["lms", "cms"]}


def test_an_image_is_built_after_what_it_stands_on(builds: list[Build]) -> None:
    wanted = images.wanted_builds(builds, {"our/app:1"})
    assert [build.name for build in wanted] == ["base", "app"]
    assert [b.name for b in images.wanted_builds(builds, set(), {"other"})] == ["other"]


def test_the_digest_changes_with_files_modes_arguments_and_parents(builds: list[Build]) -> None:
    first = images.digests(builds)
    assert images.digests(builds) == first
    (builds[0].folder / "file").chmod(0o755)
    second = images.digests(builds)
    assert second["our/base:1"] != first["our/base:1"]
    assert second["our/app:1"] != first["our/app:1"]
    assert second["our/other:1"] == first["our/other:1"]
    (builds[2].folder / "file").write_text("changed")
    assert images.digests(builds)["our/other:1"] != second["our/other:1"]
    changed = Build("other", builds[2].folder, "our/other:1", ("--build-arg=X=1",))
    assert images.digests([changed]) != images.digests([builds[2]])


def test_only_what_is_missing_or_outdated_is_fetched(builds: list[Build]) -> None:
    digest = images.digests(builds)
    here = {"our/base:1": digest["our/base:1"], "our/app:1": "outdated", "mysql:8": ""}
    found = images.plan_fetching(["our/app:1", "mysql:8", "redis:7"], builds, here)
    assert found == Fetching(((builds[1], digest["our/app:1"]),), ("redis:7",))


def test_nothing_is_fetched_twice(builds: list[Build]) -> None:
    here = {**images.digests(builds), "redis:7": ""}
    assert images.plan_fetching(["our/app:1", "redis:7"], builds, here) == Fetching()
    again = images.plan_fetching(["our/app:1", "redis:7"], builds, here, pull_all=True)
    assert again == Fetching(pulls=("redis:7",))


def test_a_missing_dockerfile_is_told(tmp_path: Path) -> None:
    build = Build("x", tmp_path / "missing", "x:1")
    with pytest.raises(EngineError, match="Image x cannot be built: its Dockerfile cannot be read"):
        images.wanted_builds([build], {"x:1"})


def test_plugins_may_change_the_build_command(builds: list[Build], registry: Registry) -> None:
    Filters.DOCKER_BUILD_COMMAND.add_item("--no-cache")
    argv = images.build_command(ENGINE, builds[0], "abc")
    assert argv[:6] == ["docker", "build", "--tag", "our/base:1", "--label", "tutor.context-sha256=abc"]
    assert argv[-2:] == [str(builds[0].folder), "--no-cache"]


@pytest.mark.parametrize(
    ("buildx", "client", "expected"),
    [
        (True, "28.2.2", {}),
        (False, "28.2.2", {"DOCKER_BUILDKIT": "0"}),
        (False, "20.10.24+dfsg1", {"DOCKER_BUILDKIT": "1"}),
    ],
)
def test_docker_uses_buildkit_where_it_has_it(buildx: bool, client: str, expected: dict[str, str]) -> None:
    def answer(call: Call) -> Result:
        return Result(0 if buildx else 1) if "buildx" in call.argv else Result(0, f"{client}\n")

    assert fetch.build_environment(RecordingRunner(answer), ENGINE) == expected


SOURCE = """
config = {"defaults": {"IMAGE": "registry.test/fancy:{{ TUTOR_VERSION_MAJOR }}"}}
hooks = {"build-image": {"fancy": "{{ FANCY_IMAGE }}"}}
"""


@pytest.fixture
def fetching(
    root: Path, plugins_root: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[list[Call], Journal]]:
    """Make sure of images with a plugin that builds one, on an engine that has some and answers as told."""
    # A module is imported once in a process: each test has one of its own.
    distribution(site, "fancy", SOURCE, package=f"tutor-fancy-{uuid.uuid4().hex}")
    monkeypatch.syspath_prepend(str(site))
    context = root / "env/plugins/fancy/build/fancy"
    context.mkdir(parents=True)
    (context / "Dockerfile").write_text("FROM scratch\n")

    def run(
        services: dict[str, Service],
        here: tuple[str, ...] = (),
        broken: str = "",
        build: bool = True,
        reason: str = "it is gone",
    ) -> tuple[list[Call], Journal]:
        def answer(call: Call) -> Result:
            if "inspect" in call.argv:
                found = call.argv[-1] in here
                return Result(0, "sha256:1 <no value>\n") if found else Result(1, "", "No such image")
            code = 1 if broken and broken in call.argv else 0
            return Result(code, f"step one\nError response from daemon: {reason}" if code else "fine")

        runner, journal = RecordingRunner(answer), Journal()
        with opened(root, plugins_root, enabled=["fancy"]) as project:
            fetch.ensure(runner, ENGINE, project, services, journal, build=build)
        return [c for c in runner.calls if {"pull", "build"} & set(c.argv)], journal

    return run


FANCY = {"fancy": Service("fancy", "registry.test/fancy:22")}
REDIS = {"redis": Service("redis", "docker.io/redis:7.4.10")}
ODD = {"odd": Service("odd", "odd:1")}


def test_builds_and_pulls_are_counted(fetching: Callable[..., tuple[list[Call], Journal]]) -> None:
    calls, journal = fetching({**FANCY, **REDIS})
    assert journal.texts("info") == [
        "[1/2] pulling docker.io/redis:7.4.10",
        "[2/2] building fancy: registry.test/fancy:22",
    ]
    calls.sort(key=lambda call: call.argv, reverse=True)  # both at once
    assert calls[0].argv == ("docker", "pull", "docker.io/redis:7.4.10")
    assert calls[1].argv[-1].endswith("env/plugins/fancy/build/fancy")
    assert sorted(journal.texts("output")) == ["fancy: fine", "redis: fine"]


def test_what_is_here_is_not_fetched(fetching: Callable[..., tuple[list[Call], Journal]]) -> None:
    calls, journal = fetching(REDIS, here=("docker.io/redis:7.4.10",))
    assert calls == []
    assert journal.texts("info") == ["all images are here"]


def test_an_image_that_cannot_be_pulled_is_told_with_its_setting(
    fetching: Callable[..., tuple[list[Call], Journal]],
) -> None:
    with pytest.raises(EngineError, match=r"redis:7\.4\.10 is neither .* pulled: it is gone") as caught:
        fetching(REDIS, broken="docker.io/redis:7.4.10")
    assert caught.value.where == "setting DOCKER_IMAGE_REDIS; it is the image of redis"
    assert "tutor config save --set DOCKER_IMAGE_REDIS=IMAGE" in str(caught.value.hint)


def test_an_image_that_no_setting_names_is_told_with_its_service(
    fetching: Callable[..., tuple[list[Call], Journal]],
) -> None:
    with pytest.raises(EngineError) as caught:
        fetching(ODD, broken="odd:1")
    assert caught.value.where == "service odd"
    assert caught.value.hint == "docker pull odd:1"


def test_a_build_that_fails_is_told_with_its_plugin(
    fetching: Callable[..., tuple[list[Call], Journal]],
) -> None:
    with pytest.raises(EngineError, match="Image fancy cannot be built") as caught:
        fetching(FANCY, broken="build")
    assert "plugin fancy 1.0.0" in str(caught.value.where)
    assert "it is gone" in str(caught.value.excerpt)
    assert "docker build" in str(caught.value.hint)


def test_a_builder_that_is_too_old_is_told(fetching: Callable[..., tuple[list[Call], Journal]]) -> None:
    with pytest.raises(EngineError, match="Image fancy cannot be built") as caught:
        fetching(FANCY, broken="build", reason="the --mount option requires BuildKit")
    assert "apt-get install docker-buildx" in str(caught.value.hint)


def test_without_building_a_missing_image_is_an_error_and_an_old_one_a_warning(
    fetching: Callable[..., tuple[list[Call], Journal]],
) -> None:
    with pytest.raises(EngineError, match=r"registry\.test/fancy:22 was not built yet") as caught:
        fetching(FANCY, build=False)
    assert "--build" in str(caught.value.hint)
    calls, journal = fetching(FANCY, here=("registry.test/fancy:22",), build=False)
    assert calls == []
    assert "image fancy was built from other files" in journal.texts("warn")[0]
