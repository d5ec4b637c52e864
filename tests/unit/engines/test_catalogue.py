"""Images by their short names."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from tutor.engines import catalogue, images
from tutor.engines.find import Engine
from tutor.engines.images import Build
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError
from tutor.hooks import Filters
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutor.project import Project

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


@pytest.fixture
def project(saved_project: Path, plugins_root: Path) -> Iterator[Project]:
    """A saved project, opened."""
    with opened(saved_project, plugins_root) as found:
        yield found


def test_images_of_the_core_and_of_plugins(project: Project) -> None:
    Filters.IMAGES_BUILD.add_item(("notes", ("plugins", "notes"), "{{ DOCKER_REGISTRY }}notes:1", ()))
    Filters.IMAGES_PULL.add_item(("search", "{{ DOCKER_REGISTRY }}search:1"))
    Filters.IMAGES_PUSH.add_item(("notes", "{{ DOCKER_REGISTRY }}notes:1"))
    builds = {build.name: build.tag for build in images.all_builds(project)}
    assert list(builds) == ["openedx", "permissions", "openedx-dev", "notes"]
    assert builds["notes"] == "docker.io/notes:1"
    assert ("search", "docker.io/search:1") in catalogue.pullable(project)
    assert [name for name, _ in catalogue.pushable(project)] == ["openedx", "permissions", "notes"]
    assert {"caddy", "mysql", "smtp", "notes", "openedx-dev"} <= set(dict(catalogue.tags(project)))


def test_services_that_do_not_run_here_need_no_image(project: Project) -> None:
    project.resettle({"RUN_MYSQL": False, "RUN_SMTP": False})
    assert not {"mysql", "smtp"} & set(dict(catalogue.pullable(project)))


def test_a_plugins_build_takes_the_place_of_ours(project: Project) -> None:
    Filters.IMAGES_BUILD.add_item(("mine", "mine", "{{ DOCKER_IMAGE_OPENEDX }}", ()))
    assert [b.name for b in images.all_builds(project)] == ["permissions", "openedx-dev", "mine"]


def test_mounts_are_contexts_of_builds(project: Project, tmp_path: Path) -> None:
    (tmp_path / "poll").mkdir()
    (tmp_path / "poll/setup.py").write_text("setup(name='xblock-poll')")
    project.resettle({"MOUNTS": [str(tmp_path / "poll")]})
    builds = {build.name: build.arguments for build in images.all_builds(project)}
    context = f"--build-context=mnt-poll={tmp_path}/poll"
    assert builds["openedx"] == (context,)
    assert builds["openedx-dev"][-1] == context
    assert builds["permissions"] == ()


@pytest.mark.parametrize(
    ("names", "message"),
    [((), "No image was named"), (("mysq",), "There is no image mysq to pull; did you mean mysql?")],
)
def test_names_are_checked(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(EngineError) as caught:
        catalogue.chosen(names, ["mysql", "caddy"], "pull")
    assert caught.value.message == message
    assert caught.value.hint == "images to pull are: mysql, caddy, all"


def test_all_and_doubles() -> None:
    assert catalogue.chosen(["all"], ["a", "b"], "pull") == ["a", "b"]
    assert catalogue.chosen(["b", "b"], ["a", "b"], "pull") == ["b"]


@pytest.fixture
def builds(tmp_path: Path) -> list[Build]:
    """A base, and an image on it."""
    found = []
    for name, parent in (("base", "debian"), ("app", "our/base:1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(f"FROM {parent}\n")
        found.append(Build(name, tmp_path / name, f"our/{name}:1"))
    return found


def _plan(builds: list[Build], here: dict[str, str], *arguments: str) -> tuple[list[Build], str]:
    """The builds of app that are due, and what is told."""

    def answer(call: Call) -> Result:
        digest = here.get(call.argv[-1])
        if digest is None:
            return Result(1)
        labels = {images.DIGEST_LABEL: digest} if digest else None
        return Result(0, f"id|{json.dumps({'Labels': labels})}")

    journal = Journal()
    found = catalogue.plan_builds(RecordingRunner(answer), ENGINE, builds, ["app"], arguments, journal)
    return [build for build, _ in found.builds], " | ".join(journal.texts("info"))


def test_what_is_missing_or_has_changed_is_built_and_why(builds: list[Build]) -> None:
    digests = images.digests(builds)
    due, told = _plan(builds, {})
    assert [b.name for b in due] == ["base", "app"]
    assert "base is built: it is not on this machine" in told
    due, told = _plan(builds, digests)
    assert due == []
    assert "app is up to date" in told
    due, told = _plan(builds, digests | {"our/app:1": "old"})
    assert [b.name for b in due] == ["app"]
    assert "have changed" in told
    _, told = _plan(builds, digests | {"our/app:1": ""})
    assert "was pulled, or built by hand" in told


def test_arguments_are_for_the_images_that_were_named(builds: list[Build]) -> None:
    digests = images.digests(builds)
    due, told = _plan(builds, digests, "--no-cache", "--build-arg=A=1")
    assert [(b.name, b.extra) for b in due] == [("app", ("--no-cache", "--build-arg=A=1"))]
    assert "--no-cache" in told
    _, told = _plan(builds, digests, "--build-arg=A=1")
    assert "its arguments" in told
    _, told = _plan(builds, digests, "--cache-from=x", "--output=y")
    assert "app is up to date" in told


def test_arguments_of_a_command_line_are_remembered(builds: list[Build]) -> None:
    """By the image: in the next build, and by those that stand on it. Not how it was made."""
    base, app = builds
    given = ("--no-cache", "--build-arg=A=it's")
    command = images.build_command(ENGINE, dataclasses.replace(app, extra=given), "d")
    label = next(word for word in command if word.startswith(images.ARGUMENTS_LABEL))
    kept = label.partition("=")[2]
    assert json.loads(kept) == ["--build-arg=A=it's"]
    built = images.digests([base, dataclasses.replace(app, extra=("--build-arg=A=it's",))])

    def answer(call: Call) -> Result:
        tags = [word for word in call.argv if word in built]
        labels = {base.tag: {}, app.tag: {images.ARGUMENTS_LABEL: kept}}
        lines = [
            f"id|{json.dumps({'Labels': {images.DIGEST_LABEL: built[tag], **labels[tag]}})}" for tag in tags
        ]
        return Result(0, "\n".join(lines))

    here = images.images_here(RecordingRunner(answer), ENGINE, [base.tag, app.tag])
    again = images.remembered(builds, here)
    assert [build.extra for build in again] == [(), ("--build-arg=A=it's",)]
    assert images.plan_fetching([app.tag], again, images.digests_here(here)).builds == ()
    # Built by hand without it, it is gone.
    plan = catalogue.plan_builds(RecordingRunner(answer), ENGINE, builds, ["app"], (), Journal())
    assert [(build.name, build.extra) for build, _ in plan.builds] == [("app", ())]
    # Named alone, what stands below keeps its own.
    plan = catalogue.plan_builds(
        RecordingRunner(answer), ENGINE, builds, ["base"], ("--build-arg=B=1",), Journal()
    )
    assert [(build.name, build.extra) for build, _ in plan.builds] == [("base", ("--build-arg=B=1",))]


def test_layers_are_kept_in_a_registry_by_the_new_builder_only() -> None:
    new = RecordingRunner()
    old = RecordingRunner(lambda call: Result(1))
    assert catalogue.cache_arguments(new, ENGINE, "r/x:1", read=True, write=True) == [
        "--cache-from=type=registry,ref=r/x:1-cache",
        "--cache-to=type=registry,ref=r/x:1-cache,mode=max",
    ]
    assert catalogue.cache_arguments(new, ENGINE, "r/x:1", read=True, write=False)[1:] == []
    assert catalogue.cache_arguments(old, ENGINE, "r/x:1", read=True, write=True) == []


def test_a_push_that_fails_says_why() -> None:
    runner = RecordingRunner(lambda call: Result(1, "denied"))
    with pytest.raises(EngineError, match="Image r/x:1 cannot be pushed: denied") as caught:
        catalogue.push(runner, ENGINE, "r/x:1", Journal())
    assert caught.value.hint == "docker login; tutor images build NAME"


@pytest.mark.parametrize("registry", ["registry.example.com", "127.0.0.1:5000", "localhost"])
def test_a_push_that_fails_says_where_to_log_in(registry: str) -> None:
    runner = RecordingRunner(lambda call: Result(1, "no basic auth credentials"))
    with pytest.raises(EngineError) as caught:
        catalogue.push(runner, ENGINE, f"{registry}/team/x:1", Journal())
    assert f"docker login {registry};" in str(caught.value.hint)
