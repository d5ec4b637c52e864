"""What is measured of a command is its own: processor, memory, exit code."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks import measure
from benchmarks.measure import Command, Pair, Sample

ENV = {"PATH": os.environ["PATH"]}


def python(code: str, **more: object) -> Command:
    return Command((sys.executable, "-c", code, "{n}"), ENV, **more)  # type: ignore[arg-type]  # its options


def test_processor_and_memory_are_those_of_the_command_and_what_it_starts() -> None:
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'b = bytearray(99 << 20); sum(b)'])"
    found = measure.run(python(work), 0)
    idle = measure.run(python("import time; time.sleep(0.2)"), 0)
    assert found.memory > 99 > idle.memory
    assert found.cpu > idle.cpu
    assert idle.wall > 0.2


def test_the_number_of_the_run_is_put_in() -> None:
    measure.run(python("import sys; sys.exit(sys.argv[1] != '7')"), 7)


def test_it_is_prepared_each_time() -> None:
    calls: list[int] = []
    measure.alone(python("", prepare=lambda: calls.append(1)), 3)
    assert len(calls) == 3


def test_a_failure_stops_with_what_it_printed() -> None:
    with pytest.raises(SystemExit, match=r"(?s)exit code 2.*no luck"):
        measure.run(python("import sys; print('no luck', file=sys.stderr); sys.exit(2)"), 0)


def test_an_exit_code_may_be_no_failure() -> None:
    measure.run(python("import sys; sys.exit(2)", allowed=(0, 2)), 0)


def test_a_program_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(SystemExit, match="nowhere"):
        measure.run(Command(("/nowhere/at-all",), ENV), 0)


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    def samples(*cpu: float) -> tuple[Sample, ...]:
        return tuple(Sample(wall=2 * each, cpu=each, memory=10.0) for each in cpu)

    pair = Pair(samples(4.0, 9.0, 100.0), samples(2.0, 3.0, 1.0))
    assert (pair.ratio, pair.wall_ratio) == (3.0, 3.0)
    assert measure.median(pair.theirs, "cpu") == 9.0
