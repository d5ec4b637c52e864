"""From a project to commands of Compose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.engines.compose import (
    ComposeProject,
    check_services,
    expand,
    local_files,
    service_names,
)
from tutor.engines.copy import copy_command
from tutor.engines.find import Engine
from tutor.engines.model import Port, Service, dependencies, read_model
from tutor.engines.run import RecordingRunner, Result
from tutor.exceptions import EngineError

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A rendered environment, as small as it can be."""
    local = tmp_path / "env" / "local"
    local.mkdir(parents=True)
    (local / "docker-compose.yml").write_text("services: {lms: {image: a}, mysql: {image: b}}\n")
    (local / "docker-compose.prod.yml").write_text("services: {caddy: {image: c}}\n")
    (local / "docker-compose.jobs.yml").write_text("services: {lms-job: {image: a}}\n")
    return tmp_path / "env"


@pytest.fixture
def project(environment: Path) -> ComposeProject:
    """The project of that environment."""
    return ComposeProject("tutor_local", local_files(environment), ENGINE)


def _files(argv: list[str]) -> list[str]:
    return [Path(argv[i + 1]).name for i, word in enumerate(argv) if word == "--file"]


def test_the_files_are_merged_in_order(project: ComposeProject) -> None:
    argv = project.command("ps")
    assert argv[:4] == ["docker", "compose", "--project-name", "tutor_local"]
    assert _files(argv) == ["docker-compose.yml", "docker-compose.prod.yml"]
    assert argv[-1] == "ps"


def test_jobs_come_after_services_and_the_users_files_after_ours(
    project: ComposeProject, environment: Path
) -> None:
    (environment / "local/docker-compose.override.yml").touch()
    (environment / "local/docker-compose.jobs.override.yml").touch()
    assert _files(project.command("run", jobs=True)) == [
        "docker-compose.yml",
        "docker-compose.prod.yml",
        "docker-compose.override.yml",
        "docker-compose.jobs.yml",
        "docker-compose.jobs.override.yml",
    ]
    assert "docker-compose.jobs.override.yml" not in _files(project.command("up"))


def test_without_an_environment_the_remedy_is_told(project: ComposeProject, environment: Path) -> None:
    (environment / "local/docker-compose.prod.yml").unlink()
    with pytest.raises(EngineError, match="no environment to run yet") as caught:
        project.command("up")
    assert caught.value.hint == "tutor config save"


def test_up(project: ComposeProject) -> None:
    assert project.up(["lms"], detach=True)[-4:] == ["up", "--remove-orphans", "--detach", "lms"]
    assert project.up(detach=False, build=True)[-3:] == ["up", "--remove-orphans", "--build"]


def test_logs(project: ComposeProject) -> None:
    assert project.logs(["lms"], follow=True, tail=0)[-5:] == ["logs", "--follow", "--tail", "0", "lms"]


def test_a_job_has_no_script_on_its_command_line(project: ComposeProject) -> None:
    argv = project.run_job("lms-job", ["sh"], "core/lms")
    assert argv[-7:-2] == ["run", "--no-deps", "--no-TTY", "--label", "tutor.job=core/lms"]
    assert argv[-2:] == ["lms-job", "sh"]


def test_aliases() -> None:
    assert expand(["caddy", "openedx"]) == ["caddy", "lms", "cms", "lms-worker", "cms-worker"]


def test_names_of_services_come_from_the_files(environment: Path) -> None:
    files = local_files(environment)
    assert service_names(files) == ["lms", "mysql", "caddy"]
    assert service_names(files, jobs=True) == ["lms", "mysql", "caddy", "lms-job"]


def test_an_unknown_service_is_told_with_the_nearest(environment: Path) -> None:
    files = local_files(environment)
    check_services(["mysql", "caddy"], files)
    with pytest.raises(EngineError, match="no service mysq; did you mean mysql"):
        check_services(["mysq"], files)


def test_a_broken_file_is_told(environment: Path) -> None:
    (environment / "local/docker-compose.override.yml").write_text("services: [\n")
    with pytest.raises(EngineError, match=r"docker-compose\.override\.yml is not YAML"):
        service_names(local_files(environment))


MODEL = """
{"services": {
  "caddy": {"image": "c", "restart": "unless-stopped", "ports": [
     {"target": 80, "published": "8080", "protocol": "tcp"},
     {"target": 443, "published": "443", "protocol": "udp", "host_ip": "127.0.0.1"},
     {"target": 9000, "published": "9000-9002", "protocol": "tcp"},
     {"target": 77, "protocol": "tcp"}]},
  "lms": {"image": "a", "restart": "unless-stopped",
          "depends_on": {"mysql": {"condition": "service_healthy"}}},
  "mysql": {"image": "b", "restart": "always", "depends_on": {"permissions": {"condition": "x"}}},
  "permissions": {"image": "p", "restart": "on-failure:3"},
  "own": {"build": {"context": "."}, "image": "mine"}
}}
"""


def test_the_model_is_what_compose_says(project: ComposeProject) -> None:
    runner = RecordingRunner(lambda _: Result(0, MODEL))
    services = read_model(runner, project, jobs=True)
    assert runner.calls[0].argv[-3:] == ("config", "--format", "json")
    assert services["caddy"].ports == (
        Port(8080, 80),
        Port(443, 443, "udp", "127.0.0.1"),
        Port(9000, 9000),
        Port(9001, 9000),
        Port(9002, 9000),
    )
    assert services["lms"] == Service("lms", "a", depends_on=("mysql",))
    assert not services["permissions"].restarts
    assert services["own"].built
    assert dependencies(services, ["lms"]) == ["mysql", "permissions"]


def test_what_compose_refuses_is_told(project: ComposeProject) -> None:
    runner = RecordingRunner(lambda _: Result(15, "", 'service "lms" refers to undefined network x\n'))
    with pytest.raises(EngineError, match=r"refuses the environment: service .* undefined network x"):
        read_model(runner, project)


def test_copyfrom_into_a_folder_keeps_the_name(project: ComposeProject, tmp_path: Path) -> None:
    argv = copy_command(project, "lms", "/openedx/themes/", tmp_path)
    assert f"{tmp_path}:/tutor-copy" in argv
    assert argv[-3:-1] == ["/openedx/themes/", "themes"]


def test_copyfrom_to_a_new_name(project: ComposeProject, tmp_path: Path) -> None:
    argv = copy_command(project, "lms", "/etc/hostname", tmp_path / "copy")
    assert f"{tmp_path}:/tutor-copy" in argv
    assert argv[-3:-1] == ["/etc/hostname", "copy"]


def test_copyfrom_needs_a_folder(project: ComposeProject, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no folder .*/missing to copy to"):
        copy_command(project, "lms", "/etc/hostname", tmp_path / "missing" / "copy")
