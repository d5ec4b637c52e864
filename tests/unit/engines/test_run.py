"""Processes: real ones, small."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from tutor.engines.run import TAIL, ProcessRunner, RecordingRunner, Result
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_run_returns_the_exit_code_and_prints_on_our_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert ProcessRunner().run(["sh", "-c", "echo shown; exit 5"]) == 5
    assert capfd.readouterr().out == "shown\n"


def test_capture_keeps_output_and_errors_apart() -> None:
    result = ProcessRunner().capture(["sh", "-c", "echo out; echo err >&2; exit 2"])
    assert (result.code, result.output, result.errors) == (2, "out\n", "err\n")
    assert result.reason == "err"


def test_a_program_that_crashed_is_told_by_what_stands_above_its_trace() -> None:
    trace = "panic: no such key\n\ngoroutine 1 [running]:\nmain.main()\n\tmain.go:41 +0x85\n"
    assert Result(2, "", trace).reason == "panic: no such key"


def test_capture_adds_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    result = ProcessRunner().capture(["sh", "-c", "echo $OURS$ADDED"], environment={"ADDED": "2"})
    assert result.output == "12\n"


def test_tail_hands_on_every_line_and_keeps_the_last_ones() -> None:
    seen: list[str] = []
    result = ProcessRunner().tail(["sh", "-c", f"seq {TAIL + 60}; echo oops >&2; exit 3"], line=seen.append)
    assert result.code == 3
    assert seen[0] == "1"
    assert len(seen) == TAIL + 61
    kept = result.output.splitlines()
    assert len(kept) == TAIL
    assert kept[-1] == "oops"


def test_tail_shows_a_line_as_soon_as_it_is_printed() -> None:
    moments: list[float] = []
    ProcessRunner().tail(
        ["sh", "-c", "echo a; sleep 0.6; echo b"], line=lambda _: moments.append(time.monotonic())
    )
    assert moments[1] - moments[0] > 0.4


def test_tail_feeds_more_than_a_pipe_holds_to_a_process_that_prints_first() -> None:
    text = "x" * 300_000
    script = "head -c 200000 /dev/zero | tr '\\0' '\\n'; wc -c"
    result = ProcessRunner().tail(["sh", "-c", script], stdin=text)
    assert result.output.splitlines()[-1].strip() == "300000"


def test_tail_survives_a_process_that_does_not_read() -> None:
    assert ProcessRunner().tail(["true"], stdin="x" * 300_000).code == 0


def test_output_that_is_not_utf8_is_no_fault() -> None:
    assert ProcessRunner().capture(["printf", "a\\377b"]).output == "a\ufffdb"


def test_a_process_ended_by_a_signal_has_the_code_that_shells_give_it() -> None:
    assert ProcessRunner().run(["sh", "-c", "kill -9 $$"]) == 137


def test_a_command_that_is_not_there_is_an_error_with_its_name() -> None:
    with pytest.raises(EngineError, match="/nonexistent/docker cannot be started: No such file"):
        ProcessRunner().capture(["/nonexistent/docker", "version"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_process_ends_in_its_own_way_when_we_are_told_to_stop(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    program = textwrap.dedent(
        """
        import sys
        from tutor.engines.run import ProcessRunner
        script = 'trap "sleep 0.3; echo cleaned; exit 0" INT TERM; echo ready; while :; do sleep 0.05; done'
        try:
            ProcessRunner().run(["sh", "-c", script])
        except KeyboardInterrupt:
            sys.exit(130)
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    rest, _ = process.communicate(timeout=10)
    assert rest == "cleaned\n"
    assert process.returncode == code


def test_handlers_of_signals_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    ProcessRunner().capture(["true"])
    assert signal.getsignal(signal.SIGINT) is before


def test_recording_runner_records_and_answers() -> None:
    runner = RecordingRunner(lambda call: Result(len(call.argv), "one\ntwo"))
    seen: list[str] = []
    assert runner.run(["a"]) == 1
    assert runner.tail(["b", "c"], stdin="text", environment={"X": "1"}, line=seen.append).code == 2
    assert seen == ["one", "two"]
    assert [call.argv for call in runner.calls] == [("a",), ("b", "c")]
    assert runner.calls[1].stdin == "text"
    assert runner.calls[1].environment == {"X": "1"}


def test_bytes_go_through_a_process_unchanged() -> None:
    """However many: neither side waits for the other."""
    data = bytes(range(256)) * 40_000
    pieces: list[bytes] = []
    source = (data[start : start + 70_000] for start in range(0, len(data), 70_000))
    result = ProcessRunner().pipe(
        ["sh", "-c", "cat; echo the end >&2; exit 3"], source=source, sink=pieces.append
    )
    assert b"".join(pieces) == data
    assert (result.code, result.reason) == (3, "the end")


def test_a_process_that_stops_reading_is_no_fault_of_ours() -> None:
    result = ProcessRunner().pipe(["sh", "-c", "exec <&-; exit 4"], source=iter([b"x" * 1_000_000] * 3))
    assert result.code == 4


def test_a_source_that_fails_is_told() -> None:
    def source() -> Iterator[bytes]:
        yield b"first"
        raise ValueError("the archive is broken")

    with pytest.raises(ValueError, match="the archive is broken"):
        ProcessRunner().pipe(["cat"], source=source())


def test_a_sink_that_fails_ends_the_process() -> None:
    """Such as a full disk: it would print for ever."""

    def refuse(_: bytes) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        ProcessRunner().pipe(["sh", "-c", "while echo more; do :; done"], sink=refuse)


def test_a_promise_is_kept_when_we_are_killed(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom tutor.engines.run import ProcessRunner\n"
        "with ProcessRunner().promised(['touch', sys.argv[1]]):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "kept")], env=variables, check=False)
    assert done.returncode == -9
    deadline = time.monotonic() + 20
    while not (tmp_path / "kept").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (tmp_path / "kept").exists()
