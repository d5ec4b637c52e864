"""Rule: what a plugin calls or declares has an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.core.hooks import current
from tutor.core.hooks.registry import SLIPS
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Calls of `add` that are handed a function or an item, and folders of templates that are not there."""
    for entry in current().entries(SLIPS):
        if entry.origin.plugin == subject.name:
            for sentence in entry.items:
                yield Place(sentence[0].upper() + sentence[1:], entry.origin, "correct the plugin")


RULE = Rule(
    slug="idle-call",
    severity="warning",
    title="A call or an attribute without effect",
    why="`FILTER.add(…)` is handed a priority, and gives a decorator: the function comes after it, as in "
    "`@FILTER.add()`. An item is added with `FILTER.add_item(item)`.",
    check=check,
    rendered=False,
)
