"""What Compose would refuse when it is given all files is refused before they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

QUEUE = """
name: queue
version: 1.0.0
patches:
  local-docker-compose-services: |
    queue:
      image: docker.io/redis:7
      depends_on:
        - mysql
"""
FRONT = """
name: front
version: 1.0.0
patches:
  local-docker-compose-services: |
    front:
      image: docker.io/redis:7
      networks: [front]
  local-docker-compose-jobs-services: |
    front-job:
      image: docker.io/redis:7
      volumes: ["front:/data"]
  local-docker-compose-dev-services: |
    front:
      depends_on: [caddy]
"""


def test_a_setting_takes_a_service_away(session: Session, golden: Golden) -> None:
    write(session.plugins_root / "queue.yml", QUEUE)
    session.tutor("plugins", "enable", "queue")
    before = project_state(session.root)
    session.tutor("config", "save", "--set", "RUN_MYSQL=false", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_each_way_to_run_is_checked(session: Session, golden: Golden) -> None:
    write(session.plugins_root / "front.yml", FRONT)
    session.tutor("config", "save")
    before = project_state(session.root)
    session.tutor("plugins", "enable", "front", code=1)
    session.tutor("plugins", "check", "front", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_files_of_the_user(session: Session, golden: Golden) -> None:
    """Those that are read are checked with the rendered ones; one that nobody reads is told."""
    session.tutor("config", "save")
    local = session.root / "env/local"
    write(
        session.root / "env/local/docker-compose.prod.override.yml", "services: {lms: {depends_on: [ldap]}}\n"
    )
    session.tutor("config", "save", "--set", "CADDY_HTTP_PORT=81", code=1)
    write(
        local / "docker-compose.override.yml",
        "services: {ldap: {image: 'docker.io/ldap:1'}}\n",
    )
    session.tutor("config", "save", "--set", "CADDY_HTTP_PORT=81")
    write(session.root / "env/dev/docker-compose.overrides.yml", "services: {lms: {mem_limit: 1}}\n")
    session.tutor("config", "save", "--set", "CADDY_HTTP_PORT=82")
    write(local / "docker-compose.override.yml", "services: {ldap: {imag: x}}\n")
    session.tutor("config", "save", "--set", "CADDY_HTTP_PORT=83", code=1)
    golden(session)


GUEST = """
from pathlib import Path

from tutor import hooks


hooks.Filters.ENV_PATCHES.add_item(
    ("local-docker-compose-services", "olap:\\n  image: docker.io/clickhouse:1")
)


@hooks.Actions.ENV_SAVED.add()
def _(root, config):
    path = Path(root) / "local/docker-compose.override.yml"
    path.write_text("services: {olap: {depends_on: [mysql]}}")
"""


def test_a_file_that_a_plugin_writes(session: Session, golden: Golden) -> None:
    """By itself, so that nobody knows whose it is: the plugin can be disabled, and the file is told."""
    write(session.plugins_root / "guest.py", GUEST)
    session.tutor("plugins", "enable", "guest")
    override = session.root / "env/local/docker-compose.override.yml"
    assert override.is_file()
    session.tutor("config", "save", "--set", "RUN_MYSQL=false", code=1)
    session.tutor("plugins", "disable", "guest")
    assert "olap" not in (session.root / "env/local/docker-compose.yml").read_text()
    override.unlink()
    session.tutor("config", "save")
    golden(session)


def test_a_service_of_older_releases(session: Session) -> None:
    """Published plugins of then are enabled as they always were; what comes of it is told."""
    text = QUEUE.replace("- mysql", "- elasticsearch")
    write(session.plugins_root / "queue.yml", text)
    told = session.tutor("plugins", "enable", "queue").err
    assert "there is no service elasticsearch, which the platform had in older releases" in told
    assert "queue.yml:6" in told
