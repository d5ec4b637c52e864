"""The commands of `tutor local`, on real containers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.kit import project_state

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e


def test_status_lists_the_services(platform: Platform) -> None:
    out = platform.tutor("local", "status")
    assert "lms-worker" in out
    assert "(healthy)" in out


def test_logs_show_the_last_lines_of_a_service(platform: Platform) -> None:
    out = platform.tutor("local", "logs", "--tail=2", "mysql")
    assert 1 <= len([line for line in out.splitlines() if "mysql" in line]) <= 2


def test_exec_runs_in_the_container_and_gives_its_exit_code(platform: Platform) -> None:
    out = platform.tutor("local", "exec", "lms", "sh", "-c", "echo $SERVICE_VARIANT; exit 7", code=7)
    assert out.strip() == "lms"


def test_run_uses_a_new_container_that_is_removed(platform: Platform) -> None:
    before = set(platform.containers())
    out = platform.tutor("local", "run", "--no-deps", "cms-job", "sh", "-c", "echo $DJANGO_SETTINGS_MODULE")
    assert "cms.envs.tutor.production" in out
    assert set(platform.containers()) == before


def test_copyfrom_copies_a_file_out(platform: Platform, tmp_path: Path) -> None:
    platform.tutor("local", "copyfrom", "lms", "/openedx/config/lms.env.yml", str(tmp_path))
    copied = (tmp_path / "lms.env.yml").read_text()
    assert copied == (platform.root / "env/apps/openedx/config/lms.env.yml").read_text()


def test_stop_and_start_keep_data(platform: Platform) -> None:
    platform.tutor("local", "stop", "openedx")
    try:
        assert not {"lms", "cms", "lms-worker"} & set(platform.containers())
    finally:
        platform.tutor("local", "start", "--detach")
        platform.launch()
    assert platform.query("SELECT service FROM myapp_events ORDER BY id") == [["mysql"], ["lms"]]


def test_restart_keeps_the_container(platform: Platform) -> None:
    before = platform.containers()["caddy"]
    platform.tutor("local", "restart", "caddy")
    after = platform.containers()["caddy"]
    assert after["Id"] == before["Id"]
    assert after["State"]["StartedAt"] > before["State"]["StartedAt"]


def test_init_can_be_limited_to_a_plugin(platform: Platform) -> None:
    out = platform.tutor("local", "do", "init", "--limit=myapp")
    assert "[2/2] lms: plugin myapp" in out
    assert "core" not in out


def test_a_service_that_does_not_exist_is_named_with_the_nearest(platform: Platform) -> None:
    out = platform.tutor("local", "logs", "lmss", code=1)
    assert "There is no service lmss; did you mean lms?" in out


def test_a_port_in_use_stops_a_launch_before_anything_is_changed(platform: Platform) -> None:
    before = project_state(platform.root)
    containers = {name: c["Id"] for name, c in platform.containers().items()}
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        platform.tutor("config", "save", "--set", f"CADDY_HTTP_PORT={port}")
        changed = project_state(platform.root)
        try:
            out = platform.launch(code=1)
            assert project_state(platform.root) == changed
        finally:
            platform.tutor("config", "save", "--set", f"CADDY_HTTP_PORT={platform.port}")
    assert str(port) in out
    assert "in use" in out
    assert project_state(platform.root) == before
    assert {name: c["Id"] for name, c in platform.containers().items()} == containers


def test_an_engine_that_does_not_answer_is_one_sentence(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    before = project_state(platform.root)
    out = platform.launch(code=1)
    assert out.count("Error:") == 1
    assert project_state(platform.root) == before


def test_a_running_proxy_is_never_given_a_file_that_it_refuses(platform: Platform) -> None:
    (platform.plugins_root / "zipped.yml").write_text(
        "name: zipped\nversion: 1.0.0\npatches:\n  caddyfile-lms: encode nosuchencoding\n"
    )
    before = platform.containers()["caddy"]["State"]["StartedAt"]
    platform.tutor("plugins", "enable", "zipped")
    try:
        for command in (("start", "--detach"), ("restart", "caddy")):
            out = platform.tutor("local", *command, code=1)
            assert "The web server refuses its new file" in out
            assert "nosuchencoding" in out
        assert platform.containers()["caddy"]["State"]["StartedAt"] == before
        assert "Hello from myapp" in platform.page()
    finally:
        platform.tutor("plugins", "disable", "zipped")
        platform.launch()
    assert "Hello from myapp" in platform.page()
