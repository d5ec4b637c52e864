"""What leaves this machine: no planted secret, in whatever form it is written, and no private path."""

from __future__ import annotations

import base64
import json
import tarfile
import urllib.parse
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor.config import userfile
from tutor.config.masking import Mask
from tutor.doctor import Subject, bundle
from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import StorageError
from tutor.project import opened

if TYPE_CHECKING:
    from pathlib import Path

PLANTED = "Pl4nted/Se+cret"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nPl4nted\n-----END PRIVATE KEY-----"
ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


@pytest.mark.parametrize(
    "text",
    [
        "MYAPP_PASSWORD: Pl4nted",
        "  password: 'Pl4nted two words'",
        'MYSQL_ROOT_PASSWORD="Pl4nted"',
        "DB_PASSWD=Pl4nted",
        '{"client_secret": "Pl4nted", "a": 1}',
        "{'API_KEY': 'Pl4nted'}",
        "SECRET_KEY = 'Pl4nted'",
        "github_token: Pl4nted",
        "mysql --password Pl4nted -u root",
        "mysql --password=Pl4nted",
        "- AWS_SECRET_ACCESS_KEY=Pl4nted",
        "https://user:Pl4nted@example.com/x",
        "mongodb://edx:Pl4nted@mongodb:27017",
        "redis://:Pl4nted@redis:6379/0",
        "amqp+ssl://a:Pl4nted@host",
        "git+https://Pl4nted@example.com/x.git",
        "GET /x?token=Pl4nted&a=b",
        "Authorization: Bearer Pl4nted",
        "authorization: Basic Pl4nted",
        "curl -H 'Authorization: token Pl4nted'",
        "Set-Cookie: Pl4nted",
        f"key is\n{PEM}\nend",
        PEM.partition("-----END")[0],
        "JWT_PRIVATE_KEY: |\n  first Pl4nted\n  second Pl4nted\nnext: 1",
        "env:\n  TLS_SECRET: |-\n    Pl4nted\n  OTHER: 1",
        "AKIAPL4NTED00000Pl4n used",
    ],
)
def test_forms_of_a_secret_that_is_not_known(text: str) -> None:
    """By the name beside it, or by its own form."""
    masked = Mask().text(text.replace("AKIAPL4NTED00000Pl4n", "AKIAABCDEFGHIJKLMNOP"))
    assert "Pl4nted" not in masked
    assert "AKIAABCDEFGHIJKLMNOP" not in masked
    assert "****" in masked


@pytest.mark.parametrize(
    "form",
    [
        PLANTED,
        urllib.parse.quote(PLANTED, safe=""),
        json.dumps(PLANTED),
        base64.b64encode(PLANTED.encode()).decode(),
        f"INSERT INTO users VALUES ('{PLANTED}')",
    ],
)
def test_forms_of_a_secret_that_is_known(form: str) -> None:
    """Wherever it stands, as other formats write it."""
    masked = Mask([("A_PASSWORD", PLANTED)]).text(f"said {form} loudly")
    assert "****" in masked
    assert form.strip('"') not in masked


@pytest.mark.parametrize(
    "text",
    [
        "LMS_HOST: local.openedx.io",
        "image: docker.io/redis:7",
        "ENABLE_HTTPS: true",
        "password: ''",
        "MYAPP_TOKEN: null",
        "https://example.com/path",
        "2026-01-01T00:00:00Z lms | GET /heartbeat 200",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Else a bundle would say nothing."""
    assert Mask([("A_PASSWORD", "xyz")]).text(text) == text


def test_private_paths() -> None:
    """The longest first."""
    mask = Mask((), {"/home/jane": "HOME", "/home/jane/school/root": "ROOT"})
    assert mask.text("/home/jane/school/root/env and /home/jane/x") == "ROOT/env and HOME/x"


def test_bundle(saved_project: Path, root: Path, plugins_root: Path, tmp_path: Path) -> None:
    """Settings, environment and logs are in it; the planted secrets, and the generated ones, are not."""
    import shutil

    shutil.copytree(saved_project, root)
    user = userfile.read(root)
    planted = {
        "MYAPP_PASSWORD": PLANTED,
        "SMTP_PASSWORD": PLANTED[::-1],
        "JWT_RSA_PRIVATE_KEY": user.values["JWT_RSA_PRIVATE_KEY"],
        "MYAPP_URL": "https://me:Pl4ntedInUrl@example.com",
        "MYAPP_PEM": PEM,
    }
    (root / "config.yml").write_bytes(user.edited(planted))
    write(root / "env" / "plugins" / "myapp" / "secrets.env", f"DATABASE_URL=mysql://a:{PLANTED}@b/c\n")
    write(
        root / "env" / "note.txt",
        f"{root}/env is mine; {PLANTED[::-1]}; {base64.b64encode(PLANTED.encode()).decode()}\n",
    )

    def answer(call: Call) -> Result:
        return Result(0, f"lms | connecting with {PLANTED}\nlms | Authorization: Bearer Pl4ntedInLog\n", "")

    path = tmp_path / "support.tar.gz"
    with opened(root, plugins_root) as project:
        subject = Subject(
            RecordingRunner(answer),
            project,
            lambda engine: ComposeProject("tutor", local_files(project.environment), engine),
        )
        subject.engine = ENGINE
        names = bundle.write(path, subject, {"findings": [{"message": f"{root} {PLANTED}"}]})
        with pytest.raises(StorageError, match="already"):
            bundle.write(path, subject, {})
    assert path.stat().st_mode & 0o777 == 0o600
    texts = _texts(path)
    assert set(names) == set(texts)
    assert {"tutor-support/config.yml", "tutor-support/engine/logs.txt"} <= set(names)
    assert "tutor-support/env/plugins/myapp/secrets.env" in names
    everything = "\n".join(texts.values())
    secrets: list[Any] = [
        PLANTED,
        PLANTED[::-1],
        "Pl4nted",
        str(root),
        base64.b64encode(PLANTED.encode()).decode(),
    ]
    secrets += [v for k, v in user.values.items() if k.endswith(("PASSWORD", "SECRET", "MASTER_KEY"))]
    secrets += user.values["JWT_RSA_PRIVATE_KEY"].splitlines()[1:-1]
    for secret in secrets:
        assert secret not in everything


def _texts(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        found = {}
        for member in archive.getmembers():
            file = archive.extractfile(member)
            assert file is not None
            found[member.name] = file.read().decode()
        return found
