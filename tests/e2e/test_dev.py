"""`tutor dev`, on real containers: in the place of `tutor local`, on the same data."""

from __future__ import annotations

import concurrent.futures
import contextlib
import importlib.util
import json
import os
import select
import shutil
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import HOST, LAUNCH_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e

#: As which the platform runs in its containers.
APP_USER = 1000


@pytest.fixture(scope="module")
def launched(platform: Platform) -> Iterator[Platform]:
    """The platform in development; `tutor local` runs again afterwards."""
    platform.tutor("config", "save", "--set", f"DEV_PROJECT_NAME={platform.name}_dev")
    out = platform.tutor("dev", "launch", "-I", code=1, timeout=LAUNCH_TIMEOUT)
    assert "tutor local runs on the same data" in out
    assert "tutor local stop" in out
    platform.tutor("local", "stop")
    try:
        out = platform.tutor("dev", "launch", "-I", timeout=LAUNCH_TIMEOUT)
        assert f"http://{HOST}:8000  for learners" in out
        yield platform
    finally:
        platform.tutor("dev", "dc", "down", "--volumes")
        platform.tutor("config", "save", "--unset", "DEV_PROJECT_NAME")
        platform.launch()


def _get(port: int, path: str = "/heartbeat") -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": f"{HOST}:{port}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def test_lms_and_cms_answer_on_ports_of_their_own(launched: Platform) -> None:
    for port in (8000, 8001):
        assert all(part["status"] for part in json.loads(_get(port)).values())


def test_the_server_for_developers_runs_with_their_settings(launched: Platform) -> None:
    out = launched.tutor("dev", "exec", "lms", "sh", "-c", "tr '\\0' ' ' </proc/1/cmdline; echo; env")
    assert "manage.py lms runserver 0.0.0.0:8000" in out
    assert "DJANGO_SETTINGS_MODULE=lms.envs.tutor.development" in out


def test_themes_are_watched_and_there_is_no_web_server(launched: Platform) -> None:
    out = launched.tutor("dev", "status")
    assert "watchthemes" in out
    assert "caddy" not in out
    assert "run watch-sass" in launched.tutor("dev", "logs", "watchthemes")


def test_jobs_and_commands_run_in_development(launched: Platform) -> None:
    launched.tutor("dev", "do", "createuser", "--password=p", "developer", "developer@example.com")
    out = launched.tutor("dev", "do", "sqlshell", "-e", "SELECT username FROM auth_user")
    assert "developer" in out
    assert launched.tutor("dev", "do", "print-edx-platform-setting", "DEBUG").endswith("True\n")
    assert "lms.envs.tutor.development" in launched.tutor(
        "dev", "run", "--no-deps", "lms-job", "sh", "-c", "echo $DJANGO_SETTINGS_MODULE"
    )


@dataclass
class Terminal:
    """What somebody sees and types who has started a command."""

    process: subprocess.Popen[bytes]
    handle: int
    seen: str = ""

    def expect(self, text: str, press: str = "") -> None:
        """Wait until a text is shown, and press a key when nothing is for a while."""
        deadline = time.monotonic() + 60
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.handle], [], [], 1)[0]:
                self.seen += os.read(self.handle, 1 << 16).decode(errors="replace")
            elif press:
                os.write(self.handle, press.encode())

    def type(self, text: str) -> None:
        """Press keys; only what is shown from now on is expected."""
        self.seen = ""
        os.write(self.handle, text.encode())


@contextlib.contextmanager
def _terminal(command: list[str], variables: dict[str, str]) -> Iterator[Terminal]:
    handle, theirs = os.openpty()
    with subprocess.Popen(command, env=variables, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            yield Terminal(process, handle)
        finally:
            process.kill()
            os.close(handle)


@pytest.fixture
def code(launched: Platform) -> Iterator[Path]:
    """A copy of the code in the image, for mounts."""
    module = importlib.util.find_spec("tutorsandbox")
    assert module is not None
    assert module.origin is not None
    source = Path(module.origin).parent / "templates/sandbox/build/sandbox-openedx/platform"
    found = Path(shutil.copytree(source, launched.root / "code"))
    (found / "manage.py").chmod(0o755)
    yield found
    shutil.rmtree(found)


def test_mounted_code_is_what_runs(launched: Platform, code: Path) -> None:
    """With a file more than in the image; and a folder that a mount says where to put."""
    (code / "mounted.txt").write_text("from this machine")
    extra = launched.root / "extra"
    extra.mkdir()
    (extra / "note").write_text("a note")
    mounts = [str(code), f"lms:{extra}:/mnt/extra"]
    out = launched.tutor("mounts", "add", *mounts)
    assert "the platform's code" in out
    try:
        launched.tutor("dev", "start", "--detach")
        words = ("sh", "-c", "cat /openedx/edx-platform/mounted.txt; cat /mnt/extra/note")
        assert launched.tutor("dev", "exec", "lms", *words) == "from this machinea note"
        (code / "mounted.txt").write_text("changed")
        assert "changed" in launched.tutor("dev", "exec", "cms", "cat", "/openedx/edx-platform/mounted.txt")
        assert not (code / "node_modules").exists()
        refused = launched.tutor("dev", "do", "init", "--limit", "lms")
        assert f"not writable for user {APP_USER}" in refused
        for path in (code, *code.rglob("*")):
            os.chown(path, APP_USER, APP_USER)
        out = launched.tutor("dev", "do", "init", "--limit", "lms")
        assert "packages of Node: installing them takes some minutes" in out
        assert (code / "node_modules/.package-lock.json").is_file()
        assert (code / "common/static/bundles").is_dir()
        again = launched.tutor("dev", "do", "init", "--limit", "lms")
        assert "takes some minutes" not in again
        _stop_at_a_breakpoint(launched, code / "sandbox/views.py")
    finally:
        launched.tutor("mounts", "remove", *mounts)
        launched.tutor("dev", "start", "--detach")
    launched.tutor("dev", "exec", "lms", "cat", "/openedx/edx-platform/mounted.txt", code=1)


def _stop_at_a_breakpoint(platform: Platform, views: Path) -> None:
    """Edit a page, look at it, answer the debugger in the terminal, and end the service with Ctrl-C."""
    views.write_text(
        views.read_text().replace("def as_json(request):", "def as_json(request):\n    breakpoint()")
    )
    with _terminal([*platform.command, "dev", "start", "lms"], platform.variables()) as terminal:
        terminal.expect("Ctrl-C stops it")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            page = pool.submit(_get, 8000, "/sandbox.json")
            # What was shown before the terminal was handed over is not shown again: ask for another prompt.
            terminal.expect("(Pdb)", press="\n")
            terminal.type("print('it is', request.path)\n")
            terminal.expect("it is /sandbox.json")
            terminal.type("continue\n")
            assert "platform_name" in page.result(timeout=30)
        terminal.type("\x03")
        assert terminal.process.wait(timeout=60) in (0, 130)
    assert "lms" not in platform.tutor("dev", "dc", "ps", "--services", "--status=running").split()


def test_local_does_not_start_beside_it(launched: Platform) -> None:
    out = launched.tutor("local", "start", "-d", code=1)
    assert "tutor dev runs on the same data" in out
    assert "tutor dev stop" in out
