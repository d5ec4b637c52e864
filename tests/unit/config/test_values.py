"""Values of settings: reading, checking, masking."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.config.secrets import MASK, is_secret, shown
from tutor.config.table import Setting, core_settings
from tutor.config.values import check, parse
from tutor.core.hooks import Layer, Origin
from tutor.exceptions import ConfigError

MINE = "MY_SETTING"  # nobody declares it: its type is what YAML says


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        (MINE, "text", "text"),
        (MINE, "12", 12),
        (MINE, "1.5", 1.5),
        (MINE, "true", True),
        (MINE, "yes", True),
        (MINE, "'yes'", "yes"),
        (MINE, "null", None),
        (MINE, "", ""),
        (MINE, "#225522", "#225522"),
        (MINE, "abc #1", "abc #1"),
        (MINE, "5 #1", "5 #1"),
        (MINE, "'abc #1'", "abc #1"),
        (MINE, "@a1", "@a1"),
        (MINE, "%a1", "%a1"),
        (MINE, "*a1", "*a1"),
        (MINE, "!a1", "!a1"),
        (MINE, "a: b: c", "a: b: c"),
        (MINE, "[1, two]", [1, "two"]),
        (MINE, "{a: 1}", {"a": 1}),
        (MINE, "a: 1", {"a": 1}),
        (MINE, "{{ LMS_HOST }}", "{{ LMS_HOST }}"),
        (MINE, " {% if A %}b{% endif %} ", "{% if A %}b{% endif %}"),
        ("PLATFORM_NAME", "1.10", "1.10"),
        ("PLATFORM_NAME", "007", "007"),
        ("PLATFORM_NAME", "on", "on"),
        ("PLATFORM_NAME", "null", "null"),
        ("PLATFORM_NAME", "2024-01-01", "2024-01-01"),
        ("PLATFORM_NAME", "12:30", "12:30"),
        ("PLATFORM_NAME", " spaces ", " spaces "),
        ("PLATFORM_NAME", "[a]", "[a]"),
        ("PLATFORM_NAME", "@a1", "@a1"),
        ("PLATFORM_NAME", "%a1", "%a1"),
        ("PLATFORM_NAME", "{a1", "{a1"),
        ("PLATFORM_NAME", "'a1", "'a1"),
        ("PLATFORM_NAME", "a: b", "a: b"),
        ("PLATFORM_NAME", "- a", "- a"),
        ("PLATFORM_NAME", "*a1", "*a1"),
        ("PLATFORM_NAME", "!a1", "!a1"),
        ("PLATFORM_NAME", "School #1", "School #1"),
        ("PLATFORM_NAME", '"School #1"', "School #1"),
        ("PLATFORM_NAME", "'it''s'", "it's"),
        ("PLATFORM_NAME", "'a' and 'b'", "'a' and 'b'"),
        ("PLATFORM_NAME", "", ""),
        ("MYSQL_ROOT_PASSWORD", "abc #1", "abc #1"),
        ("CADDY_HTTP_PORT", "8080", 8080),
        ("ENABLE_HTTPS", "true", True),
    ],
)
def test_parse(name: str, text: str, value: Any) -> None:
    """As YAML, but for a string of the core: that is taken as typed."""
    assert parse(name, text) == value
    assert type(parse(name, text)) is type(value)


@pytest.mark.parametrize("text", ["[a", "'a", "{a", '"a', "\x00"])
def test_parse_refuses(text: str) -> None:
    """What is not YAML, with a remedy."""
    with pytest.raises(ConfigError, match=r"The value of MY_SETTING is not YAML") as caught:
        parse(MINE, text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "a", "a"),
        ("string", 3, "3"),
        ("string", 1.5, "1.5"),
        ("boolean", True, True),
        ("boolean", "true", True),
        ("boolean", " False ", False),
        ("integer", 3, 3),
        ("integer", "42", 42),
        ("integer", "-1", -1),
        ("list", [1], [1]),
        ("list", (1,), (1,)),
    ],
)
def test_check(kind: Any, value: Any, expected: Any) -> None:
    """Templates give strings: one that can mean only one thing is converted."""
    found = check(Setting("X", None, "", kind), value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("string", None, "expected a string, found null"),
        ("string", True, "expected a string, found a boolean"),
        ("string", ["a"], "expected a string, found a list"),
        ("string", {"a": 1}, "expected a string, found a mapping"),
        ("boolean", 1, "expected a boolean, found an integer"),
        ("boolean", "yes", "expected a boolean, found a string"),
        ("integer", True, "expected an integer, found a boolean"),
        ("integer", 1.0, "expected an integer, found a number"),
        ("integer", "0x10", "expected an integer, found a string"),
        ("list", "a", "expected a list, found a string"),
        ("list", None, "expected a list, found null"),
    ],
)
def test_check_refuses(kind: Any, value: Any, reason: str) -> None:
    """Setting, value and type are named."""
    with pytest.raises(ConfigError) as caught:
        check(Setting("X", None, "", kind), value)
    assert reason in caught.value.message
    assert caught.value.message.startswith("X has the wrong value ")
    assert caught.value.where == "setting X"


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("LMS_HOST", "learn.example.com", True),
        ("LMS_HOST", "localhost", True),
        ("LMS_HOST", "xn--bcher-kva.example", True),
        ("LMS_HOST", "example.com:8000", False),
        ("LMS_HOST", "-example.com", False),
        ("LMS_HOST", "example.com\n", False),
        ("LANGUAGE_CODE", "pt-br", True),
        ("LANGUAGE_CODE", "EN", False),
        ("CADDY_HTTP_PORT", 65535, True),
        ("CADDY_HTTP_PORT", 0, False),
        ("CADDY_HTTP_PORT", "65536", False),
        ("OPENEDX_MYSQL_DATABASE", "open-edx_1", True),
        ("OPENEDX_MYSQL_DATABASE", "a b", False),
    ],
)
def test_check_of_content(name: str, value: Any, right: bool) -> None:
    """Values that would break the platform are found before it is."""
    if right:
        check(core_settings()[name], value)
    else:
        with pytest.raises(ConfigError, match=f"{name} has the wrong value"):
            check(core_settings()[name], value)


@pytest.mark.parametrize(
    ("origin", "where", "hint"),
    [
        (Origin(Layer.CONFIG_FILE), "config.yml", "tutor config save --set CADDY_HTTP_PORT=VALUE"),
        (Origin(Layer.ENVIRONMENT), "environment variable", "unset TUTOR_CADDY_HTTP_PORT"),
        (Origin(Layer.PLUGIN_OVERRIDE, "myapp"), "plugin myapp", "yours wins"),
    ],
)
def test_who_is_wrong(origin: Origin, where: str, hint: str) -> None:
    """And what can be done about it."""
    with pytest.raises(ConfigError) as caught:
        check(core_settings()["CADDY_HTTP_PORT"], "x", origin)
    assert where in str(caught.value.where)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("MYSQL_ROOT_PASSWORD", True),
        ("JWT_RSA_PRIVATE_KEY", True),
        ("OPENEDX_AWS_ACCESS_KEY", True),
        ("CMS_OAUTH2_KEY_SSO", False),
        ("LMS_HOST", False),
        ("MYAPP_API_KEY", True),
        ("MYAPP_SECRET", True),
        ("MYAPP_TOKEN", True),
        ("MYAPP_CREDENTIALS", True),
        ("MYAPP_SECRET_NAME", False),
        ("MYAPP_KEYBOARD", False),
        ("MYAPP_PASSWORD_FILE", False),
    ],
)
def test_secrets(name: str, secret: bool) -> None:
    """Those of plugins are known by their names."""
    assert is_secret(name) is secret
    assert (shown(name, "value") == MASK) is secret


def test_shown() -> None:
    """Short, as it could be typed."""
    assert shown(MINE, "a" * 100) == "a" * 77 + "…"
    assert shown(MINE, [1, True, None]) == "[1, true, null]"
    assert shown("MYAPP_PASSWORD", "") == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.10", "1.10"),
        ("2020-01-01", "2020-01-01"),
        ("a: b", "a: b"),
        ("- a", "- a"),
        ("{a1", "{a1"),
        ("'a1", "'a1"),
        ("'a1'", "a1"),
        ("abc #1", "abc #1"),
        ("null", None),
        ("false", False),
        ("[a, b]", ["a", "b"]),
        ("{a: b}", {"a": "b"}),
    ],
)
def test_text_settings_of_plugins(text: str, value: Any) -> None:
    """As typed, but for what plugins take in the place of a text: their defaults say too little of types."""
    assert parse(MINE, text, is_text=True) == value
