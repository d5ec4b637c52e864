"""What a plan says is what happens: on real containers."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import LAUNCH_TIMEOUT
from tests.e2e.registry import serving
from tests.kit import distribution

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Platform
    from tests.e2e.registry import Registry

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def _launched(platform: Platform) -> None:
    """Tests before these may have written files after the containers that read them were started."""
    platform.launch()


def plan(platform: Platform, code: int = 2) -> Any:
    """The plan as data."""
    out = platform.tutor("plan", "--json", code=code)
    return json.loads(out[out.index("{\n") :])


def identities(platform: Platform) -> dict[str, str]:
    """Service → its container."""
    return {name: container["Id"] for name, container in platform.containers().items()}


def test_after_a_launch_nothing_would_change(platform: Platform) -> None:
    found = plan(platform, code=0)
    assert not found["changes"]
    assert platform.tutor("apply", "--yes").strip().endswith("as they should be.")


def test_only_what_the_plan_names_is_recreated(platform: Platform) -> None:
    """A setting of one container: it is made anew, the others stay; rolling back does the reverse."""
    before = identities(platform)
    platform.tutor("config", "save", "--set", "REDIS_MEMORY_LIMIT=300Mi")
    try:
        (change,) = plan(platform)["services"]
        assert (change["name"], change["action"]) == ("redis", "recreated")
        assert change["reasons"][0] == "setting REDIS_MEMORY_LIMIT"
        platform.tutor("apply", "--yes")
        now = identities(platform)
        assert {name for name in before if now[name] != before[name]} == {"redis"}
        assert set(now) == set(before)
    finally:
        platform.tutor("rollback", "--yes")
    assert {name for name in now if identities(platform)[name] != now[name]} == {"redis"}
    assert not plan(platform, code=0)["changes"]
    assert "Hello from myapp" in platform.page()


def test_a_changed_setting_and_back(platform: Platform) -> None:
    """The plan names the service that is made anew, and those that restart; the others are left alone."""
    before = identities(platform)
    started = {name: c["State"]["StartedAt"] for name, c in platform.containers().items()}
    platform.tutor("config", "save", "--set", "MYAPP_GREETING=Planned", "--set", "SMTP_HOST=mail.example.com")
    try:
        found = plan(platform)
        assert {c["name"] for c in found["settings"]} == {"MYAPP_GREETING", "SMTP_HOST"}
        actions = {c["name"]: c["action"] for c in found["services"]}
        assert set(actions.values()) == {"restarted"}
        assert "lms" in actions
        assert "mysql" not in actions
        assert "setting MYAPP_GREETING" in next(c for c in found["services"] if c["name"] == "lms")["reasons"]
        platform.tutor("apply", "--yes")
        assert identities(platform) == before
        now = {name: c["State"]["StartedAt"] for name, c in platform.containers().items()}
        assert {name for name in now if now[name] != started[name]} == set(actions)
        assert "Planned" in platform.page()
        assert not plan(platform, code=0)["changes"]
    finally:
        platform.tutor("rollback", "--yes")
    assert "Hello from myapp" in platform.page()
    assert identities(platform) == before
    assert not plan(platform, code=0)["changes"]


PLUGIN = """
from pathlib import Path
templates = str(Path(__file__).parent / "templates")
hooks = {"init": ["lms"], "build-image": {"planned": "tests/planned:1"}}
patches = {
    "local-docker-compose-services": '''planned:
  image: tests/planned:1
  entrypoint: [sleep, infinity]
  init: true
  stop_grace_period: 1s
  restart: unless-stopped''',
    "local-docker-compose-jobs-services": "fetched-job:\\n  image: IMAGE",
}
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry; images from it are removed afterwards."""
    with serving() as found:
        yield found
        for name in {*found.tags, *found.tags.values()}:
            reference = name if "sha256:" not in name else f"tests/fetched@{name}"
            docker("image", "rm", "--force", f"127.0.0.1:{found.port}/{reference}", check=False)


def docker(*arguments: str, check: bool = True) -> str:
    """Ask the engine itself."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=check)
    return done.stdout.strip()


