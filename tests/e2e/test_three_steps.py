"""Install a plugin, enable it, restart the platform: on real containers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tutor.config import sizes

if TYPE_CHECKING:
    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e


def test_the_page_shows_the_plugins_setting(platform: Platform) -> None:
    page = platform.page()
    assert "MYAPP_GREETING" in page
    assert "Hello from myapp" in page
    assert "My Open edX with myapp" in page


def test_the_platform_says_that_database_and_cache_work(platform: Platform) -> None:
    for host in ("local.openedx.io", "studio.local.openedx.io"):
        state = json.loads(platform.page("/heartbeat", host))
        assert state
        assert all(part["status"] for part in state.values()), state


def test_the_plugins_service_answers(platform: Platform) -> None:
    assert platform.tutor("local", "exec", "-T", "myapp-redis", "redis-cli", "ping").strip() == "PONG"


def test_the_plugins_tasks_ran_once_each_in_order(platform: Platform) -> None:
    rows = platform.query("SELECT service FROM myapp_events ORDER BY id")
    assert rows == [["mysql"], ["lms"]]


def test_core_tasks_ran_before_the_plugins(platform: Platform) -> None:
    launch = (platform.root.parent / "first-launch.txt").read_text()
    titles = [line for line in launch.splitlines() if line.startswith("==> [")]
    services = [line.split("] ")[1] for line in titles]
    assert services[:4] == ["mysql: core", "lms: core", "lms: core", "cms: core"]
    assert [s.split(" ")[0:3] for s in services[4:6]] == [
        ["mysql:", "plugin", "myapp"],
        ["lms:", "plugin", "myapp"],
    ]
    migrations = platform.query("SELECT COUNT(*) FROM django_migrations")
    assert int(migrations[0][0]) > 0


def test_every_service_is_healthy(platform: Platform) -> None:
    states = {name: c["State"].get("Health", {}).get("Status") for name, c in platform.containers().items()}
    assert {"lms", "cms", "lms-worker", "cms-worker", "mysql", "mongodb", "redis", "caddy"} <= set(states)
    assert set(states.values()) == {"healthy"}, states


def test_only_the_web_server_publishes_a_port(platform: Platform) -> None:
    published = {
        name: sorted(port for port, hosts in c["NetworkSettings"]["Ports"].items() if hosts)
        for name, c in platform.containers().items()
    }
    assert {name: ports for name, ports in published.items() if ports} == {"caddy": ["80/tcp"]}


def test_no_secret_is_on_a_command_line(platform: Platform) -> None:
    secrets = [
        line.split(": ")[1]
        for line in (platform.root / "config.yml").read_text().splitlines()
        if line.startswith(("MYSQL_ROOT_PASSWORD: ", "OPENEDX_MYSQL_PASSWORD: ", "OPENEDX_SECRET_KEY: "))
    ]
    assert len(secrets) == 3
    for name, container in platform.containers().items():
        command = json.dumps([container["Path"], container["Args"], container["Config"]["Healthcheck"]])
        assert not [s for s in secrets if s in command], name


def test_launching_again_replaces_no_container(platform: Platform) -> None:
    before = {name: c["Id"] for name, c in platform.containers().items()}
    platform.launch()
    assert {name: c["Id"] for name, c in platform.containers().items()} == before
    assert platform.query("SELECT service FROM myapp_events ORDER BY id") == [["mysql"], ["lms"]]


def test_a_changed_setting_is_on_the_page_after_a_launch(platform: Platform) -> None:
    platform.tutor("config", "save", "--set", 'MYAPP_GREETING=It\'s "{braces}" & more')
    try:
        platform.launch()
        assert "It&#x27;s &quot;{braces}&quot; &amp; more" in platform.page()
    finally:
        platform.tutor("config", "save", "--unset", "MYAPP_GREETING")
        platform.launch()
    assert "Hello from myapp" in platform.page()


def test_a_disabled_plugin_leaves_nothing_running(platform: Platform) -> None:
    platform.tutor("plugins", "disable", "myapp")
    try:
        platform.launch()
        assert "myapp-redis" not in platform.containers()
        assert "MYAPP_GREETING" not in platform.page()
    finally:
        platform.tutor("plugins", "enable", "myapp")
        platform.launch()
    assert "myapp-redis" in platform.containers()


def test_limits_reach_containers(platform: Platform) -> None:
    """Those of the size, the kernel's own word included; and one of a service's own."""
    found = platform.containers()
    for name in ("lms", "cms-worker", "mysql", "caddy"):
        share = sizes.SIZES["small"].shares[name]
        host = found[name]["HostConfig"]
        assert (host["Memory"], host["CpuQuota"]) == (share.memory * 2**20, share.cpu * 100), name
    celery = platform.tutor(
        "local", "exec", "-T", "lms-worker", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    )
    assert celery.count("--app=lms.celery worker") == 1 + sizes.SIZES["small"].workers
    platform.tutor("config", "save", "--set", "SMTP_MEMORY_LIMIT=64Mi", "--set", "LMS_JOB_MEMORY_LIMIT=777Mi")
    read = "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes"
    try:
        platform.launch()
        assert platform.containers()["smtp"]["HostConfig"]["Memory"] == 64 * 2**20
        out = platform.tutor("local", "run", "--no-deps", "lms-job", "sh", "-c", read)
        assert int(out.split()[-1]) == 777 * 2**20
    finally:
        platform.tutor("config", "save", "--unset", "SMTP_MEMORY_LIMIT", "--unset", "LMS_JOB_MEMORY_LIMIT")
        platform.launch()
