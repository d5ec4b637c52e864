"""Rule: patterns match templates."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from tutor.config.userfile import distance
from tutor.env.patterns import compiled
from tutor.exceptions import RenderError
from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject

#: The folder with which a pattern begins, where it is written out.
_FOLDER = re.compile(r"\^?((?:\w|-|\\[.-])+)/")
#: The beginning of a pattern that is meant for what may lie anywhere.
_ANYWHERE = re.compile(r"\^?[^\w^]")


def check(subject: Subject) -> Iterator[Place]:
    """Patterns without a template, unless they keep out what is there only sometimes, or is another's."""
    for hook, handle in (
        ("ENV_PATTERNS_IGNORE", Filters.ENV_PATTERNS_IGNORE),
        ("ENV_PATTERNS_INCLUDE", Filters.ENV_PATTERNS_INCLUDE),
    ):
        for pattern, origin in subject.own(handle):
            with contextlib.suppress(RenderError):  # told by another rule
                found = _fault(subject, compiled([(pattern, origin)], hook)[0])
                if found is not None:
                    yield Place(f"The pattern {pattern} of {hook} {found[0]}", origin, found[1])


def _fault(subject: Subject, pattern: re.Pattern[str]) -> tuple[str, str] | None:
    """What is wrong with a pattern, and what to do."""
    names = subject.template_names
    if any(map(pattern.match, names)):
        return None
    inside = next((name for name in (*_own(subject), *names) if pattern.search(name)), None)
    if inside is not None:
        problem = f"matches no template: it has to match from the beginning, as in {inside}"
        return problem, f"begin with the folder, or with .*: .*{pattern.pattern}"
    if _ANYWHERE.match(pattern.pattern) or _is_of_another(subject, pattern.pattern):
        return None
    return "matches no template", "correct the path, which begins below the folder of templates"


def _own(subject: Subject) -> Iterator[str]:
    for root in subject.template_roots:
        yield from subject.project.renderer.sources.names(root)


def _is_of_another(subject: Subject, pattern: str) -> bool:
    """Whether a pattern begins with a folder that no plugin here has, and that is no mistake either."""
    found = _FOLDER.match(pattern)
    if found is None:
        return False
    folder, rest = found[1].replace("\\", ""), pattern[found.end() :]
    with contextlib.suppress(re.error):
        if any(map(re.compile(rest).match, _own(subject))):
            return False  # the path in the package, or in the environment
    known = {name.partition("/")[0] for name in subject.template_names}
    own = {name.partition("/")[0] for name in _own(subject)}
    return folder not in known and all(distance(folder, other) > 2 for other in own)


RULE = Rule(
    slug="unmatched-pattern",
    severity="warning",
    title="A pattern that matches no template",
    why="Patterns of `ENV_PATTERNS_IGNORE` and `ENV_PATTERNS_INCLUDE` match the beginning of a template's "
    "path, such as `myapp/apps/settings.yml`: `partials/` alone matches nothing in it, `.*/partials/` does. "
    "What should be left out is rendered, and what should be rendered is left out.",
    check=check,
)
