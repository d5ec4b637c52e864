"""kill -9 at every write of a change: then everything is as before it, or as after it, never a mix."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, project_state, write
from tutor import serialize
from tutor.env import helpers
from tutor.env.recovery import recover_if_cut_off

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.kit import Session

#: Events that the interpreter reports before it changes something on disk.
#: https://docs.python.org/3/library/audit_events.html
CHANGES = {
    "os.rename",
    "os.remove",
    "os.link",
    "os.symlink",
    "os.mkdir",
    "os.rmdir",
    "os.chmod",
    "os.truncate",
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: More than any of the changes below makes: the loops end when one gets through.
LIMIT = 1000


class Bomb:
    """Counts what changes a folder, and kills the process at one of these events.

    A write is killed with half of its bytes written, anything else before it happens.
    """

    def __init__(self, folder: Path, fatal: int) -> None:
        self.folder, self.fatal, self.count = f"{folder}/", fatal, 0
        self._write = os.write

    def arm(self) -> None:
        """Start to count; there is no end to it but the process's."""
        sys.addaudithook(self._event)
        os.write = self._half_write

    def _event(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open":
            writes = isinstance(arguments[2], int) and arguments[2] & WRITING
            if writes and isinstance(arguments[0], (str, os.PathLike)):
                self._tick(arguments[0], -1)
        elif name in CHANGES:
            folder = arguments[-1] if name in ("os.remove", "os.rmdir") else -1
            self._tick(arguments[0], folder)

    def _half_write(self, handle: int, content: Any, /) -> int:
        if self._inside(handle, -1):
            self.count += 1
            if self.count == self.fatal:
                self._write(handle, bytes(content)[: len(content) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
        return self._write(handle, content)

    def _tick(self, path: Any, folder: int) -> None:
        if self._inside(path, folder):
            self.count += 1
            if self.count == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def _inside(self, path: Any, folder: int) -> bool:
        if isinstance(path, int):
            path = os.readlink(f"/proc/self/fd/{path}")
        elif folder != -1:
            path = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path))
        return f"{os.path.abspath(os.fsdecode(path))}/".startswith(self.folder)


def in_child(session: Session, arguments: Sequence[str], fatal: int) -> bool:
    """Run a command in a copy of this process that is killed at an event.

    Returns:
        Whether it got to its end.
    """
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1)
            os.dup2(devnull, 2)
            from tutor.__main__ import run

            with session.environment({}):
                Bomb(session.root, fatal).arm()
                code = run(arguments)
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def plugin_that_changes_much(session: Session) -> None:
    """One that changes files, adds some, and has a folder of its own."""
    distribution(
        session.site,
        "myapp",
        """
        from pathlib import Path

        templates = str(Path(__file__).parent / "templates")
        patches = {
            "lms-env": "MYAPP_ONE: 1",
            "caddyfile": "# myapp",
        }
        config = {"add": {"PASSWORD": "{{ 8|random_string }}"}, "set": {"ATLAS_OPTIONS": "--myapp"}}
        """,
        files={
            "templates/myapp/apps/deep/er/one.txt": "one\n",
            "templates/myapp/apps/deep/two.txt": "two\n",
            "templates/myapp/build/three.txt": "three\n",
        },
    )


def nothing(session: Session) -> None:
    """A saved project is all that is needed."""


def enabled(session: Session) -> None:
    """The plugin is there already."""
    plugin_that_changes_much(session)
    session.tutor("plugins", "enable", "myapp")


def edited_and_foreign(session: Session) -> None:
    """Like an operator's: a file edited by hand, and one that is not ours."""
    enabled(session)
    with (session.root / "env/apps/caddy/Caddyfile").open("a") as file:
        file.write("# my change\n")
    write(session.root / "env/plugins/myapp/apps/deep/mine.txt", "mine\n")


def empty(session: Session) -> None:
    """No project yet."""
    shutil.rmtree(session.root)


SCENARIOS: dict[str, tuple[Callable[[Session], None], tuple[str, ...]]] = {
    "first_save": (empty, ("config", "save")),
    "set": (nothing, ("config", "save", "--set", "ATLAS_OPTIONS=--x", "--set", "LMS_HOST=other.example.com")),
    "enable": (plugin_that_changes_much, ("plugins", "enable", "myapp")),
    "disable": (enabled, ("plugins", "disable", "myapp")),
    "disable_with_edited": (edited_and_foreign, ("plugins", "disable", "myapp")),
    "clean": (edited_and_foreign, ("config", "save", "--clean")),
    "without_environment": (plugin_that_changes_much, ("plugins", "enable", "--no-save", "myapp")),
}


