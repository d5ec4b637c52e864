"""Filters and functions of templates: the interface that published plugins use."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from Crypto.Protocol.KDF import bcrypt_check

from tests.kit import DATA, write
from tutor.env.helpers import FILTERS
from tutor.hooks import Filters

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.env.conftest import Platform

FACTS: dict[str, Any] = json.loads((DATA / "contract/template-helpers.json").read_text())


def rendered(platform: Platform, source: str, **settings: Any) -> str:
    """What a template gives."""
    platform.template("apps/x", source)
    return platform.renderer(**settings).render_tree().files["apps/x"].content.decode().removesuffix("\n")


def test_all_are_there(platform: Platform) -> None:
    """By name."""
    environment = platform.renderer().jinja
    assert set(FACTS["filters"]) <= set(environment.filters)
    assert set(FACTS["globals"]) <= set(environment.globals)
    assert not environment.autoescape
    for name, value in FACTS["values"].items():
        assert (environment.globals[name], type(environment.globals[name])) == (value, type(value))
    assert environment.globals["HOST_USER_ID"] == os.getuid()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 'a.x.org'|common_domain('b.x.org') }}", "x.org"),
        ("{{ 'x.org'|common_domain('b.x.org') }}", "x.org"),
        ("{{ 'a.org'|common_domain('b.com') }}", ""),
        ("{{ 'a.x.org'|common_domain('a.x.org') }}", "a.x.org"),
        ("{{ 'xx.org'|common_domain('x.org') }}", "org"),
        ("{{ [('a', true), ('b', false), ('c', 1)]|list_if }}", '["a", "c"]'),
        ("{{ []|list_if }}", "[]"),
        ("{{ 65537|long_to_base64 }}", "AQAB"),
        ("{{ 0|long_to_base64 }}", "AA"),
        ("{{ 'a.x.org'|reverse_host }}", "org.x.a"),
        ("{{ 'a b'|shell_quote }} {{ 3|shell_quote }} {{ \"it's\"|shell_quote }}", "'a b' 3 'it'\"'\"'s'"),
        (
            '{{ "it\'s"|python_literal }} {{ true|python_literal }} {{ none|python_literal }}',
            '"it\'s" True None',
        ),
        ("{{ TUTOR_VERSION }} {{ TUTOR_APP }}", "22.0.3 tutor"),
        ("{{ A is defined }} {{ LMS_HOST is defined }}", "False True"),
    ],
)
def test_values(source: str, text: str, platform: Platform) -> None:
    """As they are documented."""
    assert rendered(platform, source) == text


def test_random_string(platform: Platform) -> None:
    """Letters and digits, of the length asked for, different each time."""
    one, two = rendered(platform, "{{ 24|random_string }} {{ 24|random_string }}").split()
    assert re.fullmatch("[A-Za-z0-9]{24}", one)
    assert one != two


def test_encrypt() -> None:
    """A bcrypt hash, salted, that a web server compares with the password itself: with what bcrypt reads."""
    for text in ("password", "x" * 200, "é"):
        hashed = FILTERS["encrypt"](text)
        assert hashed.startswith("$2")
        bcrypt_check(text.encode()[:72], hashed.encode())


def test_rsa(platform: Platform) -> None:
    """A key is made, read, and written as the numbers of a JSON Web Key."""
    key = FILTERS["rsa_private_key"](1024)
    assert key.startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    text = rendered(
        platform, "{{ rsa_import_key(KEY).e }} {{ (KEY|rsa_import_key).n|long_to_base64 }}", KEY=key
    )
    exponent, modulus = text.split()
    assert exponent == "65537"
    number = int.from_bytes(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4)), "big")
    assert number.bit_length() == 1024
    assert "=" not in modulus


def test_uuid(platform: Platform) -> None:
    """A random one, of version 4, written as everybody writes them."""
    assert uuid.UUID(rendered(platform, "{{ 4|uuid }}")).version == 4
    texts = {FILTERS["uuid"]() for _ in range(200)}
    assert len(texts) == 200
    for text in texts:
        read = uuid.UUID(text)
        assert (str(read), read.version, read.variant) == (text, 4, uuid.RFC_4122)
    # Every other bit is one that chance decides.
    numbers = [uuid.UUID(text).int for text in texts]
    fixed = sum(len({number >> bit & 1 for number in numbers}) == 1 for bit in range(128))
    assert fixed == 6


def test_uid_master_hash(platform: Platform) -> None:
    """What the search engine computes from the same two."""
    expected = hmac.new(b"master", b"uid", hashlib.sha256).hexdigest()
    assert rendered(platform, "{{ 'master'|uid_master_hash('uid') }}") == expected


def test_walk_templates(platform: Platform, tmp_path: Path) -> None:
    """Names of the templates in a folder, of all roots, each once; what becomes no file is not among them."""
    for path in ("apps/dir/b", "apps/dir/a", "apps/dir/sub/c", "apps/dir/partials/d", "apps/other"):
        platform.template(path, "")
    write(tmp_path / "plugin/apps/dir/a", "")
    write(tmp_path / "plugin/apps/dir/z", "")
    Filters.ENV_TEMPLATE_ROOTS.add_item(str(tmp_path / "plugin"))
    text = rendered(platform, "{{ 'apps/dir'|walk_templates|list|join(' ') }}")
    assert text == "apps/dir/a apps/dir/b apps/dir/sub/c apps/dir/z"


def test_iter_values_named(platform: Platform) -> None:
    """By the beginning and the end of names; empty values only when asked for."""
    settings = {"MY_ONE_X": "1", "MY_TWO_X": "{{ LMS_HOST }}", "MY_EMPTY_X": "", "OTHER_X": "no"}
    source = "{{ iter_values_named(prefix='MY_', suffix='_X')|list }}"
    assert rendered(platform, source, **settings) == "['1', 'local.openedx.io']"
    source = "{{ iter_values_named(prefix='MY_', allow_empty=True)|list|length }}"
    assert rendered(platform, source, **settings) == "3"


def test_mounts(platform: Platform) -> None:
    """Explicit ones, and folders that somebody recognises by name."""

    @Filters.COMPOSE_MOUNTS.add()
    def recognise(mounts: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
        return (
            [*mounts, ("lms", f"/openedx/{name}"), ("cms", f"/openedx/{name}")] if name == "code" else mounts
        )

    Filters.MOUNTED_DIRECTORIES.add_item(("openedx", "co.*"))
    mounts = ["lms,cms:/one:/two", "/home/me/code", "/home/me/unknown", "lms:/one:/two"]
    source = "{{ iter_mounts(MOUNTS, 'lms')|list }} {{ iter_mounts(MOUNTS, 'cms', 'lms')|list|length }}"
    text = rendered(platform, source, MOUNTS=mounts)
    assert text == "['/one:/two', '/home/me/code:/openedx/code'] 2"
    assert (
        rendered(platform, "{{ iter_mounted_directories(MOUNTS, 'openedx')|list }}", MOUNTS=mounts)
        == "['code']"
    )


def test_celery_parameters(platform: Platform) -> None:
    """A plugin may change them."""

    @Filters.LMS_WORKER_COMMAND.add()
    def more(command: list[str]) -> list[str]:
        return [*command, "--concurrency=4"]

    text = rendered(
        platform, "{{ iter_lms_celery_parameters()|join(' ') }}|{{ iter_cms_celery_parameters()|join(' ') }}"
    )
    lms, cms = text.split("|")
    assert lms.startswith("celery --app=lms.celery worker")
    assert lms.endswith("--concurrency=4")
    assert "--app=cms.celery" in cms
    assert "concurrency" not in cms


def test_filters_and_variables_of_plugins(platform: Platform) -> None:
    """They are names like ours."""
    Filters.ENV_TEMPLATE_FILTERS.add_item(("shout", lambda text: f"{text}!"))
    Filters.ENV_TEMPLATE_VARIABLES.add_item(("answer", 42))
    assert rendered(platform, "{{ 'hey'|shout }} {{ answer }}") == "hey! 42"


@pytest.mark.parametrize("text", ["{{ PLATFORM_NAME }}", "{{ PLATFORM_NAME|trim }}"])
def test_a_setting_counts_before_a_variable_of_the_same_name(platform: Platform, text: str) -> None:
    """Also for what is put in without Jinja; a template's own variable counts before both."""
    Filters.ENV_TEMPLATE_VARIABLES.add_item(("PLATFORM_NAME", "of a plugin"))
    assert rendered(platform, text, PLATFORM_NAME="of the user") == "of the user"
    assert rendered(platform, "{% set PLATFORM_NAME = 1 %}" + text, PLATFORM_NAME="of the user") == "1"
