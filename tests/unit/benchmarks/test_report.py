"""The page has every number, and the plot a bar for each."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from benchmarks import cases, report
from benchmarks.measure import Command, Pair, Sample

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = Command(("tutor",), {})
SVG = "{http://www.w3.org/2000/svg}"


def runs(cpu: float, memory: float = 30.0) -> tuple[Sample, ...]:
    return (Sample(wall=cpu * 2, cpu=cpu, memory=memory),)


def test_the_page_has_what_was_measured(tmp_path: Path) -> None:
    case = cases.Case("40", cases.UNCHANGED, COMMAND, COMMAND)
    measured = [cases.Measured(case, Pair(runs(1.2, 60), runs(0.15, 40)))]
    titles = ("--version", cases.FIRST, cases.UNCHANGED, cases.CHANGED, "plan")
    alone = cases.Alone(
        "40", {"empty": runs(0.01), "saving": runs(0.05)} | {title: runs(0.1) for title in titles}
    )
    growth = [("plugins", 10, 0.2), ("plugins", 100, 1.1)]
    report.write(measured, [alone], growth, ["tutor-b==2", "tutor-a==1"], tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "| 40 | config save, unchanged | 1200 | 150 | 8.0 | 8.0 | 60 | 40 |" in page
    assert "| 40 | --version | 10 | 100 | 10.0 |" in page
    assert "| 40 | plan | 50 | 100 | 2.0 |" in page
    assert (
        "|  | 10 | 100 | one more, 10 to 100 |\n|---|--:|--:|--:|\n| plugins | 200 | 1100 | 10.00 |" in page
    )
    assert report.machine() in page
    assert page.endswith("\n\ntutor-a==1, tutor-b==2\n")


def test_the_plot_is_a_bar_for_each_ratio() -> None:
    root = ET.fromstring(report.plot([("0", "a < b", 2.0), ("40", "c", 8.0)]))
    bars = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect") if bar.get("fill") == "#15376d"]
    assert round(bars[1] / bars[0], 1) == 4.0
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[:4] == ["a < b, 0 plugins", "2.0", "c, 40 plugins", "8.0"]
