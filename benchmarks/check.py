"""Whether we are still as much faster than the incumbent as was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.cases import Case, Measured

RECORDED = Path(__file__).parent / "recorded.json"
#: A ratio may fall to this part of the recorded one.
KEPT = 2 / 3
#: Times that a fallen ratio is measured: other work on the machine may have hit the first one.
ATTEMPTS = 2


def record(measured: Iterable[Measured], path: Path = RECORDED) -> None:
    """Keep the ratios to compare with."""
    ratios = {one.case.name: round(one.pair.ratio, 2) for one in measured}
    path.write_text(json.dumps(ratios, indent=1) + "\n")


def recorded(path: Path = RECORDED) -> dict[str, float]:
    """The ratios to compare with: name of a case → ratio."""
    ratios: dict[str, float] = json.loads(path.read_text())
    return ratios


def fallen(cases: Sequence[Case], known: Mapping[str, float], repeat: int) -> dict[str, float]:
    """Measure cases, and those that are too low once more, with twice as many runs.

    Args:
        cases: what is measured; one that is not recorded is left out.
        known: the recorded ratios.
        repeat: runs of each command.

    Returns:
        The ratios that have fallen, in every attempt, below `KEPT` of what was recorded.
    """
    left = [case for case in cases if case.name in known]
    ratios: dict[str, float] = {}
    for attempt in range(ATTEMPTS):
        ratios = {case.name: case.measure(repeat * (attempt + 1)).pair.ratio for case in left}
        left = [case for case in left if ratios[case.name] < known[case.name] * KEPT]
    return {case.name: ratios[case.name] for case in left}
