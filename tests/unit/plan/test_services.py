"""What happens to a service, by its container, its definition, its image and its files."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor.engines.images import Build, Here
from tutor.engines.model import Service
from tutor.plan.compose import NEWER, _Container, _images, _Services
from tutor.plan.files import Difference, Edit
from tutor.plan.model import Cause, FileChange, ImageChange, ServiceChange
from tutor.plan.sides import Fetch

if TYPE_CHECKING:
    from pathlib import Path

REDIS = Service("redis", "redis:7")
# Started after every file that a test writes, however long the tests before it take.
RUNNING = _Container("redis", "id-1", "running", 0, "hash-1", time.time() + 86400, ())


def changes(environment: Path, *containers: _Container, **given: Any) -> list[ServiceChange]:
    """Compare containers with one service, as it would be."""
    found: dict[str, Any] = {
        "services": {"redis": REDIS},
        "hashes": {"redis": "hash-1"},
        "containers": containers,
        "identities": {"redis:7": "id-1"},
        "fetched": (),
        "differences": (),
        "environment": environment,
        "files": {"local/docker-compose.yml"},
    }
    return _Services(**{**found, **given}).changes()


def changed(path: str, *settings: str, written: bool = False, lines: tuple[str, ...] = ("x",)) -> Difference:
    """A file of which the first line changes because of settings."""
    edit = Edit((0, len(lines)), (0, len(lines)), (Cause("", settings=settings),))
    change = FileChange(path, "changed", "tutor", written=written)
    return Difference(change, lines, lines, (edit,))


def test_as_it_is(root: Path) -> None:
    assert changes(root, RUNNING) == []


def test_there_is_none_yet(root: Path) -> None:
    assert changes(root) == [ServiceChange("redis", "created", ("it has no container yet",))]


def test_new_because_of_a_plugin(root: Path) -> None:
    """Says whose it is."""
    lines = ("services:", "  redis:", "    image: redis:7")
    edit = Edit((1, 1), (1, 3), (Cause("plugin myapp 1.0, patch p", "myapp", "p"),))
    found = Difference(FileChange("local/docker-compose.yml", "changed", "tutor"), lines[:1], lines, (edit,))
    (change,) = changes(root, differences=[found])
    assert change.reasons == ("plugin myapp, patch p", "file local/docker-compose.yml")


def test_another_definition(root: Path) -> None:
    lines = ("services:", "  redis:", "    image: redis:7")
    difference = changed("local/docker-compose.yml", "REDIS_PORT", lines=lines)
    (change,) = changes(root, RUNNING, hashes={"redis": "hash-2"}, differences=[difference])
    assert (change.action, change.reasons[0]) == ("recreated", "setting REDIS_PORT")


def test_another_definition_of_which_nothing_is_known(root: Path) -> None:
    (change,) = changes(root, RUNNING, hashes={"redis": "hash-2"})
    assert change.reasons == ("its container was made from other files",)


@pytest.mark.parametrize("action", ["built", "pulled"])
def test_an_image_that_will_be_another(action: Any, root: Path) -> None:
    fetched = [ImageChange("redis:7", action, "because", ("redis",))]
    (change,) = changes(root, RUNNING, fetched=fetched)
    assert (change.action, change.reasons) == ("recreated", (f"image redis:7 is {action}: because",))


def test_an_image_that_is_another_already(root: Path) -> None:
    (change,) = changes(root, RUNNING, identities={"redis:7": "id-2"})
    assert change.action == "recreated"


def test_stopped(root: Path) -> None:
    stopped = dataclasses.replace(RUNNING, state="exited")
    assert changes(root, stopped) == [ServiceChange("redis", "started", ("it is exited",))]


def test_one_that_has_done_its_task(root: Path) -> None:
    done = dataclasses.replace(RUNNING, state="exited")
    assert changes(root, done, services={"redis": dataclasses.replace(REDIS, restarts=False)}) == []


def test_no_longer_there(root: Path) -> None:
    other = dataclasses.replace(RUNNING, service="myapp")
    assert changes(root, RUNNING, other) == [
        ServiceChange("myapp", "removed", ("it is no longer in the environment",))
    ]


def test_a_mounted_file_that_would_change(root: Path) -> None:
    """Also in a mounted folder, and not because of a file beside it."""
    write(root / "apps/redis/redis.conf", "x")
    write(root / "apps/redis-other/x", "x")
    container = dataclasses.replace(RUNNING, mounts=(root / "apps/redis",))
    (change,) = changes(root, container, differences=[changed("apps/redis/redis.conf", "REDIS_PORT")])
    assert change.action == "restarted"
    assert change.reasons == ("setting REDIS_PORT", "file apps/redis/redis.conf")
    assert changes(root, container, differences=[changed("apps/redis-other/x")]) == []


def test_a_mounted_file_that_has_changed_since_it_was_started(root: Path) -> None:
    path = write(root / "apps/redis/redis.conf", "x")
    container = dataclasses.replace(RUNNING, mounts=(path,), since=path.stat().st_ctime - 60)
    known = [changed("apps/redis/redis.conf", "REDIS_PORT", written=True)]
    (change,) = changes(root, container, differences=known)
    assert change.reasons == ("setting REDIS_PORT", "file apps/redis/redis.conf")
    (change,) = changes(root, container)
    assert change.reasons == ("apps/redis/redis.conf was written after it was started",)
    newer = dataclasses.replace(container, since=path.stat().st_ctime + 60)
    assert changes(root, newer, differences=known) == []


@pytest.mark.parametrize(
    ("fetch", "expected"),
    [
        (Fetch(), [("mysql:8", "pulled", "it is not on this machine"), ("myapp:1", "built", None)]),
        (Fetch(build=False), [("mysql:8", "pulled", "it is not on this machine")]),
        (
            Fetch(build=False, pull_all=True),
            [("redis:7", "pulled", NEWER), ("mysql:8", "pulled", "it is not on this machine")],
        ),
    ],
    ids=["as ever", "build nothing", "pull all"],
)
def test_images_as_they_would_be_got(
    fetch: Fetch, expected: list[tuple[str, str, str | None]], root: Path
) -> None:
    """As the options of a launch say; one that is built here is never pulled."""
    folder = write(root / "myapp/Dockerfile", "FROM redis:7\n").parent
    users = {"redis:7": ["redis"], "mysql:8": ["mysql"], "myapp:1": ["myapp"]}
    here = {"redis:7": Here("id-1"), "myapp:1": Here("id-2", "of other files")}
    found = _images(users, [Build("myapp", folder, "myapp:1")], here, set(), fetch)
    assert [(c.image, c.action) for c in found] == [(image, action) for image, action, _ in expected]
    assert all(reason in (None, c.reason) for c, (_, _, reason) in zip(found, expected, strict=True))
