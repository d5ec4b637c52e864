"""Services whose mounted files are newer than they are."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.engines.stale import Running, running_containers, seconds, stale_services

if TYPE_CHECKING:
    from pathlib import Path


def _environment(folder: Path) -> Path:
    settings = folder / "env/apps/openedx/settings"
    settings.mkdir(parents=True)
    (settings / "production.py").write_text("a = 1\n")
    (folder / "env/apps/Caddyfile").write_text("x\n")
    (folder / "data").mkdir()
    return folder / "env"


def test_only_what_mounts_a_changed_file_is_stale(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    start = time.time() + 0.05
    settings = environment / "apps/openedx/settings"
    running = [
        Running("lms", start, (settings, tmp_path / "data")),
        Running("caddy", start, (environment / "apps/Caddyfile",)),
    ]
    assert stale_services(running, environment) == []
    time.sleep(0.1)
    (settings / "production.py").write_text("a = 2\n")
    (tmp_path / "data" / "written-by-the-container").touch()
    assert stale_services(running, environment) == ["lms"]


def test_a_removed_and_a_replaced_file_count(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    start = time.time() + 0.05
    time.sleep(0.1)
    (environment / "apps/openedx/settings/production.py").unlink()
    new = tmp_path / "new"
    new.write_text("y\n")
    new.replace(environment / "apps/Caddyfile")
    running = [
        Running("lms", start, (environment / "apps/openedx/settings",)),
        Running("caddy", start, (environment / "apps/Caddyfile",)),
    ]
    assert stale_services(running, environment) == ["lms", "caddy"]


def test_changes_of_data_outside_of_the_environment_do_not_count(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    neighbour = tmp_path / "env-of-another"
    neighbour.mkdir()
    assert stale_services([Running("lms", 0.0, (tmp_path / "data", neighbour))], environment) == []


def test_what_the_engine_says_is_read(tmp_path: Path) -> None:
    project = ComposeProject("p", local_files(tmp_path), Engine("docker", ("docker",), ("compose",)))
    inspected = json.dumps(
        [
            {
                "Config": {"Labels": {"com.docker.compose.service": "lms"}},
                "State": {"StartedAt": "2024-01-02T03:04:05.123456789Z"},
                "Mounts": [
                    {"Type": "bind", "Source": "/x/env/apps"},
                    {"Type": "volume", "Source": "/var/lib"},
                ],
            },
            {
                "Config": {
                    "Labels": {
                        "com.docker.compose.service": "lms-job",
                        "com.docker.compose.oneoff": "True",
                    }
                },
                "State": {"StartedAt": "2024-01-02T03:04:05Z"},
            },
        ]
    )

    def answer(call: Call) -> Result:
        return Result(0, "id1\nid2\n" if "ps" in call.argv else inspected)

    (found,) = running_containers(RecordingRunner(answer), project)
    assert found.service == "lms"
    assert abs(found.since - 1704164645.123456789) < 0.001
    assert [str(path) for path in found.mounts] == ["/x/env/apps"]


def test_times_of_other_zones_are_read() -> None:
    assert seconds("2024-01-02T04:04:05.5+01:00") == seconds("2024-01-02T03:04:05.5Z") == 1704164645.5


def test_nothing_runs(tmp_path: Path) -> None:
    project = ComposeProject("p", local_files(tmp_path), Engine("docker", ("docker",), ("compose",)))
    assert running_containers(RecordingRunner(lambda _: Result(0, "\n")), project) == []
