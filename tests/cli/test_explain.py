"""Where things come from: settings, files and lines, patch points, services."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

PLUGIN = """
    from pathlib import Path

    templates = str(Path(__file__).parent / "templates")
    config = {
        "add": {"PASSWORD": "{{ 20|random_string }}"},
        "defaults": {"GREETING": "Welcome to {{ PLATFORM_NAME }}"},
        "set": {"PLATFORM_NAME": "Ours"},
    }
    patches = {
        "lms-env": '''
    # The settings of myapp
    MYAPP_GREETING: "{{ MYAPP_GREETING }}"
    MYAPP_PASSWORD: "{{ MYAPP_PASSWORD }}"
    ''',
        "local-docker-compose-services": "myapp:\\n  image: {{ DOCKER_IMAGE_REDIS }}",
        "no-such-point": "nothing",
    }
    hooks = {"init": ["lms"]}
    """
HOOK = "echo {{ MYAPP_GREETING }}\n"


@pytest.fixture
def explained(session: Session) -> Session:
    """A project with a plugin, nothing said yet."""
    distribution(session.site, "myapp", PLUGIN, files={"templates/myapp/hooks/lms/init": HOOK})
    session.tutor("plugins", "enable", "myapp")
    session.transcript.clear()
    return session


def line_of(session: Session, path: str, text: str) -> int:
    """The number of the line that has a text."""
    lines = (session.root / "env" / path).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def answer(session: Session, *arguments: str) -> Any:
    """The answer as data."""
    return json.loads(session.tutor("explain", *arguments, "--json").out)


def test_settings(explained: Session, golden: Golden) -> None:
    """Every layer, the winner, what it is computed from, and where it is used."""
    explained.tutor("explain", "PLATFORM_NAME", env={"TUTOR_PLATFORM_NAME": "Mine"})
    explained.tutor("explain", "MYAPP_GREETING")
    explained.tutor("explain", "MYAPP_PASSWORD")
    explained.tutor("explain", "PLATFROM_NAME", code=1)
    golden(explained)


def test_files(explained: Session, golden: Golden) -> None:
    explained.tutor("explain", "apps/redis/redis.conf")
    explained.tutor("explain", str(explained.root / "env/local/docker-compose.jobs.yml"))
    explained.tutor("explain", "apps/redis/redis.conf:1000", code=1)
    golden(explained)


@pytest.mark.parametrize("text", ["MYAPP_GREETING:", "PLATFORM_NAME:", "MYAPP_PASSWORD:"])
def test_lines(text: str, explained: Session, golden: Golden) -> None:
    """Of a patch: file and line of the plugin; of a template: its line. No secret is shown."""
    path = "apps/openedx/config/lms.env.yml"
    explained.tutor("explain", f"env/{path}:{line_of(explained, path, text)}")
    golden(explained)


def test_a_line_leads_to_the_line_of_the_plugin(explained: Session) -> None:
    path = "apps/openedx/config/lms.env.yml"
    found = answer(explained, f"{path}:{line_of(explained, path, 'MYAPP_GREETING:')}")
    (patch,) = found["facts"]["Patch"]
    file, _, number = patch["place"].rpartition(":")
    with open(file) as source:
        assert "MYAPP_GREETING: " in source.read().splitlines()[int(number) - 1]


def test_patch_points(explained: Session, golden: Golden) -> None:
    explained.tutor("explain", "lms-env")
    explained.tutor("explain", "caddyfile")
    explained.tutor("explain", "no-such-point")
    explained.tutor("explain", "nginx-extra")
    golden(explained)


def test_services(explained: Session, golden: Golden) -> None:
    explained.tutor("explain", "myapp")
    explained.tutor("explain", "redis")
    explained.tutor("explain", "rediss", "--kind", "service", code=1)
    golden(explained)


def test_an_edited_file_is_said_to_be_edited(explained: Session) -> None:
    path = explained.root / "env/apps/redis/redis.conf"
    path.write_text("# mine\n")
    assert "edited by hand" in explained.tutor("explain", str(path)).out


def test_as_data(explained: Session) -> None:
    found = answer(explained, "PLATFORM_NAME")
    assert found["format_version"] == 1
    values = found["facts"]["Values, the last one counts"]
    assert [value["wins"] for value in values] == [False, True]
    assert values[1]["plugin"] == "myapp"


def test_show(explained: Session, golden: Golden) -> None:
    """Some settings; a secret is masked."""
    names = ("PLATFORM_NAME", "LMS_HOST", "MYAPP_PASSWORD", "PLUGINS", "MYAPP_GREETING")
    explained.tutor("config", "show", "--origins", *names, env={"TUTOR_LMS_HOST": "a.example.com"})
    explained.tutor("config", "show", *names)
    explained.tutor("config", "show", "NAME", code=1)
    golden(explained)


def test_show_all(explained: Session) -> None:
    """No secret is among them, and the data has every setting."""
    secret = explained.tutor("config", "printvalue", "MYAPP_PASSWORD").out.strip()
    out = explained.tutor("config", "show", "--origins").out
    assert secret not in out
    found = json.loads(explained.tutor("config", "show", "--json").out)["settings"]
    assert len(found) == len(out.splitlines())
    assert {row["layer"] for row in found} == {
        *("default", "plugin default", "plugin override", "config.yml"),
    }


def test_completion(explained: Session) -> None:
    """Settings, files and patch points."""
    variables = {"_TUTOR_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    found = {}
    for word in ("MYAPP_", "apps/caddy/", "caddyfile-l"):
        out = explained.process(env={**variables, "COMP_WORDS": f"tutor explain {word}"}).out
        found[word] = [line.split(",")[1] for line in out.splitlines()]
    assert found["MYAPP_"] == ["MYAPP_GREETING", "MYAPP_PASSWORD"]
    assert found["apps/caddy/"] == ["apps/caddy/Caddyfile"]
    assert found["caddyfile-l"] == ["caddyfile-lms"]


def test_looking_writes_nothing(explained: Session) -> None:
    before = fingerprint(explained.root)
    for word in ("LMS_HOST", "apps/redis/redis.conf", "lms-env", "redis"):
        explained.tutor("explain", word)
    explained.tutor("config", "show")
    assert fingerprint(explained.root) == before


def test_settings_of_old_are_listed_only_where_somebody_sets_them(explained: Session) -> None:
    """A plugin of API v0 may read them; the operator has others."""
    assert "ACTIVATE_CMS" not in explained.tutor("config", "show").out
    assert explained.tutor("config", "show", "ACTIVATE_CMS").out == "ACTIVATE_CMS: true\n"
    explained.tutor("config", "save", "--set", "ACTIVATE_CMS=false")
    assert "ACTIVATE_CMS: false" in explained.tutor("config", "show").out


@pytest.mark.parametrize("path", ["local/docker-compose", "local/docker-compose.prod", "dev/docker-compose"])
def test_each_line_of_compose_files_has_its_place(path: str, explained: Session) -> None:
    for number in range(1, len((explained.root / f"env/{path}.yml").read_text().splitlines()) + 1, 7):
        facts = answer(explained, f"{path}.yml:{number}")["facts"]
        places = [fact["place"] for fact in facts["Template"]]
        assert all(place.rpartition(":")[2].isdigit() for place in places), number


def test_the_image_of_a_service_is_that_of_the_setting_which_its_line_reads(session: Session) -> None:
    """Not that of another one, which has the same value."""
    session.tutor(
        "config", "save", "--set", "AAA=docker.io/redis:7", "--set", "DOCKER_IMAGE_REDIS=docker.io/redis:7"
    )
    (image,) = answer(session, "redis", "--kind", "service")["facts"]["Image"]
    assert image["text"] == "docker.io/redis:7  (setting DOCKER_IMAGE_REDIS)"
