"""Whatever Compose accepts can be in a patch, and in a file of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import distribution, write
from tutor.engines.compose import local_files, service_names

if TYPE_CHECKING:
    from tests.kit import Session

#: What readers that are stricter than Compose refuse.
PATCH = """\
myapp:
  image: docker.io/redis:7
  restart: on-failure:3
  ports: ["127.0.0.1:8000-9000:80", "${MYAPP_ADDRESS:-127.0.0.1}:${MYAPP_PORT:-8080}:80", "${OTHER_PORT}:81"]
  extra_hosts: ["host.docker.internal:host-gateway"]
  volumes: ["~/myapp:/myapp:cached", "${MYAPP_DATA:-./data}:/data"]
  mem_limit: ${MYAPP_MEMORY:-1g}
  gpus: all
  post_start: [{command: ./warm-up.sh, user: root}]
  pull_policy: daily
  healthcheck: {test: redis-cli ping, retries: "3", start_interval: 500ms}
  tty: "yes"
  command: echo $$HOME ${MYAPP_GREETING:?say something}
"""


def test_valid_compose_is_saved(session: Session) -> None:
    """As it is written, and tags of Compose are understood by all that read it."""
    patches = {
        "local-docker-compose-services": PATCH,
        "local-docker-compose-dev-services": "myapp:\n  ports: !override ['127.0.0.1:8123:80']",
        "local-docker-compose-jobs-services": "myapp-job:\n  image: docker.io/redis:7",
    }
    source = (
        f"patches = {patches!r}\n"
        "templates = __file__.replace('__init__.py', 'templates')\n"
        "hooks = {'init': ['myapp']}\n"
    )
    files = {"templates/myapp/hooks/myapp/init": "echo\n"}
    distribution(session.site, "myapp", source, files=files)
    session.tutor("plugins", "enable", "myapp")
    environment = session.root / "env"
    for line in PATCH.splitlines():
        assert f"  {line}\n" in (environment / "local/docker-compose.yml").read_text()
    write(environment / "local/docker-compose.override.yml", "services: {myapp: {ports: !reset null}}\n")
    assert "myapp" in service_names(local_files(environment))
    assert "env/dev/docker-compose.yml" in session.tutor("explain", "myapp").out
    found = session.tutor("plugins", "check", "myapp").out
    assert "patch-format" not in found
    assert "unknown-service" not in found
