"""The page of published plugins, from the results that the tests in tests/compat record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent.parent / "tests" / "compat" / "results.json"


def page() -> str:
    """The page's text."""
    results: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text())
    ran = [facts for facts in results.values() if "cannot" not in facts]
    lines = [
        "# Published plugins",
        "",
        f"{len(ran)} of {len(results)} releases of published plugins run unmodified. Each is listed,",
        "enabled and saved; its patches, files, settings, init tasks, images, commands and jobs are looked",
        "for in the environment; it is disabled, and the environment is byte for byte the one before. The",
        "newest releases also run all together. The tests are in `tests/compat`, the list in",
        "`tests/compat/packages.yml`.",
        "",
        "| package | version | API | settings | patches | files | init tasks | images | commands, jobs | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for pin in sorted(results, key=_order):
        package, version = pin.split("==")
        lines.append(_row(package, version, results[pin]))
    lines += [
        "",
        "Patches that no template uses have a point in another plugin, or in a release of old;",
        "`plugins enable` names them, and what to use instead where there is something.",
    ]
    return "\n".join(lines) + "\n"


def _row(package: str, version: str, facts: dict[str, Any]) -> str:
    columns = ("settings", "patches", "files", "tasks", "images", "commands")
    numbers = [str(facts[c]) if c in facts else "" for c in columns]
    remark = f"Does not run: {facts['cannot']}" if "cannot" in facts else ""
    if facts.get("unbuildable"):
        remark = f"Nothing to build from: {', '.join(facts['unbuildable'])}."
    if facts.get("unused"):
        names = ", ".join(f"`{name}`" for name in facts["unused"])
        remark = f"{remark} Used by no template: {names}".strip()
    return f"| {package} | {version} | {facts['api']} | {' | '.join(numbers)} | {remark} |"


def _order(pin: str) -> tuple[str, list[int]]:
    """By package, its newest release first."""
    package, version = pin.split("==")
    return package, [-int(number) for number in version.split(".")]
