"""Running a command: how long it takes, on the clock and of the processor, and how much memory it needs."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Starts a command and waits for it, in a small process of its own: the peak of memory that the kernel tells
#: is never less than that of the process that started it.
_STARTER = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
start = time.perf_counter()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
code = os.waitstatus_to_exitcode(status)
print([code, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024])
"""


@dataclass(frozen=True)
class Sample:
    """One run.

    Args:
        wall: seconds on the clock.
        cpu: seconds of the processor, for the process and those that it waited for.
        memory: peak of the resident set in MiB; never less than 9, an empty Python's.
    """

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Command:
    """A command that is measured.

    Args:
        words: program and arguments; ``{n}`` in one becomes the number of the run.
        env: its environment.
        prepare: called before each run, and not measured.
        allowed: exit codes that are no failure.
    """

    words: Sequence[str]
    env: Mapping[str, str]
    prepare: Callable[[], None] = lambda: None
    allowed: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Pair:
    """The same command of two programs, run in turn."""

    theirs: tuple[Sample, ...]
    ours: tuple[Sample, ...]

    @property
    def ratio(self) -> float:
        """How many times as much of the processor's time they take: the median of the pairs."""
        return statistics.median(t.cpu / o.cpu for t, o in zip(self.theirs, self.ours, strict=True))

    @property
    def wall_ratio(self) -> float:
        """The same for the time on the clock."""
        return statistics.median(t.wall / o.wall for t, o in zip(self.theirs, self.ours, strict=True))


def run(command: Command, number: int) -> Sample:
    """Run a command once.

    Args:
        command: what runs.
        number: of the run.

    Raises:
        SystemExit: it fails; with the end of what it printed as errors.
    """
    command.prepare()
    words = [word.replace("{n}", str(number)) for word in command.words]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _STARTER, *words],
        env=command.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    code, wall, cpu, memory = json.loads(done.stdout) if done.returncode == 0 else (done.returncode, 0, 0, 0)
    if code not in command.allowed:
        raise SystemExit(f"{' '.join(words[:6])} failed with exit code {code}:\n{done.stderr[-2000:]}")
    return Sample(wall, cpu, memory)


def alone(command: Command, repeat: int) -> tuple[Sample, ...]:
    """Run a command several times."""
    return tuple(run(command, number) for number in range(repeat))


def in_turn(theirs: Command, ours: Command, repeat: int) -> Pair:
    """Run two commands in turn: what else the machine does meanwhile hits both."""
    samples = [(run(theirs, number), run(ours, number)) for number in range(repeat)]
    return Pair(tuple(t for t, _ in samples), tuple(o for _, o in samples))


def median(samples: Sequence[Sample], what: str) -> float:
    """The median of one of the numbers: ``wall``, ``cpu`` or ``memory``."""
    return float(statistics.median(getattr(sample, what) for sample in samples))


def fastest(samples: Sequence[Sample]) -> float:
    """The fewest seconds of the processor: what else a machine is at only adds to them."""
    return min(sample.cpu for sample in samples)
