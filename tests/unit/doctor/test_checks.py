"""Checks of the machine: real sockets, real folders; the engine's answers are scripted."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from tutor.config.userfile import UserFile
from tutor.doctor import Finding, Subject, demand, examine
from tutor.doctor.disk import ENOUGH, GIB, LEAST, judge
from tutor.doctor.environment import check_environment
from tutor.doctor.ports import check_ports, in_use
from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.model import Port, Service
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tutor.project import Project

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free(taken: int) -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def project(saved_project: Path, plugins_root: Path) -> Iterator[Project]:
    """A saved project, opened."""
    with opened(saved_project, plugins_root) as found:
        yield found


@pytest.fixture
def subject(project: Project) -> Callable[..., Subject]:
    """A subject with one service that publishes ports, on an engine whose containers publish others."""

    def make(*ports: Port, held: int = 0, by: str = "", environ: dict[str, str] | None = None) -> Subject:
        container = {
            "Name": "/its-name",
            "Config": {"Labels": {"com.docker.compose.project": by} if by else None},
            "NetworkSettings": {
                "Ports": {"80/tcp": [{"HostIp": "::", "HostPort": str(held)}], "443/tcp": None}
            },
        }

        def answer(call: Call) -> Result:
            if "ps" in call.argv:
                return Result(0, "id\n" if held else "\n")
            return Result(0, json.dumps([container]))

        return Subject(
            RecordingRunner(answer),
            project,
            lambda engine: ComposeProject("ours", local_files(project.environment), engine),
            environ or {},
            ENGINE,
            {"caddy": Service("caddy", ports=ports)},
        )

    return make


def test_ports_that_are_free(subject: Callable[..., Subject], free: int) -> None:
    assert list(check_ports(subject(Port(free, 80), Port(free, 443, "udp")))) == []


def test_a_port_that_another_program_has(subject: Callable[..., Subject], taken: int) -> None:
    (finding,) = check_ports(subject(Port(taken, 80)))
    assert finding.severity == "error"
    assert f"Port {taken} is in use by another program, and service caddy needs it" in finding.message
    assert "--set CADDY_HTTP_PORT=PORT" in str(finding.hint)


def test_a_port_that_our_own_container_has(subject: Callable[..., Subject], taken: int) -> None:
    assert list(check_ports(subject(Port(taken, 80), held=taken, by="ours"))) == []


@pytest.mark.parametrize("owner", ["theirs", ""])
def test_a_port_that_the_container_of_another_has(
    subject: Callable[..., Subject], free: int, owner: str
) -> None:
    (finding,) = check_ports(subject(Port(free, 443), held=free, by=owner))
    assert "in use by container its-name" in finding.message
    assert finding.hint == "docker stop its-name"


def test_ports_of_another_machine_are_not_looked_at(subject: Callable[..., Subject], taken: int) -> None:
    away = {"DOCKER_HOST": "ssh://user@host"}
    assert list(check_ports(subject(Port(taken, 80), environ=away))) == []


def test_udp_and_tcp_are_different(taken: int) -> None:
    assert in_use(Port(taken, 443))
    assert not in_use(Port(taken, 443, "udp"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", taken))
        assert in_use(Port(taken, 443, "udp"))


@pytest.mark.parametrize(
    ("free_bytes", "severities"),
    [(ENOUGH, []), (ENOUGH - 1, ["warning"]), (LEAST, ["warning"]), (LEAST - 1, ["error"]), (0, ["error"])],
)
def test_room_on_disks(free_bytes: int, severities: list[str]) -> None:
    assert [finding.severity for finding in judge("/data", free_bytes)] == severities


def test_room_is_told_in_gib() -> None:
    (finding,) = judge("/data", 2 * GIB)
    assert "2.0 GiB are free in /data" in finding.message


def test_an_environment_of_now(subject: Callable[..., Subject]) -> None:
    assert list(check_environment(subject())) == []


def test_an_environment_that_is_outdated(
    subject: Callable[..., Subject], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.resettle({**project.user.values, "PLATFORM_NAME": "Changed"})
    (finding,) = check_environment(subject())
    assert (finding.severity, finding.hint) == ("warning", "tutor config save")
    assert "differ from what settings and plugins say" in finding.message


def test_no_environment(root: Path, plugins_root: Path, subject: Callable[..., Subject]) -> None:
    examined = subject()
    with opened(root, plugins_root) as project:
        examined.project = project
        (finding,) = check_environment(examined)
    assert (finding.severity, finding.hint) == ("error", "tutor config save")


def test_without_an_engine_nothing_else_is_asked(project: Project) -> None:
    def answer(call: Call) -> Result:
        return Result(1, "", "Cannot connect to the Docker daemon")

    runner = RecordingRunner(answer)
    made: list[Engine] = []

    def compose(engine: Engine) -> ComposeProject:
        made.append(engine)
        return ComposeProject("ours", local_files(project.environment), engine)

    findings = list(examine(Subject(runner, project, compose, {"TUTOR_ENGINE": "/bin/true"})))
    assert [f.slug for f in findings if f.severity == "error"] == ["engine"]
    assert made == []
    assert len(runner.calls) == 1


def test_warnings_are_told_and_the_first_error_stops() -> None:
    journal = Journal()
    findings = [
        Finding("a", "warning", "It is tight", "/data", "make room"),
        Finding("b", "error", "It is full", "/data", "make more room"),
        Finding("c", "warning", "Not reached"),
    ]
    with pytest.raises(EngineError, match="It is full") as caught:
        demand(findings, journal)
    assert caught.value.hint == "make more room"
    assert journal.texts("warn") == ["It is tight (to do: make room)"]


def test_the_users_file_is_not_touched(project: Project, subject: Callable[..., Subject]) -> None:
    before = project.user.path.read_bytes()
    list(examine(subject(), (check_environment, check_ports)))
    assert UserFile(project.user.path, project.user.path.read_bytes(), {}).content == before
