"""Running the rules on plugins that were loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.rule import Finding, all_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tutor.plugins.checks.subject import Subject


def examine(
    subject: Subject,
    ignored: Collection[str] = (),
    *,
    only: Collection[str] | None = None,
    deep: bool = True,
) -> Iterator[Finding]:
    """What the rules find in one plugin. The same thing is said once.

    Args:
        subject: the plugin.
        ignored: slugs of rules that are left out.
        only: slugs of the rules that are asked for, if not all.
        deep: also rules that take long.
    """
    seen = set()
    for rule in all_rules():
        if rule.slug in ignored or (only is not None and rule.slug not in only):
            continue
        if (rule.deep and not deep) or (rule.loaded and not subject.loaded):
            continue
        for place in rule.check(subject):
            finding = Finding.of(rule, subject, place)
            if finding not in seen:
                seen.add(finding)
                yield finding