@pytest.fixture
def planned(platform: Platform, registry: Registry) -> Iterator[Path]:
    """A plugin with an image to build, one to pull, a service, and a task that fails: the task's script."""
    registry.put("tests/fetched:1", "one")
    image = f"127.0.0.1:{registry.port}/tests/fetched:1"
    task = "templates/planned/hooks/lms/init"
    dockerfile = "FROM {{ DOCKER_IMAGE_REDIS }}\nRUN echo built > /tmp/planned\n"
    files = {task: "echo the reason >&2; exit 3", "templates/planned/build/planned/Dockerfile": dockerfile}
    distribution(platform.site, "planned", PLUGIN.replace("IMAGE", image), files=files)
    platform.tutor("plugins", "enable", "planned")
    try:
        yield next(platform.site.glob(f"*/{task}"))
    finally:
        platform.tutor("plugins", "disable", "planned")
        platform.tutor("apply", "--yes")
        docker("image", "rm", "--force", "tests/planned:1", check=False)
        docker("image", "rm", "--force", image, check=False)


def test_apply_does_what_is_planned_and_goes_on_after_a_failure(
    platform: Platform, planned: Path, tmp_path: Path
) -> None:
    """Builds, pulls, starts and initialises what the plan names; then from a file, unless that is stale."""
    before = identities(platform)
    found = plan(platform)
    images = {c["image"].rpartition("/")[2]: c["action"] for c in found["images"]}
    assert images == {"fetched:1": "pulled", "planned:1": "built"}
    services = {c["name"]: c["action"] for c in found["services"]}
    assert services["planned"] == "created"
    assert [c["name"] for c in found["tasks"]] == ["planned/lms"]

    out = platform.tutor("apply", "--yes", code=1, timeout=LAUNCH_TIMEOUT)
    error = out[out.index("Error:") :]
    assert "plugin planned" in error
    assert "the reason" in error
    assert "tutor apply" in error
    now = identities(platform)
    assert set(now) - set(before) == {"planned"}
    assert docker("exec", now["planned"], "cat", "/tmp/planned") == "built"
    left = plan(platform)
    assert (left["images"], left["services"]) == ([], [])
    assert [c["name"] for c in left["tasks"]] == ["planned/lms"]

    planned.write_text("echo repaired")
    stale, file = tmp_path / "stale.plan", tmp_path / "file.plan"
    platform.tutor("plan", "-o", str(stale), code=2)
    platform.tutor("config", "save", "--set", "PLANNED_SOMETHING=1")
    platform.tutor("plan", "-o", str(file), code=2)
    assert "stale" in platform.tutor("apply", str(stale), code=1)
    out = platform.tutor("apply", str(file))
    assert "repaired" in out
    assert "building" not in out
    assert "pulling" not in out
    assert identities(platform) == now
    assert not plan(platform, code=0)["changes"]
    out = platform.tutor("local", "launch", "--dry-run", "--pullimages", "--skip-build", code=2)
    assert "/tests/fetched:1: pulled, because there may be a newer one" in out
    assert "built" not in out
    platform.tutor("config", "save", "--unset", "PLANNED_SOMETHING")


def test_images_are_those_of_the_lock(platform: Platform, planned: Path, registry: Registry) -> None:
    """Another one under the same name is found, and the one of the file is pulled by its digest."""
    assert planned.exists()
    image = f"127.0.0.1:{registry.port}/tests/fetched:1"
    locked = registry.tags["tests/fetched:1"]
    docker("pull", image)
    platform.tutor("plugins", "lock")
    try:
        assert f"{image}: {locked}" in (platform.root / "plugins.lock").read_text()
        other = registry.put("tests/fetched:1", "two")
        docker("pull", image)
        out = platform.tutor("plugins", "sync", "--check", code=2)
        assert f"image {image} is {other}, not {locked}" in out
        platform.tutor("plugins", "sync")
        assert "Everything is as plugins.lock says" in platform.tutor("plugins", "sync", "--check")
        docker("image", "rm", "--force", image)
        assert f"image {image} is not on this machine" in platform.tutor("plugins", "sync")
        platform.tutor("plugins", "sync", "--check")
    finally:
        (platform.root / "plugins.lock").unlink()


def test_doctor_sees_that_containers_are_not_those_of_the_environment(platform: Platform) -> None:
    """One that is gone is started again; one of an old definition is for a launch."""
    docker("rm", "--force", identities(platform)["smtp"])
    platform.tutor("config", "save", "--set", "REDIS_MEMORY_LIMIT=300Mi")
    try:
        out = platform.tutor("doctor", "--fix")
        assert "fixed: started smtp" in out
        assert "Services that run with another configuration than the environment's: redis" in out
        assert "smtp" in platform.containers()
    finally:
        platform.tutor("config", "save", "--unset", "REDIS_MEMORY_LIMIT")
    assert "[drift]" not in platform.tutor("doctor")
