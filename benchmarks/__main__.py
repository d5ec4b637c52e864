"""``python -m benchmarks``: measure both programs and write the page, or compare with what is recorded.

Examples:
  python -m benchmarks                  everything: half an hour
  python -m benchmarks --repeat 5       sooner, and less exact
  python -m benchmarks --check          a few commands: fails when a ratio fell by a third
  python -m benchmarks --launch         a launch of the sandbox, beside Compose alone: ten minutes
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import cases, check, report
from benchmarks.subjects import programs

if TYPE_CHECKING:
    from benchmarks.subjects import Program, Project

#: Numbers of generated plugins.
PLUGINS = (0, 10, 40, 160)
#: Those whose floors are measured, too.
FLOORS = (0, 40, 160)
GROWTH = (10, 100, 1000)
#: What `--check` measures: number of plugins → titles.
#: No first save: how long making its key takes is a matter of luck.
CHECKED = {
    0: {
        *(title for title, _ in cases.READING),
        cases.COMPLETING,
        cases.UNCHANGED,
        cases.CHANGED,
    },
    10: {cases.UNCHANGED, cases.CHANGED},
}


def main() -> None:
    """Read the command line, install both programs and measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time this checkout and the incumbent in turn, and write docs/reference/benchmarks.md.",
    )
    parser.add_argument(
        "--check", action="store_true", help="only compare a few commands with the recorded ratios"
    )
    parser.add_argument(
        "--launch",
        action="store_true",
        help="only time a launch on the sandbox, and write docs/reference/launch-times.md",
    )
    parser.add_argument(
        "--repeat", type=int, help="runs of each command: 11, or 5 with --check, or 3 with --launch"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmarks.") as name:
        if chosen.check:
            _check(programs(), Path(name), chosen.repeat or 5)
        elif chosen.launch:
            from benchmarks import launch

            launch.write(launch.measure(Path(name), chosen.repeat or 3))
        else:
            _measure(programs(), Path(name), chosen.repeat or 11)


def _measure(both: tuple[Program, Program], folder: Path, repeat: int) -> None:
    from benchmarks import published

    ours = both[1]
    measured = []

    def measure(pair: tuple[Project, Project], label: str) -> None:
        for case in cases.of_projects(pair, label):
            one = case.measure(repeat)
            print(f"{case.plugins:>14}  {case.title:32} {one.pair.ratio:5.1f}", flush=True)
            measured.append(one)

    for number in PLUGINS:
        measure(cases.generated(both, folder, number), str(number))
    pair, releases = published.projects(both, folder / "published")
    measure(pair, f"{len(releases)} published")
    alone = []
    for number in FLOORS:
        _, project = cases.generated((ours, ours), folder / "floors", number)
        alone.append(cases.alone(project, str(number), repeat))
    growth = list(cases.growth(ours, folder, 7, GROWTH))
    report.write(measured, alone, growth, releases)
    check.record(measured)


def _check(both: tuple[Program, Program], folder: Path, repeat: int) -> None:
    """Compare with the recorded ratios.

    Raises:
        SystemExit: a ratio fell by a third.
    """
    chosen = []
    for number, titles in CHECKED.items():
        pair = cases.generated(both, folder, number)
        for project in pair:
            project.save()
        chosen += [case for case in cases.of_projects(pair, str(number)) if case.title in titles]
    known = check.recorded()
    slow = check.fallen(chosen, known, repeat)
    if slow:
        lines = [f"  {name}: {ratio:.1f} times, recorded {known[name]:.1f}" for name, ratio in slow.items()]
        raise SystemExit("\n".join(["Beside the incumbent, these are slower by a third:", *lines]))
    print(f"{len(chosen)} ratios to the incumbent are what they were, or better")


if __name__ == "__main__":
    main()
