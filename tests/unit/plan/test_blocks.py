"""The lines of a service in a Compose file, and what makes them change."""

from __future__ import annotations

import pytest

from tutor.plan.blocks import block, causes_of_service
from tutor.plan.files import Difference, Edit
from tutor.plan.model import Cause, FileChange

LINES = """x-logging: &logging
  lms: not a service

services:
  # Comment
  lms:
    image: x
    environment:
      smtp: no service either

  "smtp":
    image: y
  lms-worker:
    image: z
volumes:
  lms: {}
""".splitlines()


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("lms", "  lms:", '  "smtp":'),
        ("smtp", '  "smtp":', "  lms-worker:"),
        ("lms-worker", "  lms-worker:", "volumes:"),
    ],
)
def test_block(name: str, first: str, last: str) -> None:
    start, end = block(LINES, name)
    assert LINES[start] == first
    assert LINES[end] == last
    assert start >= 5


def test_no_block() -> None:
    assert block(LINES, "redis") == (0, 0)
    assert block([], "lms") == (0, 0)


def test_the_last_block_ends_with_the_file() -> None:
    lines = ["services:", "  a:", "    image: x"]
    assert block(lines, "a") == (1, 3)


def difference(path: str, line: int, cause: Cause) -> Difference:
    """One line of the file above changes."""
    edit = Edit((line, line + 1), (line, line + 1), (cause,))
    return Difference(FileChange(path, "changed", "tutor"), tuple(LINES), tuple(LINES), (edit,))


def test_causes() -> None:
    """Of the service's own lines, in the files of this way to run it."""
    setting = Cause("", settings=("SMTP_PORT",))
    patch = Cause("plugin myapp 1.0, patch p", "myapp", "p")
    found = [
        difference("local/docker-compose.yml", LINES.index("    image: y"), setting),
        difference("local/docker-compose.yml", LINES.index("    image: z"), patch),
        difference("dev/docker-compose.yml", LINES.index("    image: x"), setting),
    ]
    files = {"local/docker-compose.yml"}
    assert causes_of_service("smtp", found, files) == ("setting SMTP_PORT", "file local/docker-compose.yml")
    assert causes_of_service("lms-worker", found, files) == (
        "plugin myapp, patch p",
        "file local/docker-compose.yml",
    )
    assert causes_of_service("lms", found, files) == ()
