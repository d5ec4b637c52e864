"""The one place that starts processes. Arguments are lists; no shell on this machine ever reads them."""

from __future__ import annotations

import collections
import contextlib
import os
import subprocess
import threading
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol

from tutor import utils
from tutor.engines import patience
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

#: Lines that are kept of a long output, to be shown when the process fails.
TAIL = 40
#: Bytes that are handed on at once.
CHUNK = 1 << 16
#: How programs in Go say that they have crashed; pages of traces follow.
_CRASH = ("panic: ", "fatal error: ")


@dataclass(frozen=True, slots=True)
class Result:
    """How a process ended.

    Args:
        code: its exit code; 128 + N when signal N ended it.
        output: what it printed, or the end of it.
        errors: what it printed as errors, where they were kept apart.
    """

    code: int
    output: str = ""
    errors: str = ""

    @property
    def reason(self) -> str:
        """The last line that says something; of a program that crashed, the one above its trace."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        crash = [line for line in lines if line.startswith(_CRASH)]
        return (crash or lines)[-1].strip() if lines else f"exit code {self.code}"


class Runner(Protocol):
    """Runs commands, or pretends to."""

    def run(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> int:
        """Run a command on our terminal and return its exit code."""

    def capture(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Result:
        """Run a command silently and return what it printed."""

    def tail(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        line: Callable[[str], None] | None = None,
    ) -> Result:
        """Run a command, hand on each line that it prints, and return the last ones."""

    def pipe(
        self,
        argv: Sequence[str],
        *,
        source: Iterable[bytes] | None = None,
        sink: Callable[[bytes], object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command between two streams of bytes, and return the last lines of its errors."""

    def promised(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> AbstractContextManager[None]:
        """Run a command silently when the block ends, also where this process is killed inside of it."""


class ProcessRunner:
    """Runs commands as processes. ``environment`` is added to our own."""

    def run(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> int:
        """Run a command on our terminal.

        Raises:
            EngineError: it cannot be started.
            KeyboardInterrupt: Ctrl-C was pressed; the process was let finish first.
        """
        execute = utils.replaced_execute()
        if execute is not None:  # a plugin runs us in-process, and shows what processes print in its own way
            with _variables(environment or {}):
                return int(execute(*argv) or 0)
        with _started(argv, environment, stdin=None, stdout=None, stderr=None) as process:
            return _code(process.wait())

    def capture(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Result:
        """Run a command silently.

        Raises:
            EngineError: it cannot be started.
        """
        pipe = subprocess.PIPE
        with _started(argv, environment, subprocess.DEVNULL, pipe, pipe) as process:
            output, errors = process.communicate()
        return Result(_code(process.returncode), output, errors)

    def tail(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        line: Callable[[str], None] | None = None,
    ) -> Result:
        """Run a command, hand on each line that it prints, and return the last ones.

        Raises:
            EngineError: it cannot be started.
            KeyboardInterrupt: Ctrl-C was pressed; the process was let finish first.
        """
        last: collections.deque[str] = collections.deque(maxlen=TAIL)
        pipe = subprocess.PIPE
        source = subprocess.DEVNULL if stdin is None else pipe
        with _started(argv, environment, source, pipe, subprocess.STDOUT) as process:
            feeder = _feed(process.stdin, stdin or "")
            for text in process.stdout or ():
                last.append(text.rstrip())
                if line is not None:
                    line(last[-1])
            process.wait()
            if feeder is not None:
                feeder.join()
        return Result(_code(process.returncode), "\n".join(last))

    def pipe(
        self,
        argv: Sequence[str],
        *,
        source: Iterable[bytes] | None = None,
        sink: Callable[[bytes], object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command between two streams of bytes, however long they are.

        Args:
            argv: the command.
            source: what it reads; ``None`` for nothing.
            sink: given what it prints, as it comes; ``None`` to drop it.
            environment: variables added to ours.

        Returns:
            Its exit code, and the last lines that it printed as errors.

        Raises:
            EngineError: it cannot be started.
            KeyboardInterrupt: Ctrl-C was pressed; the process was killed.
        """
        pipe = subprocess.PIPE
        entrance = subprocess.DEVNULL if source is None else pipe
        with _started(argv, environment, entrance, pipe, pipe, patient=False) as process:
            errors = _Listener(process.stderr)
            feeder = _Feeder(process.stdin, source or ())
            stdout: Any = process.stdout
            while chunk := stdout.buffer.read1(CHUNK):
                if sink is not None:
                    sink(chunk)
            process.wait()
            feeder.finish()
        return Result(_code(process.returncode), errors="\n".join(errors.lines()))

    @contextlib.contextmanager
    def promised(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Iterator[None]:
        """Run a command silently when the block ends, also where this process is killed inside of it.

        A shell in a session of its own waits for the end of its input, which is ours to close: the kernel
        closes it when we are gone.

        Raises:
            EngineError: the shell cannot be started.
        """
        waiting = ["sh", "-c", 'cat >/dev/null; exec "$@" >/dev/null 2>&1', "sh", *argv]
        process = _popen(waiting, environment, subprocess.PIPE, subprocess.DEVNULL, None, session=True)
        with process:
            yield


@dataclass(frozen=True, slots=True)
class Call:
    """A command that was recorded."""

    argv: tuple[str, ...]
    stdin: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def _succeed(_: Call) -> Result:
    return Result(0)


@dataclass(slots=True)
class RecordingRunner:
    """Records commands instead of running them, for dry runs and tests.

    Args:
        answer: what a command would have printed.
    """

    answer: Callable[[Call], Result] = _succeed
    calls: list[Call] = field(default_factory=list)

    def run(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> int:
        """Record a command."""
        return self._record(Call(tuple(argv), None, environment or {})).code

    def capture(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Result:
        """Record a command."""
        return self._record(Call(tuple(argv), None, environment or {}))

    def tail(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        environment: Mapping[str, str] | None = None,
        line: Callable[[str], None] | None = None,
    ) -> Result:
        """Record a command, and hand on what it would have printed."""
        result = self._record(Call(tuple(argv), stdin, environment or {}))
        for text in result.output.splitlines():
            if line is not None:
                line(text)
        return result

    def pipe(
        self,
        argv: Sequence[str],
        *,
        source: Iterable[bytes] | None = None,
        sink: Callable[[bytes], object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """Record a command with what it would have read, and hand on what it would have printed."""
        read = None if source is None else b"".join(source).decode(errors="replace")
        result = self._record(Call(tuple(argv), read, environment or {}))
        if sink is not None:
            sink(result.output.encode())
        return result

    @contextlib.contextmanager
    def promised(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Iterator[None]:
        """Record a command when the block ends."""
        try:
            yield
        finally:
            self._record(Call(tuple(argv), None, environment or {}))

    def _record(self, call: Call) -> Result:
        self.calls.append(call)
        return self.answer(call)


@contextlib.contextmanager
def _variables(environment: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a while."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _started(
    argv: Sequence[str],
    environment: Mapping[str, str] | None,
    stdin: int | None,
    stdout: int | None,
    stderr: int | None,
    *,
    patient: bool = True,
) -> Iterator[subprocess.Popen[str]]:
    with patience.patient() if patient else contextlib.nullcontext(patience.Patience()) as watcher:
        process = _popen(argv, environment, stdin, stdout, stderr)
        with watcher.watching(process), process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise


def _popen(
    argv: Sequence[str],
    environment: Mapping[str, str] | None,
    stdin: int | None,
    stdout: int | None,
    stderr: int | None,
    *,
    session: bool = False,
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            list(argv),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            errors="replace",
            env={**os.environ, **environment} if environment else None,
            start_new_session=session,
        )
    except OSError as error:
        raise EngineError(
            f"{argv[0]} cannot be started: {error.strerror}",
            where=str(argv[0]),
            hint=f"ls -l {argv[0]}",
        ) from error


def _feed(stream: IO[str] | None, text: str) -> threading.Thread | None:
    """Write to a process from a thread of its own: it may fill our pipe before it has read all."""
    if stream is None:
        return None

    def write() -> None:
        with contextlib.suppress(BrokenPipeError):
            stream.write(text)
        with contextlib.suppress(BrokenPipeError):
            stream.close()

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


class _Feeder:
    """Writes a stream of bytes to a process, in a thread of its own."""

    def __init__(self, stream: Any, source: Iterable[bytes]) -> None:
        self.error: BaseException | None = None
        self.thread: threading.Thread | None = None
        if stream is not None:
            self.thread = threading.Thread(target=self._write, args=(stream, source), daemon=True)
            self.thread.start()

    def _write(self, stream: Any, source: Iterable[bytes]) -> None:
        try:
            for chunk in source:
                stream.buffer.write(chunk)
        except BrokenPipeError:
            pass  # it has read enough; its exit code tells whether that was right
        except BaseException as error:  # noqa: BLE001 (handed on to the thread that waits)
            self.error = error
        finally:
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def finish(self) -> None:
        """Wait for the end of the source, and raise what went wrong in reading it."""
        if self.thread is not None:
            self.thread.join()
        if self.error is not None:
            raise self.error


class _Listener:
    """Keeps the last lines that a process prints as errors, in a thread of its own."""

    def __init__(self, stream: Any) -> None:
        self._last: collections.deque[str] = collections.deque(maxlen=TAIL)
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: Any) -> None:
        with contextlib.suppress(ValueError):  # closed: the process was killed, and nobody asks
            for text in stream:
                self._last.append(text.rstrip())

    def lines(self) -> list[str]:
        """The last lines, once the process has ended."""
        self._thread.join()
        return list(self._last)


def _code(code: int) -> int:
    return 128 - code if code < 0 else code
