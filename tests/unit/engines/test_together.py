"""Steps at the same time: what waits for what, how many at once, what a failure and Ctrl-C do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tutor.engines.run import ProcessRunner
from tutor.engines.together import Step, together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Seconds after which a step that waits for another one gives up.
PATIENCE = 20.0


@dataclass
class Steps:
    """Steps that note what happens to them."""

    events: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    most: int = 0

    def add(self, name: str, *after: str, kind: str = "", work: Callable[[], None] = lambda: None) -> None:
        """Add one."""

        def run() -> None:
            self.running.add(name)
            self.most = max(self.most, len(self.running))
            try:
                work()
            finally:
                self.running.discard(name)

        self.steps.append(
            Step(
                name,
                lambda: self.events.append(f"begin {name}"),
                run,
                lambda: self.events.append(f"done {name}"),
                frozenset(after),
                kind,
            )
        )

    def run(self, limits: Mapping[str, int] | None = None, *, stop_rest: bool = True) -> None:
        """Do them."""
        together(self.steps, limits or {}, stop_rest=stop_rest)

    def order(self, first: str, second: str) -> bool:
        """Whether one event came before another."""
        return self.events.index(first) < self.events.index(second)


def meet(meeting: threading.Barrier) -> None:
    meeting.wait(PATIENCE)


def fail() -> None:
    raise ValueError("no luck")


def test_what_needs_nothing_runs_at_the_same_time() -> None:
    steps, meeting = Steps(), threading.Barrier(3)
    for name in ("a", "b", "c"):
        steps.add(name, work=lambda: meet(meeting))
    steps.run()
    assert steps.events[:3] == ["begin a", "begin b", "begin c"]
    assert steps.most == 3


def test_a_step_waits_for_those_that_it_needs() -> None:
    steps = Steps()
    steps.add("base", work=lambda: time.sleep(0.05))
    steps.add("other")
    steps.add("app", "base")
    steps.add("last", "app", "other")
    steps.run()
    assert steps.order("done base", "begin app")
    assert steps.order("done app", "begin last")
    assert steps.order("begin other", "done base")


def test_what_it_needs_may_be_done_or_unknown() -> None:
    steps = Steps()
    steps.add("a", "done long ago")
    steps.add("b", "done long ago")
    steps.run()
    assert len(steps.events) == 4


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_holds_for_its_kind(limit: int) -> None:
    steps = Steps()
    for number in range(5):
        steps.add(str(number), kind="build", work=lambda: time.sleep(0.02))
    steps.run({"build": limit, "pull": 4})
    assert steps.most == limit
    assert len(steps.events) == 10


def test_one_kind_does_not_wait_for_the_limit_of_another() -> None:
    steps, meeting = Steps(), threading.Barrier(2)
    steps.add("build 1", kind="build", work=lambda: meet(meeting))
    steps.add("build 2", kind="build")
    steps.add("pull", kind="pull", work=lambda: meet(meeting))
    steps.run({"build": 1, "pull": 2})
    assert steps.order("begin pull", "begin build 2")


def test_with_limits_of_one_all_run_in_this_thread_in_order() -> None:
    steps, threads = Steps(), list[threading.Thread]()
    for name in ("a", "b"):
        steps.add(name, work=lambda: threads.append(threading.current_thread()))
    steps.run({"": 1})
    assert steps.events == ["begin a", "done a", "begin b", "done b"]
    assert set(threads) == {threading.current_thread()}


def test_after_a_failure_none_begins_and_those_that_run_are_over() -> None:
    steps = Steps()
    failed = threading.Event()

    def slow() -> None:
        failed.wait(PATIENCE)
        time.sleep(0.05)

    def failing() -> None:
        failed.set()
        fail()

    steps.add("slow", work=slow)
    steps.add("failing", work=failing)
    steps.add("next", "failing")
    with pytest.raises(ValueError, match="no luck"):
        steps.run(stop_rest=False)
    assert steps.events == ["begin slow", "begin failing", "done slow"]
    assert steps.running == set()


def test_a_failure_ends_the_processes_of_the_others() -> None:
    steps, codes = Steps(), list[int]()
    sleeping = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
    there = threading.Event()

    def sleep() -> None:
        codes.append(ProcessRunner().tail(sleeping, line=lambda _: there.set()).code)

    def failing() -> None:
        there.wait(PATIENCE)
        fail()

    steps.add("sleeping", work=sleep)
    steps.add("failing", work=failing)
    with pytest.raises(ValueError, match="no luck"):
        steps.run()
    assert codes == [128 + signal.SIGTERM]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_reaches_all_processes_and_we_end_after_them(number: int, code: int) -> None:
    """In a process of its own, which gets the signal when both of its processes run."""
    child = (  # it writes without a buffer: the signal may come while it still writes the first line
        "import os, signal, sys, time\n"
        "def end(*_):\n"
        "    os.write(1, b'ended\\n')\n"
        "    os._exit(9)\n"
        "for n in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(n, end)\n"
        "os.write(1, b'here\\n')\n"
        "time.sleep(60)\n"
    )
    script = textwrap.dedent(
        f"""
        import os, sys
        from tutor.engines.run import ProcessRunner
        from tutor.engines.together import Step, together

        def work():
            argv = [sys.executable, "-c", {child!r}]
            ProcessRunner().tail(argv, line=lambda line: os.write(1, f"{{line}}\\n".encode()))

        try:
            steps = [Step(name, lambda: None, work) for name in "ab"]
            together([*steps, Step("c", lambda: print("began"), work, after=frozenset("ab"))], {{}})
        except KeyboardInterrupt:
            sys.exit(130)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in "ab"] == ["here\n", "here\n"]
        process.send_signal(number)
        assert process.stdout.read() == "ended\nended\n"
    assert process.returncode == code