@pytest.fixture
def small_platform(monkeypatch: pytest.MonkeyPatch, empty_session: Session, saved_project: Path) -> None:
    """A project of a platform of few files: each of its writes costs a run."""
    templates = empty_session.root.parent / "templates"
    write(templates / "apps/caddy/Caddyfile", "# {{ LMS_HOST }}\n{{ patch('caddyfile') }}\n")
    write(templates / "apps/openedx/lms.env.yml", "NAME: {{ ATLAS_OPTIONS }}\n{{ patch('lms-env') }}\n")
    write(templates / "apps/redis/redis.conf", "maxmemory 4gb\n")
    write(templates / "version", "{{ TUTOR_VERSION }}\n").chmod(0o755)
    monkeypatch.setattr("tutor.env.render.TEMPLATES_ROOT", str(templates))
    write(empty_session.root / "config.yml", (saved_project / "config.yml").read_text()).chmod(0o600)
    empty_session.tutor("config", "save")


@pytest.fixture
def not_random(monkeypatch: pytest.MonkeyPatch, saved_project: Path) -> None:
    """Passwords and keys that are the same every time, so that results can be compared."""
    settings = serialize.load((saved_project / "config.yml").read_bytes())

    def random_string(length: int) -> str:
        return "r" * length

    def rsa_private_key(bits: int = 2048) -> str:
        return str(settings["JWT_RSA_PRIVATE_KEY"])

    def uuid(size: int = 4) -> str:
        return str(settings["MEILISEARCH_API_KEY_UID"])

    for function in (random_string, rsa_private_key, uuid):
        monkeypatch.setitem(helpers.FILTERS, function.__name__, function)


@pytest.mark.usefixtures("not_random", "small_platform")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kill_at_every_write(scenario: str, empty_session: Session, tmp_path: Path) -> None:
    """The next command leaves what was before, or what is after; and there is one turning point."""
    session = empty_session
    prepare, arguments = SCENARIOS[scenario]
    prepare(session)
    start = tmp_path / "start"
    if session.root.exists():
        shutil.copytree(session.root, start, symlinks=True)
    before = project_state(session.root)
    session.tutor(*arguments)
    after = project_state(session.root)
    assert after != before
    outcomes = []
    for fatal in range(1, LIMIT):
        shutil.rmtree(session.root, ignore_errors=True)
        if start.exists():
            shutil.copytree(start, session.root, symlinks=True)
        through = in_child(session, arguments, fatal)
        with contextlib.redirect_stderr(io.StringIO()):
            recover_if_cut_off(session.root)
        state = project_state(session.root)
        assert state in (before, after), f"a mix, when killed at write {fatal}"
        outcomes.append(state == after)
        if through:
            break
    else:
        pytest.fail(f"not through after {LIMIT} writes")
    assert len(outcomes) > 10
    assert outcomes == sorted(outcomes)
    assert not outcomes[0]
    assert outcomes[-1]
    kept = {"lock", "manifest.json", "edited", "history.json", "packs", "rendered", "settings"}
    assert {path.name for path in (session.root / ".tutor").iterdir()} <= kept


@pytest.mark.usefixtures("not_random", "small_platform")
@pytest.mark.parametrize(
    "command",
    [
        ("config", "printvalue", "LMS_HOST"),
        ("plugins", "list"),
        ("plugins", "disable", "--no-save", "myapp"),
        ("config", "save"),
        ("--help",),
    ],
    ids=" ".join,
)
def test_the_next_command_undoes_it(command: tuple[str, ...], empty_session: Session, tmp_path: Path) -> None:
    """Whatever command it is, if it reads the project."""
    session = empty_session
    plugin_that_changes_much(session)
    before = project_state(session.root)
    cut_off_late(session, tmp_path)
    assert project_state(session.root) != before
    session.tutor(*command)
    assert project_state(session.root) == before


@pytest.mark.usefixtures("not_random", "small_platform")
def test_kill_while_undoing(empty_session: Session, tmp_path: Path) -> None:
    """Undoing is itself cut off, at every write; the undoing after it succeeds."""
    session = empty_session
    plugin_that_changes_much(session)
    before = project_state(session.root)
    cut_off_late(session, tmp_path)
    cut_off = tmp_path / "cut-off"
    shutil.move(session.root, cut_off)
    for fatal in range(1, LIMIT):
        shutil.rmtree(session.root, ignore_errors=True)
        # Links count: the old files that are staged are links of those that are in use.
        subprocess.run(["cp", "-a", cut_off, session.root], check=True)
        through = in_child(session, ("plugins", "list"), fatal)
        with contextlib.redirect_stderr(io.StringIO()):
            recover_if_cut_off(session.root)
        assert project_state(session.root) == before, f"when killed at write {fatal}"
        if through:
            return
    pytest.fail(f"not through after {LIMIT} writes")


def cut_off_late(session: Session, tmp_path: Path) -> None:
    """Enable the plugin and be killed when almost everything is in place."""
    shutil.copytree(session.root, tmp_path / "copy")
    for fatal in range(30, LIMIT, 4):
        assert not in_child(session, ("plugins", "enable", "myapp"), fatal)
        if (session.root / "env/plugins/myapp/build").is_dir():
            assert (session.root / ".tutor/transaction").is_dir()
            return
        shutil.rmtree(session.root)
        shutil.copytree(tmp_path / "copy", session.root)
