"""A ratio counts as fallen only when it was too low twice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import check
from benchmarks.cases import Case, Measured
from benchmarks.measure import Command, Pair, Sample

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def sample(cpu: float) -> Sample:
    return Sample(wall=cpu, cpu=cpu, memory=10.0)


def answering(monkeypatch: pytest.MonkeyPatch, *ratios: float) -> list[int]:
    """Let the next measurements have these ratios; the numbers of runs that were asked for."""
    left, asked = list(ratios), []

    def measure(case: Case, repeat: int) -> Measured:
        asked.append(repeat)
        return Measured(case, Pair((sample(left.pop(0)),), (sample(1.0),)))

    monkeypatch.setattr(Case, "measure", measure)
    return asked


def case(title: str) -> Case:
    command = Command((sys.executable, "-c", "pass"), {})
    return Case("0", title, command, command)


def test_a_ratio_that_keeps_two_thirds_has_not_fallen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, 4.1)
    assert check.fallen([case("list")], {"0: list": 6.0}, 5) == {}
    assert asked == [5]


def test_one_that_was_low_once_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, 6.0, 3.0, 5.0)
    known = {"0: list": 6.0, "0: save": 6.0}
    assert check.fallen([case("list"), case("save")], known, 5) == {}
    assert asked == [5, 5, 10]


def test_one_that_stays_low_has_fallen(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 3.0, 3.9)
    assert check.fallen([case("list")], {"0: list": 6.0}, 5) == {"0: list": 3.9}


def test_what_was_not_recorded_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch)
    assert check.fallen([case("list")], {}, 5) == {}
    assert asked == []


def test_ratios_are_recorded_as_they_are_read(tmp_path: Path) -> None:
    one = Measured(case("list"), Pair((sample(3.0), sample(8.0)), (sample(1.0), sample(2.0))))
    check.record([one], tmp_path / "recorded.json")
    assert check.recorded(tmp_path / "recorded.json") == {"0: list": 3.5}
