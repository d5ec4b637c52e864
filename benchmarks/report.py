"""What was measured, as a page of the documentation: tables and a plot."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import platform
import textwrap
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import cases
from benchmarks.measure import median
from benchmarks.subjects import PEER, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.cases import Alone, Measured

PAGE = REPOSITORY / "docs" / "reference" / "benchmarks.md"
_ROW, _LEFT, _WIDTH = 22, 330, 820

_HEAD = """# Benchmarks

Written by `python -m benchmarks`, which installs both programs and runs the same commands on the same input,
in turn, on the same machine. *Theirs* is the incumbent, `{peer}` of PyPI; *ours* is this checkout. Times
are milliseconds of the processor, medians. The ratio, theirs to ours, is the median over the pairs of runs;
more than 1 means that ours is faster. Memory is the peak of the resident set, in MiB.

{date}, {machine}.

![Ratios](benchmarks.svg)

A generated plugin has {patches} patches and {settings} settings. The published ones are the newest releases
of those packages in `tests/compat/packages.yml` that both programs save together. A first save makes the keys
of the platform, which takes more or less time as luck has it.
"""
_ALONE = """
## Beside what nobody can be faster than

Milliseconds of the processor. *Floor* is an empty Python for `--version`, and for the others a Python that
parses the settings and writes the files of the environment, and does nothing else. The incumbent has no
`plan`; compare it with a save.

| plugins | command | floor | ours | times the floor |
|---|---|--:|--:|--:|
"""
_GROWTH = """
## As projects grow

A save with one setting changed: milliseconds of the processor, of the fastest of seven. What one more costs,
between two columns, stays the same where the cost grows in a straight line.

"""


def write(
    measured: Sequence[Measured],
    alone: Sequence[Alone],
    growth: Sequence[tuple[str, int, float]],
    published: Sequence[str],
    page: Path = PAGE,
) -> None:
    """Write the page, and the plot beside it."""
    head = _HEAD.format(
        peer=PEER,
        date=f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}",
        machine=machine(),
        patches=cases.PATCHES,
        settings=cases.SETTINGS,
    )
    parts = [
        head,
        *_compared(measured),
        _ALONE,
        *_beside_floors(alone),
        _GROWTH,
        *_grown(growth),
        _published(published),
    ]
    page.write_text("".join(parts))
    page.with_suffix(".svg").write_text(
        plot([(m.case.plugins, m.case.title, m.pair.ratio) for m in measured])
    )


def machine() -> str:
    """What kind of machine this is, without its name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{model}, {os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"


def _compared(measured: Sequence[Measured]) -> Iterator[str]:
    yield (
        "\n| plugins | command | theirs | ours | ratio | ratio on the clock | memory, theirs | ours |\n"
        "|---|---|--:|--:|--:|--:|--:|--:|\n"
    )
    for one in measured:
        theirs, ours = one.pair.theirs, one.pair.ours
        cells = (
            one.case.plugins,
            one.case.title,
            *(f"{median(samples, 'cpu') * 1000:.0f}" for samples in (theirs, ours)),
            *(f"{ratio:.1f}" for ratio in (one.pair.ratio, one.pair.wall_ratio)),
            *(f"{median(samples, 'memory'):.0f}" for samples in (theirs, ours)),
        )
        yield _row(cells)


def _beside_floors(alone: Sequence[Alone]) -> Iterator[str]:
    for one in alone:
        for title in ("--version", cases.FIRST, cases.UNCHANGED, cases.CHANGED, "plan"):
            floor = median(one.samples["empty" if title == "--version" else "saving"], "cpu")
            ours = median(one.samples[title], "cpu")
            yield _row(
                (one.plugins, title, f"{floor * 1000:.0f}", f"{ours * 1000:.0f}", f"{ours / floor:.1f}")
            )


def _grown(growth: Sequence[tuple[str, int, float]]) -> Iterator[str]:
    numbers = list(dict.fromkeys(number for _, number, _ in growth))
    steps = list(itertools.pairwise(numbers))
    yield _row(("", *(str(n) for n in numbers), *(f"one more, {a} to {b}" for a, b in steps)))
    yield "|---|" + "--:|" * (len(numbers) + len(steps)) + "\n"
    for what in dict.fromkeys(what for what, _, _ in growth):
        times = {number: seconds * 1000 for w, number, seconds in growth if w == what}
        costs = [f"{(times[b] - times[a]) / (b - a):.2f}" for a, b in steps]
        yield _row((what, *(f"{times[n]:.0f}" for n in numbers), *costs))


def _published(releases: Sequence[str]) -> str:
    names = textwrap.fill(", ".join(sorted(releases)), 118, break_on_hyphens=False, break_long_words=False)
    return f"\n## The published plugins\n\n{names}\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def plot(rows: Sequence[tuple[str, str, float]]) -> str:
    """Bars of ratios as SVG. A plain text: a plotting library is much for rectangles.

    Args:
        rows: (plugins, title of the command, ratio)
    """
    widest = max(ratio for _, _, ratio in rows)
    scale = (_WIDTH - _LEFT - 60) / widest
    even = _LEFT + scale
    height = _ROW * len(rows) + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}">',
        "<style>text { font: 12px sans-serif; }</style>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, (plugins, title, ratio) in enumerate(rows):
        y = _ROW * number + 16
        label = escape(f"{title}, {plugins} plugins".replace("published plugins", "published"))
        parts += [
            f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{label}</text>',
            f'<rect x="{_LEFT}" y="{y - 12}" width="{scale * ratio:.0f}" height="15" fill="#15376d"/>',
            f'<text x="{_LEFT + scale * ratio + 6:.0f}" y="{y}">{ratio:.1f}</text>',
        ]
    parts += [
        f'<line x1="{even:.0f}" x2="{even:.0f}" y1="0" y2="{height - 18}" stroke="#c33"/>',
        f'<text x="{even:.0f}" y="{height - 6}" text-anchor="middle">as fast as the incumbent</text>',
    ]
    return "\n".join([*parts, "</svg>", ""])
