"""A patch point: where templates have it, and what plugins put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.contract import RETIRED_PATCHES
from tutor.explain.places import calling, owner
from tutor.explain.subject import Answer, Fact

if TYPE_CHECKING:
    from tutor.env.render import RenderedTree
    from tutor.project import Project


def explain(project: Project, tree: RenderedTree, name: str) -> Answer:
    """Explain a patch point, or a patch for which there is none."""
    points = calling(project, name)
    patches = tuple(
        Fact(f"{owner(origin)}: {_first_line(content)}", origin.place or None, origin.plugin)
        for content, origin in project.renderer.patches.get(name, ())
    )
    rendered = tuple(
        Fact(
            f"env/{path}, lines {span.first}-{span.last}: {owner(span.patch.origin)}",
            None,
            span.patch.origin.plugin,
        )
        for path, file in tree.files.items()
        for span in file.spans
        if span.patch.name == name
    )
    if name in RETIRED_PATCHES:
        summary = f"{name} is a patch point of older releases; instead: {RETIRED_PATCHES[name]}"
    elif points:
        summary = f"{name} is a patch point, and {_count(len(patches))} it"
    else:
        summary = f"{name} is used by no template of those that are enabled"
    facts = {"In templates": points, "What plugins put there": patches, "In the environment": rendered}
    return Answer("patch", name, summary, {title: found for title, found in facts.items() if found})


def _count(number: int) -> str:
    if number == 0:
        return "no enabled plugin uses"
    return "one plugin uses" if number == 1 else f"{number} contributions use"


def _first_line(content: str) -> str:
    lines = [line for line in content.splitlines() if line.strip()]
    first = lines[0].strip() if lines else "(empty)"
    return first + (f" … ({len(lines)} lines)" if len(lines) > 1 else "")
