"""What becomes of the processes that we started when we are told to stop."""

from __future__ import annotations

import contextlib
import contextvars
import signal
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator


@dataclass(slots=True)
class Patience:
    """What we do when we are told to stop: let processes end in their own way, at the third time kill them.

    The terminal sends Ctrl-C to the processes as well as to us; from elsewhere it reaches only us.
    """

    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    stopping: bool = False

    def handle(self, number: int, _: Any) -> None:
        """Handle a signal."""
        self.received.append(number)
        for process in tuple(self.processes):
            if len(self.received) > 2:
                process.kill()
            elif number != signal.SIGINT or not sys.stdin.isatty():
                process.send_signal(number)

    def stop(self) -> None:
        """Let all processes end, those that are about to start as well."""
        self.stopping = True
        for process in tuple(self.processes):
            process.terminate()

    @contextlib.contextmanager
    def watching(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """Look after a process while a block runs."""
        self.processes.append(process)
        if self.received:
            process.send_signal(self.received[0])
        elif self.stopping:
            process.terminate()
        try:
            yield
        finally:
            self.processes.remove(process)

    def end(self) -> None:
        """End this process in the way that it was told to, now that the others have ended.

        Raises:
            KeyboardInterrupt: by Ctrl-C.
            SystemExit: by a signal.
        """
        if self.received:
            if self.received[0] == signal.SIGTERM:
                raise SystemExit(128 + signal.SIGTERM)
            raise KeyboardInterrupt


_shared: contextvars.ContextVar[Patience | None] = contextvars.ContextVar("shared", default=None)


@contextlib.contextmanager
def patient() -> Iterator[Patience]:
    """Stop only when the processes have ended. In other threads than the main one nothing is handled.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed in the block.
        SystemExit: another signal came.
    """
    shared = _shared.get()
    if shared is not None or threading.current_thread() is not threading.main_thread():
        yield shared or Patience()
        return
    patience = Patience()
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, patience.handle) for number in numbers}
    try:
        yield patience
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    patience.end()


def sharing(patience: Patience) -> contextvars.Context:
    """A context for a thread: this patience looks after the processes that it starts."""
    context = contextvars.copy_context()
    context.run(_shared.set, patience)
    return context
