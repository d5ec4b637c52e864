"""The page of what the rules find in published plugins, from what their tests recorded."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from compatibility import order

RESULTS = Path(__file__).parent.parent / "tests" / "compat" / "checks.json"
SEVERITIES = ("error", "warning", "hint")


def page() -> str:
    """The page as Markdown."""
    results: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text())
    totals = Counter[str]()
    for facts in results.values():
        for rules in facts.values():
            totals.update(rules)
    lines = [
        "# What the checks find in published plugins",
        "",
        f"{len(results)} releases, unmodified, each after those that it builds on, with default settings",
        "and those that it needs. What the rules are about: [checks of plugins](checks.md). To see each",
        "finding with its place: `tutor plugins check NAME`. Recorded by the tests in `tests/compat`.",
        "",
        "| rule | findings |",
        "|---|---|",
        *(f"| [`{rule}`](checks.md#{rule}) | {number} |" for rule, number in sorted(totals.items())),
        "",
        "| package | version | errors | warnings | hints |",
        "|---|---|---|---|---|",
    ]
    for pin in sorted(results, key=order):
        package, version = pin.split("==")
        cells = [_cell(results[pin].get(severity, {})) for severity in SEVERITIES]
        lines.append(f"| {package} | {version} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(rules: dict[str, int]) -> str:
    return ", ".join(rule + (f" ({number})" if number > 1 else "") for rule, number in rules.items())
