"""A platform of few files, for sessions that show their contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session

TEMPLATES = {
    "apps/caddy/Caddyfile": """
        {{ LMS_HOST }} {
            reverse_proxy lms:8000
            {{ patch("caddyfile-lms")|indent(4) }}
        }
        {{ patch("caddyfile") }}
        """,
    "apps/openedx/config/lms.env.yml": """
        # Settings
        SITE_NAME: {{ LMS_HOST }}
        {% include "apps/openedx/config/partials/common.yml" %}
        {{ patch("lms-env") }}
        """,
    "apps/openedx/config/partials/common.yml": """
        PLATFORM_NAME: {{ PLATFORM_NAME }}
        STUDIO: {{ CMS_HOST }}
        DATABASE_PASSWORD: {{ OPENEDX_MYSQL_PASSWORD }}
        """,
    "apps/redis/redis.conf": "maxmemory 4gb\n",
    "local/docker-compose.yml": """
        services:
          lms:
            image: {{ DOCKER_IMAGE_OPENEDX }}
            environment:
              NAME: "{{ PLATFORM_NAME }}"
          {%- if RUN_SMTP %}
          smtp:
            image: {{ DOCKER_IMAGE_SMTP }}
            ports: ["127.0.0.1:{{ SMTP_PORT }}:25"]
          {%- endif %}
          {{ patch("local-docker-compose-services")|indent(2) }}
        """,
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, empty_session: Session, saved_project: Path) -> Session:
    """A saved project of a platform of few files."""
    templates = empty_session.root.parent / "templates"
    for path, content in TEMPLATES.items():
        write(templates / path, content.lstrip("\n"))
    monkeypatch.setattr("tutor.env.render.TEMPLATES_ROOT", str(templates))
    write(empty_session.root / "config.yml", (saved_project / "config.yml").read_text()).chmod(0o600)
    empty_session.tutor("config", "save")
    empty_session.transcript.clear()
    return empty_session
