"""Checks that only `tutor doctor` makes."""

from __future__ import annotations

import shutil
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import write
from tutor.doctor import Subject
from tutor.doctor.clock import check_clock, judge, judge_ours, seconds
from tutor.doctor.drift import check_drift
from tutor.doctor.hosts import judge as judge_host
from tutor.doctor.hosts import unresolved
from tutor.doctor.memory import ENOUGH, LEAST, check_memory
from tutor.doctor.memory import judge as judge_memory
from tutor.doctor.permissions import check_permissions
from tutor.doctor.plugins import check_plugins
from tutor.doctor.secrets import check_secrets
from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.model import Service
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tutor.project import Project

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


@pytest.fixture
def project(saved_project: Path, root: Path, plugins_root: Path) -> Iterator[Project]:
    """A saved project of its own, opened."""
    shutil.copytree(saved_project, root)
    with opened(root, plugins_root) as found:
        yield found


def subject_of(project: Project, answer: Callable[[Call], Result] = lambda _: Result(0)) -> Subject:
    """A subject on an engine that answers so."""
    subject = Subject(
        RecordingRunner(answer),
        project,
        lambda engine: ComposeProject("tutor_local", local_files(project.environment), engine),
    )
    subject.engine = ENGINE
    return subject


@pytest.mark.parametrize(
    ("total", "severities"), [(LEAST - 1, ["error"]), (ENOUGH - 1, ["warning"]), (ENOUGH, [])]
)
def test_memory(total: int, severities: list[str], project: Project) -> None:
    """Of the engine's machine, where it says."""
    assert [finding.severity for finding in judge_memory(total)] == severities
    subject = subject_of(project, lambda _: Result(0, f"{total}\n"))
    assert [finding.severity for finding in check_memory(subject)] == severities


def test_names_without_an_address() -> None:
    """Those that fail are told, the others not."""

    def resolve(host: str) -> object:
        if host == "nowhere.example.com":
            raise socket.gaierror("not known")
        return host

    assert unresolved(["nowhere.example.com", "a.example.com"], resolve) == {"nowhere.example.com"}
    assert unresolved([], resolve) == set()
    assert "certificate" in judge_host("a.b", "LMS_HOST", https=True).message
    assert "certificate" not in judge_host("a.b", "LMS_HOST", https=False).message


def test_secrets_that_others_can_read(project: Project) -> None:
    """The remedy can be carried out, and says what it did."""
    subject = subject_of(project)
    assert list(check_secrets(subject)) == []
    (project.root / "config.yml").chmod(0o644)
    (project.root / "env").chmod(0o755)
    found = list(check_secrets(subject))
    assert [finding.hint for finding in found] == [
        f"chmod 600 {project.root / 'config.yml'}",
        f"chmod 700 {project.root / 'env'}",
    ]
    for finding in found:
        assert finding.fix is not None
        assert "changed the permissions" in finding.fix()
    assert list(check_secrets(subject)) == []


def test_files_of_another_user(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as after a command with sudo."""
    subject = subject_of(project)
    assert list(check_permissions(subject)) == []
    owner = (project.root / "config.yml").stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: owner + 1)
    [finding] = check_permissions(subject)
    assert finding.severity == "error"
    assert "and" in finding.message
    assert finding.hint is not None
    assert "chown" in finding.hint


def test_plugins(saved_project: Path, root: Path, plugins_root: Path) -> None:
    """One that is broken, one with warnings, one that is fine."""
    shutil.copytree(saved_project, root)
    write(plugins_root / "broken.py", "raise RuntimeError('no licence')\n")
    write(plugins_root / "open.yml", "name: open\nconfig: {defaults: {PASSWORD: changeme}}\n")
    write(plugins_root / "fine.yml", "name: fine\npatches: {caddyfile: '# fine'}\n")
    with opened(root, plugins_root, enabled=["broken", "open", "fine"]) as project:
        found = list(check_plugins(subject_of(project)))
    assert [(finding.severity, finding.hint) for finding in found] == [
        ("error", "correct the plugin, or: tutor plugins disable broken"),
        ("warning", "tutor plugins check open"),
    ]


CONTAINERS = """[
  {"Config": {"Labels": {"com.docker.compose.service": "lms", "com.docker.compose.config-hash": "old"}},
   "State": {"StartedAt": "2999-01-01T00:00:00Z"}},
  {"Config": {"Labels": {"com.docker.compose.service": "cms", "com.docker.compose.config-hash": "same"}},
   "State": {"StartedAt": "2999-01-01T00:00:00Z"}},
  {"Config": {"Labels": {"com.docker.compose.service": "gone", "com.docker.compose.config-hash": "x"}},
   "State": {"StartedAt": "2999-01-01T00:00:00Z"}}
]"""


def test_containers_that_differ_from_the_environment(project: Project) -> None:
    """Another configuration, no service of that name, not running at all."""

    def answer(call: Call) -> Result:
        if "--hash" in call.argv:
            return Result(0, "lms new\ncms same\nmysql m\n")
        return Result(0, "abc\n" if "ps" in call.argv else CONTAINERS)

    subject = subject_of(project, answer)
    subject.services = {name: Service(name, f"{name}:1", restarts=True) for name in ("lms", "cms", "mysql")}
    found = list(check_drift(subject))
    assert [finding.message for finding in found] == [
        "Services that run although they are not in the environment: gone",
        "Services that do not run: mysql",
        "Services that run with another configuration than the environment's: lms",
    ]
    # What does not run can be started without touching what does.
    fixes = [finding.fix for finding in found]
    assert fixes[0] is fixes[2] is None
    assert fixes[1] is not None
    assert fixes[1]() == "started mysql"
    assert isinstance(subject.runner, RecordingRunner)
    assert subject.runner.calls[-1].argv[-5:] == ("up", "--detach", "--no-recreate", "--no-deps", "mysql")
    subject.runner = RecordingRunner(
        lambda call: Result(1, "no image") if "up" in call.argv else answer(call)
    )
    failing = list(check_drift(subject))[1].fix
    assert failing is not None
    with pytest.raises(EngineError, match="mysql cannot be started: no image"):
        failing()


def test_nothing_runs(project: Project) -> None:
    """Then nothing drifts."""
    subject = subject_of(project)
    subject.services = {}
    assert list(check_drift(subject)) == []


def test_clocks(project: Project) -> None:
    """The engine's, with nanoseconds, and ours."""
    assert seconds("1970-01-01T00:01:00.123456789Z") == 60
    assert seconds("1970-01-01T01:00:00+01:00") == 0
    assert seconds("soon") is None
    assert [finding.severity for finding in judge(120)] == ["warning"]
    assert "behind" in next(judge(-120)).message
    assert list(judge(2)) == []
    assert [finding.severity for finding in judge_ours(0, time.time())] == ["error"]
    late = subject_of(project, lambda _: Result(0, "2001-01-01T00:00:00Z\n"))
    assert [finding.slug for finding in check_clock(late)] == ["clock"]
