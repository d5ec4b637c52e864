"""What keeps a platform safe without being asked: in images, on command lines, in files, in containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tutor import serialize
from tutor.config.table import core_settings
from tutor.engines import images
from tutor.engines.find import Engine
from tutor.project import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session

#: A name with a version, so that the same settings give the same image tomorrow.
PINNED = re.compile(r"[^:@\s]+(:[0-9]+/[^:@\s]+)?(:[A-Za-z0-9._-]*[0-9][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})")
COMPOSE = ("local/docker-compose.yml", "local/docker-compose.prod.yml", "local/docker-compose.jobs.yml")
#: Who starts as root, and what it keeps of root's rights: the others name a user, or their image does.
ROOT = {
    # Listens on ports 80 and 443; certificates belong to whoever mounts them.
    "caddy": ["DAC_OVERRIDE", "NET_BIND_SERVICE"],
    # Changes the owners of folders, then ends.
    "permissions": ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
}
#: Those whose image names a user, app.
IMAGE_USER = {"lms", "cms", "lms-worker", "cms-worker", "lms-job", "cms-job"}


def secrets(session: Session) -> dict[str, str]:
    """Secrets that were generated, by name."""
    config = serialize.load((session.root / "config.yml").read_text())
    return {name: str(value) for name, value in config.items() if core_settings()[name].secret}


def services(session: Session) -> dict[str, dict[str, Any]]:
    """All services of the Compose files."""
    found: dict[str, dict[str, Any]] = {}
    for name in COMPOSE:
        found |= serialize.load((session.root / "env" / name).read_bytes())["services"]
    return found


def dockerfiles(session: Session) -> list[Path]:
    """All of the environment."""
    return sorted((session.root / "env/build").rglob("Dockerfile"))


def test_no_secret_gets_into_an_image(session: Session) -> None:
    """Neither by a file of a build folder nor by an argument of a build."""
    known = secrets(session)
    assert len(known) > 5
    for path in (session.root / "env/build").rglob("*"):
        text = path.read_text() if path.is_file() else ""
        assert not [name for name, value in known.items() if value in text], path
    with session.environment({}), opened(session.root, session.plugins_root) as project:
        for build in images.built_here(images.all_builds(project), {}):
            words = " ".join(images.build_command(Engine("docker", ("docker",), ("compose",)), build, "d"))
            assert not [name for name, value in known.items() if value in words], build.name


def test_no_secret_is_on_a_command_line(session: Session) -> None:
    known = secrets(session)
    for name, service in services(session).items():
        words = str([service.get(key) for key in ("command", "entrypoint", "healthcheck")])
        assert not [secret for secret, value in known.items() if value in words], name


def test_files_with_secrets_are_the_owners_alone(session: Session) -> None:
    assert (session.root / "config.yml").stat().st_mode & 0o077 == 0
    assert (session.root / "env").stat().st_mode & 0o077 == 0


def test_images_are_pinned(session: Session) -> None:
    for name, service in services(session).items():
        assert PINNED.fullmatch(service["image"]), name
    for path in dockerfiles(session):
        text = path.read_text()
        stages = set(re.findall(r"^FROM .* AS (\S+)$", text, re.MULTILINE)) | {"scratch", "${BASE_IMAGE}"}
        parents = re.findall(r"^FROM (\S+)|^ARG BASE_IMAGE=(\S+)", text, re.MULTILINE)
        for parent in {name for pair in parents for name in pair if name} - stages:
            assert PINNED.fullmatch(parent), (path, parent)


def test_packages_of_ours_are_pinned(session: Session) -> None:
    """Those that the platform's own files do not pin; of two, the newest is wanted."""
    text = "\n".join(path.read_text() for path in dockerfiles(session)).replace("\\\n", " ")
    newest = ("certifi>=", "openedx-scorm-xblock>=")
    for line in re.findall(r"\bpip install (.*?)(?:&&|$)", text, re.MULTILINE):
        for word in re.sub(r'"[^"]*==[^"]*"', "", line).split():
            if not word.startswith("-") and "requirements" not in word and word != ".":
                assert "==" in word or word.strip("'").startswith(newest), line


def test_containers_do_not_run_as_root(session: Session) -> None:
    found = services(session)
    assert {name for name, service in found.items() if "user" not in service} == {*ROOT, *IMAGE_USER}
    assert all(not service["user"].startswith("0") for service in found.values() if "user" in service)
    platform = (session.root / "env/build/openedx/Dockerfile").read_text()
    users = re.findall(r"^USER (\S+)$", platform.partition("AS production")[2], re.MULTILINE)
    assert users[0] == users[-1] == "app"


def test_containers_have_the_rights_that_they_need(session: Session) -> None:
    """Users of the platform's image have none; a developer may still be root there, by `exec --user=root`."""
    for name, service in services(session).items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == ROOT.get(name, []), name
        assert service.get("cap_drop") == (None if name in IMAGE_USER else ["ALL"]), name


@pytest.mark.parametrize("path", COMPOSE)
def test_logs_rotate(path: str, session: Session) -> None:
    for name, service in serialize.load((session.root / "env" / path).read_bytes())["services"].items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name


#: What a plugin does to lines with secrets: a file that is no longer valid, an expression that is none.
BROKEN = {
    "settings": "patches:\n  openedx-lms-production-settings: 'x = ('\n",
    "yaml": "patches:\n  lms-env: '{{ MYAPP_PASS }}: ['\nconfig:\n  defaults: {PASS: canary-of-myapp}\n",
    "expression": "patches:\n  lms-env: '{{ OPENEDX_SECRET_KEY.nothing.here }}'\n",
    "text": "patches:\n  local-docker-compose-services: '{{MYSQL_ROOT_PASSWORD}}{{JWT_RSA_PRIVATE_KEY}}'\n",
    "address": "patches:\n  lms-env: 'X: [\"mongodb://edx:canary-of-myapp@mongo\"'\n",
}


@pytest.mark.parametrize("broken", BROKEN)
def test_an_error_shows_no_secret(session: Session, broken: str) -> None:
    """The lines around a fault, and values that a message repeats."""
    session.tutor("config", "save")
    generated = secrets(session)
    (session.plugins_root / "myapp.yml").write_text(f"name: myapp\nversion: 1.0.0\n{BROKEN[broken]}")
    result = session.tutor("plugins", "enable", "myapp", code=1)
    for name, value in {**generated, "MYAPP_PASS": "canary-of-myapp"}.items():
        for line in value.splitlines():
            assert line.startswith("-----") or line not in result.out + result.err, name
