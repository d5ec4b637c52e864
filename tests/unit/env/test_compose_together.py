"""Compose files that are right each by itself, and what is wrong with them together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tutor import serialize
from tutor.env.compose_files import files_in_order
from tutor.env.formats.compose.together import check_together, sources_of

DATA = Path(__file__).parents[2] / "data/compose_together.yml"
PROJECTS: list[dict[str, Any]] = serialize.load(DATA.read_text())


@pytest.mark.parametrize(
    "project", PROJECTS, ids=[f"{n}: {p.get('says', 'right')}" for n, p in enumerate(PROJECTS)]
)
def test_projects(project: dict[str, Any]) -> None:
    variables = project.get("variables", {})
    sources = [
        source
        for number, text in enumerate(project["files"])
        for source in sources_of(f"{number}.yml", text, variables)
    ]
    wrong = list(check_together(sources, lambda path: path in project.get("there", ()), variables))
    if "says" in project:
        assert project["says"] in wrong[0].message
    else:
        assert wrong == []


def test_what_is_included_may_declare_anything() -> None:
    text = "include: [other.yml]\nservices: {a: {image: i, depends_on: [b]}}\n"
    assert list(check_together(list(sources_of("x", text, {})), lambda _: True, {})) == []


def test_the_users_files_follow_those_that_they_change() -> None:
    """As the incumbent gives them to Compose: seen with a `docker` that prints its arguments."""
    assert files_in_order("local", jobs=False) == [
        "local/docker-compose.yml",
        "local/docker-compose.prod.yml",
        "local/docker-compose.tmp.yml",
        "local/docker-compose.override.yml",
        "local/docker-compose.prod.override.yml",
    ]
    assert files_in_order("dev", jobs=True) == [
        "local/docker-compose.yml",
        "dev/docker-compose.yml",
        "dev/docker-compose.tmp.yml",
        "local/docker-compose.override.yml",
        "dev/docker-compose.override.yml",
        "local/docker-compose.jobs.yml",
        "dev/docker-compose.jobs.yml",
        "dev/docker-compose.jobs.tmp.yml",
        "local/docker-compose.jobs.override.yml",
        "dev/docker-compose.jobs.override.yml",
    ]
