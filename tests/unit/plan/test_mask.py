"""Secrets do not show, however they are written; everything else does."""

from __future__ import annotations

import base64

import pytest

from tutor.config.values import MASK
from tutor.plan.mask import Mask

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
    shown = MASKED.line(line)
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
    assert MASKED.line(line) == shown


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
    assert MASKED.line(line) == line


def test_parts_of_a_key() -> None:
    """Long random words, under whatever name."""
    part = base64.urlsafe_b64encode(bytes(range(7, 250, 5))).decode()
    assert MASKED.line(f'"d": "{part}",') == f'"d": "{MASK}",'


def test_a_secret_of_several_lines() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nline2line2\n-----END RSA PRIVATE KEY-----"
    mask = Mask([("JWT_RSA_PRIVATE_KEY", key)])
    assert mask.line("    MIIEowIBAAKCAQEA") == f"    {MASK}"
    assert mask.line("-----BEGIN RSA PRIVATE KEY-----") == "-----BEGIN RSA PRIVATE KEY-----"
