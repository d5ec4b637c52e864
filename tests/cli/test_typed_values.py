"""What is typed for a setting arrives as it was typed: in config.yml, in plugins, in what is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor import serialize

if TYPE_CHECKING:
    from tests.kit import Session

PLUGIN = """
name: hello
version: 1.0.0
config:
  defaults: {NAME: nobody, LIST: []}
  add: {PASSWORD: "{{ 8|random_string }}"}
patches:
  lms-env: "HELLO: {{ HELLO_NAME|tojson }}"
"""
TEXTS = [
    "@a1",
    "%a1",
    "{a1",
    "'a1",
    "a: b",
    "- a",
    "*a1",
    "!a1",
    "School #1",
    "#225522",
    "1.10",
    "a=b",
    "",
]


@pytest.mark.parametrize("name", ["PLATFORM_NAME", "HELLO_NAME", "HELLO_PASSWORD", "MYSQL_ROOT_PASSWORD"])
@pytest.mark.parametrize("way", ["option", "variable", "enable"])
def test_texts(session: Session, name: str, way: str) -> None:
    write(session.plugins_root / "hello.yml", PLUGIN)
    if way != "enable":
        session.tutor("plugins", "enable", "hello")
    for text in TEXTS:
        if way == "variable":
            arrived = session.tutor("config", "printvalue", name, env={f"TUTOR_{name}": text}).out
            assert arrived.removesuffix("\n") == text
            continue
        if way == "option":
            session.tutor("config", "save", "--set", f"{name}={text}")
        else:
            session.tutor("plugins", "enable", "hello", "--set", f"{name}={text}")
        assert saved(session)[name] == text


def test_what_was_typed_is_rendered(session: Session) -> None:
    write(session.plugins_root / "hello.yml", PLUGIN)
    session.tutor("plugins", "enable", "hello", "--set", "HELLO_NAME=School #1: @all")
    rendered = serialize.load((session.root / "env/apps/openedx/config/lms.env.yml").read_text())
    assert rendered["HELLO"] == "School #1: @all"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("[a, b]", ["a", "b"]), ("{a: 1}", {"a": 1}), ("5", 5), ("true", True), ("null", None)],
)
def test_other_values_are_yaml(session: Session, typed: str, value: Any) -> None:
    session.tutor("config", "save", "--set", f"MINE={typed}")
    assert saved(session)["MINE"] == value


def saved(session: Session) -> dict[str, Any]:
    """The user's settings."""
    found: dict[str, Any] = serialize.load((session.root / "config.yml").read_text())
    return found
