"""Rule: rendering twice gives the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.lines import in_source
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.env.render import RenderedFile
    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Lines of the plugin that another process rendered differently."""
    for path, again in (subject.rendering.again or {}).items():
        file = subject.rendering.tree.files.get(path)
        if file is None or (text := file.content.decode(errors="replace")) == again:
            continue
        lines = zip([*text.splitlines(), ""], [*again.splitlines(), ""], strict=False)
        line = next((n for n, (one, two) in enumerate(lines, start=1) if one != two), 1)
        line = min(line, len(text.splitlines()) or 1)
        if _plugin(file, line) == subject.name:
            yield Place(
                "It renders differently each time",
                in_source(file, line),
                "sort what has no order, and generate random values once, as settings",
                f"{path}:{line}",
            )


def _plugin(file: RenderedFile, line: int) -> str | None:
    span = file.contributor(line)
    return span.patch.origin.plugin if span else file.origin.plugin


RULE = Rule(
    slug="nondeterministic",
    severity="warning",
    title="Rendering twice does not give the same",
    why="Each save changes the file, restarts containers and rebuilds images for nothing. Reasons: a "
    "random value or the time in a template, the order of a Python set. The plugin is rendered by two "
    "processes for this.",
    check=check,
    deep=True,
)
