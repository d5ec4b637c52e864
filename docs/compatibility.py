"""The page of published plugins, from the results that the tests in tests/compat record."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent / "tests"
RESULTS = TESTS / "compat" / "results.json"
#: What the incumbent makes of each release.
EFFECTS = TESTS / "data" / "effects"


def page() -> str:
    """The page's text."""
    results: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text())
    ran = [facts for facts in results.values() if "cannot" not in facts]
    packages = {pin.split("==")[0] for pin in results}
    lines = [
        "# Published plugins",
        "",
        f"{len(ran)} of {len(results)} releases of {len(packages)} published packages run unmodified:",
        f"{_ratio(results, 'v1')} of API v1, {_ratio(results, 'v0')} of API v0. Each is listed, enabled and",
        "saved; its patches, files, settings, init tasks, images, commands and jobs are looked for in the",
        "environment; it is disabled, and the environment is byte for byte the one before. The newest",
        "releases also run all together, but for those that cannot beside each other. The tests are in",
        "`tests/compat`; the list, with what each needs, is `tests/compat/packages.yml`.",
        "",
        "The column *as in* names the release of the incumbent that makes the same of it: with the same",
        "secrets, both have the same settings, init tasks, images, commands, jobs, hosts and mounts, the",
        "same files of the plugin byte for byte, and the same changes of the core's files. Releases before",
        "22 are compared in the plugin's own settings and files, because the platform around them was",
        "another one. Some sets of plugins that are enabled together are compared, too. What differs on",
        "purpose is told in",
        "[differences](differences.md).",
        "",
        "| package | version | API | settings | patches | files | tasks | images | commands | as in | |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for pin in sorted(results, key=order):
        package, version = pin.split("==")
        lines.append(_row(package, version, results[pin]))
    lines += [
        "",
        "Patches that no template uses have a point in another plugin, or in a release of old;",
        "`plugins enable` names them, and what to use instead where there is something.",
    ]
    return "\n".join(lines) + "\n"


def _ratio(results: dict[str, dict[str, Any]], api: str) -> str:
    """How many releases of an API run, out of how many. Only old releases cannot be installed."""
    known = [facts for facts in results.values() if facts.get("api", "v0") == api]
    return f"{len([facts for facts in known if 'cannot' not in facts])} of {len(known)}"


def _row(package: str, version: str, facts: dict[str, Any]) -> str:
    columns = ("settings", "patches", "files", "tasks", "images", "commands")
    numbers = [str(facts[c]) if c in facts else "" for c in columns]
    remark = f"Does not run: {facts['cannot']}" if "cannot" in facts else ""
    if facts.get("unbuildable"):
        remark = f"Nothing to build from: {', '.join(facts['unbuildable'])}."
    if facts.get("set"):
        remark = f"Needs {', '.join(f'`{name}`' for name in facts['set'])} to be set first."
    if facts.get("apart"):
        remark = f"{remark} Not together with all others: {facts['apart']}".strip()
    if facts.get("unused"):
        names = ", ".join(f"`{name}`" for name in facts["unused"])
        remark = f"{remark} Used by no template: {names}".strip()
    numbers.append(_judge(f"{package}=={version}"))
    return f"| {package} | {version} | {facts.get('api', '')} | {' | '.join(numbers)} | {remark} |"


def _judge(pin: str) -> str:
    """The release whose effects a release has here; empty where none of them runs it."""
    path = EFFECTS / f"{pin}.json"
    found = json.loads(path.read_text()) if path.is_file() else {"fails": True}
    return "" if "fails" in found else str(found["judge"]).partition("==")[2]


def order(pin: str) -> tuple[str, list[int]]:
    """By package, its newest release first."""
    package, version = pin.split("==")
    return package, [-int(number) for number in re.findall(r"\d+", version)]
