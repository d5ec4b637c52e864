"""Secrets do not show, however they are written; everything else does."""

from __future__ import annotations

import base64

import pytest

from tutor.config.masking import Mask
from tutor.config.secrets import MASK, is_secret, shown

SECRET = 'a$b"c%d/e'
MASKED = Mask([("MYSQL_ROOT_PASSWORD", SECRET), ("LMS_HOST", "learn.example.com"), ("EMPTY_PASSWORD", "")])


@pytest.mark.parametrize(
    "line",
    [
        f"x {SECRET} y",
        'value = "a$b\\"c%d/e"',
        'MYSQL: "a$$b\\"c%d/e"',
        "url: mysql://root:a%24b%22c%25d%2Fe@mysql",
        f"data: {base64.b64encode(SECRET.encode()).decode()}",
    ],
)
def test_known_values(line: str) -> None:
    shown = MASKED.text(line)
    assert MASK in shown
    assert "b" not in shown.replace("MYSQL", "").replace("mysql://root", "").replace("@mysql", "")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: ********"),
        ('  "SECRET_KEY": "abc",', '  "SECRET_KEY": "********",'),
        ("API_TOKEN = 'xyz'", "API_TOKEN = '********'"),
        ('EMAIL_HOST_PASSWORD: ""', 'EMAIL_HOST_PASSWORD: ""'),
        ("PASSWORD: null", "PASSWORD: null"),
        ("requires_password: true", "requires_password: true"),
    ],
)
def test_names(line: str, shown: str) -> None:
    """What stands behind a name that says it is a secret, unless it is nothing."""
    assert MASKED.text(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "  listen learn.example.com:8000;",
        "image: docker.io/overhangio/openedx:22.0.3",
        "commit: 0b1c2d3e4f5061728394a5b6c7d8e9f001122334",
        "from openedx.core.djangoapps.content.block_structure2.Transformers import BlockStructure",
        "path: /openedx/edx-platform/node_modules/.bin/webpack-Config2",
    ],
)
def test_others_stay(line: str) -> None:
    assert MASKED.text(line) == line


def test_parts_of_a_key() -> None:
    """Long random words, under whatever name."""
    part = base64.urlsafe_b64encode(bytes(range(7, 250, 5))).decode()
    assert MASKED.text(f'"d": "{part}",') == f'"d": "{MASK}",'


def test_a_secret_of_several_lines() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nline2line2\n-----END RSA PRIVATE KEY-----"
    mask = Mask([("JWT_RSA_PRIVATE_KEY", key)])
    assert mask.text("    MIIEowIBAAKCAQEA") == f"    {MASK}"
    assert mask.text("-----BEGIN RSA PRIVATE KEY-----") == "-----BEGIN RSA PRIVATE KEY-----"


@pytest.mark.parametrize("word", ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN"])
@pytest.mark.parametrize("form", ["{}", "MYAPP_{}", "MYAPP_{}S", "MYAPP_{}_OF_ROOT", "myapp_{}"])
def test_settings_that_are_named_like_secrets(word: str, form: str) -> None:
    assert is_secret(form.format(word))


@pytest.mark.parametrize(
    "name",
    [
        "MYAPP_KEY",
        "MYAPP_API_KEYS",
        "MYAPP_PRIVATE_KEY",
        "MYAPP_APIKEY",
        "MYAPP_PW",
        "PASS",
        "X_COOKIE",
        "X_SALT",
    ],
)
def test_settings_that_are_named_like_keys(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "MYAPP_PUBLIC_KEY",
        "MYAPP_KEY_FILE",
        "MYAPP_SECRET_NAME",
        "MYAPP_TOKEN_LIFETIME",
        "MYAPP_PASSPORT",
        "MYAPP_COOKIE_DOMAIN",
        "MYAPP_PASSWORD_MIN_LENGTH",
        "MYAPP_AWS_ACCESS_KEY_ID",
        "MYAPP_MONKEY",
        "MYAPP_BYPASS",
        "CREDENTIALS_HOST",
        "COOKIE_CONSENT",
        "SALT_LAKE",
    ],
)
def test_settings_that_say_something_about_secrets(name: str) -> None:
    assert not is_secret(name)


def test_an_address_is_shown_without_its_password() -> None:
    assert shown("MONGODB_HOST", "mongodb://edx:hunter2@mongo:27017") == f"mongodb://edx:{MASK}@mongo:27017"
    assert (
        shown("MYAPP_REPOSITORY", "https://ghtoken@example.com/x.git") == f"https://{MASK}@example.com/x.git"
    )
    assert shown("MYAPP_URL", "https://example.com/a@b") == "https://example.com/a@b"


def test_a_password_that_is_a_word_takes_no_words_away() -> None:
    mask = Mask([("OPENEDX_MYSQL_PASSWORD", "openedx")])
    assert mask.text("docker.io/openedx, password: openedx") == f"docker.io/openedx, password: {MASK}"
