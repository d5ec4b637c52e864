"""An RSA key, made in a process of its own while this one goes on with what needs no key.

To find the primes of a key takes as long as to render the environment, and the library that finds them takes
a quarter of the memory of a save. A key that does not come, whatever the reason, is made where it is needed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from tutor.core.named import Named
from tutor.env import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

#: Bits of the keys that are made.
SIZE = 2048


class _Maker(Named):
    """A process that makes a key, and where the key comes out."""

    process: int
    pipe: int

    def end(self) -> None:
        """Leave nothing of it, whatever it is at."""
        os.close(self.pipe)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):  # where nobody wants to hear of ends
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)


_at_work: list[_Maker] = []


@contextlib.contextmanager
def making() -> Iterator[None]:
    """Make a key while the block runs, for the first one who asks. If nobody does, it is thrown away."""
    maker = None
    # Ctrl-C is for this process, which ends the other one: that one never hears of it.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        try:
            maker = _start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield
    finally:
        if maker in _at_work:
            _at_work.remove(maker)
            maker.end()


def take(bits: int) -> str | None:
    """The key that is being made: waits for it. ``None`` where there is none of this size, or no more."""
    if bits != SIZE or not _at_work:
        return None
    try:
        # All of it or nothing: a pipe takes so little at once.
        content = os.read(_at_work[-1].pipe, 4096)
    finally:
        _at_work.pop().end()
    return content.decode() or None


def _start() -> _Maker | None:
    if "threading" in sys.modules and sys.modules["threading"].active_count() > 1:
        return None  # what other threads hold now would stay held in the other process
    try:
        pipe, end = os.pipe()
    except OSError:
        return None
    try:
        process = os.fork()
        if process == 0:
            _make(end)
    except OSError:
        os.close(pipe)
        return None
    finally:
        os.close(end)
    maker = _Maker(process, pipe)
    _at_work.append(maker)
    return maker


def _make(end: int) -> NoReturn:
    """What the other process does. Whatever happens to it, it never goes on with what this one was at."""
    try:
        os.write(end, keys.new(SIZE).encode())
    finally:
        os._exit(0)
