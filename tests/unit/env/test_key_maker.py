"""A key that another process makes: a right one comes whatever happens to that process, which never stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from Crypto.PublicKey import RSA

from tests.kit import write
from tutor.change import Change, save
from tutor.env import key_maker, keys
from tutor.env.helpers import rsa_private_key
from tutor.exceptions import ConfigError, TutorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Session


def refuse(*_: object) -> NoReturn:
    """What the system does that has no more to give."""
    raise BlockingIOError(11, "Resource temporarily unavailable")


def is_key(text: str, bits: int = key_maker.SIZE) -> bool:
    """Whether a text is a private key of a size."""
    key = RSA.import_key(text)
    return key.has_private() and key.size_in_bits() == bits


def children() -> set[str]:
    """The processes that this one has started, with those that have ended and were not waited for."""
    return {
        process
        for task in Path("/proc/self/task").iterdir()
        for process in (task / "children").read_text().split()
    }


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    """No process, no file that is open, and Ctrl-C works."""
    processes = children()  # whoever started the tests may have left some to this process
    before = set(Path("/proc/self/fd").iterdir()), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    assert (set(Path("/proc/self/fd").iterdir()), signal.pthread_sigmask(signal.SIG_BLOCK, ())) == before
    assert not key_maker._at_work
    assert children() <= processes


@pytest.fixture
def made_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of the keys that this process makes."""
    sizes: list[int] = []
    new = keys.new

    def counted(bits: int) -> str:
        sizes.append(bits)
        return new(bits)

    monkeypatch.setattr(keys, "new", counted)
    return sizes


def maker() -> int:
    """The process that is at work."""
    return key_maker._at_work[-1].process


def test_the_first_who_asks_gets_the_key(made_here: list[int]) -> None:
    """All others, and whoever wants another size, get one that is made for them."""
    with key_maker.making():
        small = rsa_private_key(1024)
        first = rsa_private_key()
        assert made_here == [1024]
        second = rsa_private_key(2048)
    last = rsa_private_key()
    assert made_here == [1024, 2048, 2048]
    assert is_key(small, 1024)
    assert all(map(is_key, (first, second, last)))
    assert len({first, second, last}) == 3


def test_a_key_that_nobody_asks_for() -> None:
    """It is not waited for, nor kept for the next one."""
    with key_maker.making():
        process = maker()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert key_maker.take(key_maker.SIZE) is None


def test_a_process_that_was_killed(made_here: list[int]) -> None:
    """The key is made here."""
    with key_maker.making():
        os.kill(maker(), signal.SIGKILL)
        assert is_key(rsa_private_key())
    assert made_here == [2048]


@pytest.mark.parametrize("name", ["fork", "pipe"])
def test_a_system_that_has_no_process_left(
    monkeypatch: pytest.MonkeyPatch, made_here: list[int], name: str
) -> None:
    """The same."""
    monkeypatch.setattr(os, name, refuse)
    with key_maker.making():
        assert is_key(rsa_private_key())
    assert made_here == [2048]


def test_other_threads(made_here: list[int]) -> None:
    """Where some run, no process is started that would miss them."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with key_maker.making():
            assert is_key(rsa_private_key())
    finally:
        done.set()
        thread.join()
    assert made_here == [2048]


def test_a_process_that_fails(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """It says nothing: what is wrong is said where the key is made then."""
    with monkeypatch.context() as patch:
        patch.setattr(keys, "new", refuse)
        with key_maker.making(), pytest.raises(BlockingIOError):
            rsa_private_key()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("where", ["here", "there"])
def test_an_interruption(made_here: list[int], where: str) -> None:
    """It is for the one that somebody sees, which ends the other one."""
    if where == "there":
        with key_maker.making():
            os.kill(maker(), signal.SIGINT)
            assert is_key(rsa_private_key())
        assert made_here == []
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    try:
        with pytest.raises(KeyboardInterrupt), key_maker.making():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_nobody_who_waits_for_processes(made_here: list[int]) -> None:
    """Where the system is told to forget processes that end, there is none to wait for."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with key_maker.making():
            assert is_key(rsa_private_key())
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert made_here == []


def test_what_was_printed_is_printed_once() -> None:
    """Whichever process ends first."""
    script = """
from tutor.env import key_maker
print("before", end="")
with key_maker.making():
    print(", " + key_maker.take(key_maker.SIZE)[:5], end="")
with key_maker.making():
    pass
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("before, -----", "")


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each process that is started."""
    started: list[None] = []
    fork = os.fork

    def counted() -> int:
        started.append(None)
        return fork()

    monkeypatch.setattr(os, "fork", counted)
    return started


def saved_key(session: Session, change: Change | None = None) -> str:
    """The platform's key after a save."""
    with session.environment({}):
        done = save(session.root, session.plugins_root, change or Change())
    return str(done.project.values["JWT_RSA_PRIVATE_KEY"])


def test_a_first_save(empty_session: Session, made_here: list[int], forks: list[None]) -> None:
    """It has the key made, also where there are settings already; what comes later keeps it."""
    write(empty_session.root / "config.yml", "PLATFORM_NAME: Mine\n")
    key = saved_key(empty_session)
    assert is_key(key)
    assert saved_key(empty_session, Change(set={"PLATFORM_NAME": "Another"})) == key
    assert (len(forks), made_here) == (1, [])
    saved_key(empty_session, Change(unset=("JWT_RSA_PRIVATE_KEY",)))
    assert (len(forks), made_here) == (1, [2048])


@pytest.mark.parametrize("place", ["config.yml", "change"])
def test_a_first_save_with_a_key(empty_session: Session, forks: list[None], place: str) -> None:
    """Another one is not even begun."""
    key = keys.new(1024)
    setting = {"JWT_RSA_PRIVATE_KEY": key}
    if place == "config.yml":
        write(empty_session.root / "config.yml", json.dumps(setting))
    assert saved_key(empty_session, Change(set=setting if place == "change" else {})) == key
    assert forks == []


def test_a_first_save_that_fails(empty_session: Session, forks: list[None]) -> None:
    """Nothing stays of the process; and nothing is hidden that is wrong with ``config.yml``."""
    write(empty_session.root / "config.yml", "PLATFORM_NAME: [\n")
    with pytest.raises(ConfigError):
        saved_key(empty_session)
    (empty_session.root / "config.yml").unlink()
    (empty_session.root / "config.yml").mkdir()
    with pytest.raises(TutorError):
        saved_key(empty_session)
    assert len(forks) == 2
