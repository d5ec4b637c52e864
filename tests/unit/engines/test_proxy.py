"""A proxy that runs is not restarted on a file that it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.proxy import check_proxy
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from pathlib import Path

OLD = "2020-01-01T00:00:00Z"
REFUSED = (
    '{"level":"info","msg":"using config from file"}\n'
    '{"level":"error","msg":"adapting config using caddyfile: File to import not found: x, '
    'at /etc/caddy/Caddyfile:7"}\n'
)


class Proxy:
    """An engine on which the proxy runs since long ago, and what its image says of the file."""

    def __init__(self, folder: Path, code: int, output: str = "", started: str = OLD) -> None:
        self.environment = folder / "env"
        file = self.environment / "apps/caddy/Caddyfile"
        file.parent.mkdir(parents=True)
        file.write_text("a.com {\n}\n")
        (self.environment / "local").mkdir()
        for name in ("docker-compose.yml", "docker-compose.prod.yml"):
            (self.environment / "local" / name).touch()
        container = {
            "Config": {"Labels": {"com.docker.compose.service": "caddy"}},
            "State": {"StartedAt": started},
            "Mounts": [{"Type": "bind", "Source": str(file)}],
        }
        answers = {"ps": Result(0, "id\n"), "inspect": Result(0, json.dumps([container]))}

        def answer(call: Call) -> Result:
            if "validate" in call.argv:
                return Result(code, "", output)
            return next((answers[word] for word in call.argv if word in answers), Result(0))

        self.runner = RecordingRunner(answer)
        engine = Engine("docker", ("docker",), ("compose",))
        self.project = ComposeProject("p", local_files(self.environment), engine)

    def check(self, *names: str) -> bool:
        """Whether the image was asked."""
        check_proxy(self.runner, self.project, self.environment, names)
        return any("validate" in call.argv for call in self.runner.calls)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (REFUSED, "File to import not found: x, at /etc/caddy/Caddyfile:7"),
        ("Error: adapting config: /etc/caddy/Caddyfile:7: unrecognized directive: x\n", "directive: x"),
    ],
)
def test_what_the_image_refuses_stops_the_restart(tmp_path: Path, output: str, reason: str) -> None:
    with pytest.raises(EngineError) as caught:
        Proxy(tmp_path, 1, output).check()
    assert reason in str(caught.value)
    assert caught.value.where == "apps/caddy/Caddyfile:7"
    assert caught.value.hint == "tutor explain apps/caddy/Caddyfile:7"


def test_the_image_is_asked_only_where_its_file_is_new(tmp_path: Path) -> None:
    assert Proxy(tmp_path / "stale", 0).check()
    assert Proxy(tmp_path / "named", 0).check("lms", "caddy")
    assert not Proxy(tmp_path / "other", 1).check("lms")
    assert not Proxy(tmp_path / "fresh", 1, started="2999-01-01T00:00:00Z").check()


def test_an_engine_that_cannot_ask_is_not_the_files_fault(tmp_path: Path) -> None:
    assert Proxy(tmp_path, 125, "no such image").check()
