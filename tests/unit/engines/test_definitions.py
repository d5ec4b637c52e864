"""Compose is asked again about the same files only where its answer may be another one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.kit import write
from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.definitions import definitions
from tutor.engines.find import Engine
from tutor.engines.model import Port, Service
from tutor.engines.run import Call, RecordingRunner, Result

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = "services:\n  redis:\n    image: redis:7\n    healthcheck: {test: 'ping $$HOST'}\n"
MODEL = {
    "services": {
        "redis": {
            "image": "redis:7",
            "restart": "always",
            "depends_on": {"mysql": {}},
            "ports": [{"target": 80, "published": "8080", "host_ip": "127.0.0.1"}],
            "environment": {"PASSWORD": "secret-value"},
        }
    }
}
REDIS = Service("redis", "redis:7", (Port(8080, 80, "tcp", "127.0.0.1"),), ("mysql",))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for caches; where there is none, nothing is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def answer(call: Call) -> Result:
    """As Compose answers."""
    return Result(0, "redis abc\n" if "--hash" in call.argv else json.dumps(MODEL))


def questions(folder: Path, content: str = PLAIN, name: str = "tutor") -> int:
    """How often Compose is asked about a staged environment; its answer is always the same."""
    for file in ("docker-compose.yml", "docker-compose.prod.yml", "docker-compose.jobs.yml"):
        write(folder / "local" / file, content)
    runner = RecordingRunner(answer)
    compose = Engine("docker", ("docker",), ("docker", "compose"))
    project = ComposeProject(name, local_files(folder), compose, folder.parent / "live")
    found = definitions(runner, project)
    assert found.services == {"redis": REDIS}
    assert found.hashes == {"redis": "abc"}
    return len(runner.calls)


def test_asked_once_about_the_same_files(tmp_path: Path, cache: Path) -> None:
    """Wherever they are staged; and no value of a variable is kept."""
    assert questions(tmp_path / "one") == 2
    assert questions(tmp_path / "two") == 0
    assert questions(tmp_path / "two", PLAIN + "# changed\n") == 2
    assert questions(tmp_path / "two", name="other") == 2
    kept = [path.read_bytes() for path in cache.rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert not any(b"secret-value" in content for content in kept)


def test_asked_again_when_a_variable_that_they_name_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that they do not name makes no difference."""
    content = PLAIN + "    environment: [MINE]\n"
    assert questions(tmp_path, content) == 2
    monkeypatch.setenv("OTHER", "1")
    assert questions(tmp_path, content) == 0
    monkeypatch.setenv("MINE", "1")
    assert questions(tmp_path, content) == 2
    write(tmp_path / "local/.env", "MINE=2\n")
    assert questions(tmp_path, content) == 2


@pytest.mark.parametrize(
    "key", ["env_file: a", "extends: {file: a}", "secrets: {a: {file: b}}", '"include": []']
)
def test_asked_each_time_where_they_refer_to_other_files(tmp_path: Path, key: str) -> None:
    """Which may change."""
    assert questions(tmp_path, f"{PLAIN}\n{key}\n") == 2
    assert questions(tmp_path, f"{PLAIN}\n{key}\n") == 2
