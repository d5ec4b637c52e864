"""What the rules of `tutor plugins check` find in published plugins, and the record of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.compat.packages import releases
from tutor.commands.added import added_commands
from tutor.commands.examination import Request, examined
from tutor.engines.run import ProcessRunner
from tutor.plugins.checks import Finding, Subject, examine
from tutor.plugins.checks.rule import SEVERITIES
from tutor.plugins.checks.subject import Rendering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.compat.conftest import CompatSession
    from tests.compat.packages import Release
    from tutor.env.render import RenderedTree
    from tutor.project import Project

#: What was found in each release, by ``PACKAGE==VERSION``. The page of the documentation is made from it.
RESULTS = Path(__file__).parent / "checks.json"
#: The rule for which another process has to render.
ELSEWHERE = "nondeterministic"

Outcome = dict[str, dict[str, int]]


def as_the_command(session: CompatSession, release: Release, enabled: Iterable[str]) -> list[Finding]:
    """What `tutor plugins check` finds, in processes of its own: seconds for each release."""
    names = tuple(dict.fromkeys([*enabled, release.name]))
    request = Request(str(session.root), str(session.plugins_root), names, (release.name,))
    with session.environment({}):
        return examined(ProcessRunner(), request)


def in_this_process(project: Project, tree: RenderedTree, name: str) -> list[Finding]:
    """The same about an opened project that is rendered already, but for what another process has to tell."""
    rendering = Rendering.of_tree(project, tree)
    return list(
        examine(Subject(project.installed[name][0], project, rendering, added_commands()), (ELSEWHERE,))
    )


def keep(release: Release, findings: Iterable[Finding], *, update: bool) -> None:
    """Assert that what was found is what is written down, or write it down."""
    known, outcome = _recorded(), _outcome(findings)
    if update:
        known = {pin: facts for pin, facts in known.items() if pin in releases()} | {release.pin: outcome}
        RESULTS.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
        return
    expected = {
        severity: {rule: number for rule, number in rules.items() if rule != ELSEWHERE}
        for severity, rules in known.get(release.pin, {}).items()
    }
    assert {severity: rules for severity, rules in expected.items() if rules} == outcome, (
        "run pytest --update-golden, then read the difference: a false alarm is a bug"
    )


def _recorded() -> dict[str, Outcome]:
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    return found


def _outcome(findings: Iterable[Finding]) -> Outcome:
    counts: dict[str, Counter[str]] = {severity: Counter() for severity in SEVERITIES}
    for finding in findings:
        assert finding.message
        assert finding.hint
        counts[finding.severity][finding.rule] += 1
    return {severity: dict(sorted(rules.items())) for severity, rules in counts.items() if rules}
