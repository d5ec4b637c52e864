"""Patch points: where templates ask for patches, in which format, and what plugins put there.

Everything but the explanations comes from the templates themselves: the core's and those of enabled plugins.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes

from tutor import serialize
from tutor.env import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tutor.core.hooks import Origin
    from tutor.env.render import Renderer

#: What follows the beginning of a name that a template puts together.
REST = "*"
#: Filters that take something from patches, instead of putting them into a file.
READING = frozenset({"caddy_hosts"})


@dataclass(frozen=True, slots=True)
class Place:
    """One call of ``patch()`` in a template.

    Args:
        template: its name.
        line: in the template, counted from 1.
        indent: spaces before each line but the first: what the template does itself. Patches need none.
        files: rendered files that contain it, relative to the environment.
        origin: who the template belongs to.
    """

    template: str
    line: int
    indent: int
    files: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a patch point is for, and what can stand there."""

    doc: str = ""
    example: str = ""


@dataclass(slots=True)
class PatchPoint:
    """A name that templates ask for.

    Args:
        name: ends with ``*`` where templates put the rest together.
        places: where.
        uses: contents of enabled plugins, not rendered, each with where it comes from.
    """

    name: str
    places: list[Place] = field(default_factory=list)
    uses: list[tuple[str, Origin]] = field(default_factory=list)

    @property
    def format(self) -> str:
        """The format of the files, in words."""
        paths = dict.fromkeys(path for place in self.places for path in place.files or (place.template,))
        return ", ".join(dict.fromkeys(formats.title(path) for path in paths))

    def matches(self, name: str) -> bool:
        """Whether a patch of this name lands here."""
        if self.name.endswith(REST):
            return name.startswith(self.name[: -len(REST)])
        return name == self.name

    @property
    def explanation(self) -> Explanation:
        """Of the core's points; others explain themselves in their plugin's documentation."""
        return explanations().get(self.name, Explanation())


def patch_points(renderer: Renderer) -> dict[str, PatchPoint]:
    """Every patch point of the core and of enabled plugins, by name, in the order of names."""
    found: dict[str, PatchPoint] = {}
    files = _files_of_templates(renderer)
    for name, (tree, origin) in _templates(renderer).items():
        for point, line, indent in _calls(tree, 0):
            place = Place(name, line, indent, tuple(sorted(files.get(name, ()))), origin)
            found.setdefault(point, PatchPoint(point)).places.append(place)
    for patch, contents in renderer.patches.items():
        for known in found.values():
            if known.matches(patch):
                known.uses += contents
    return dict(sorted(found.items()))


@cache
def explanations() -> Mapping[str, Explanation]:
    """What is said of the core's patch points."""
    content = serialize.load(Path(__file__).with_suffix(".yml").read_text())
    return {name: Explanation(**texts) for name, texts in content.items()}


def _templates(renderer: Renderer) -> dict[str, tuple[nodes.Template, Origin]]:
    """Templates that ask for patches, parsed. Where roots share a name, the first counts."""
    found: dict[str, tuple[nodes.Template, Origin]] = {}
    seen = set()
    for root, origin in renderer.roots:
        for name in renderer.sources.names(root):
            if name in seen:
                continue
            seen.add(name)
            try:
                source = renderer.sources.read(os.path.join(root, name)).decode()
                if "patch(" in source or "include" in source or "import" in source:
                    found[name] = (renderer.jinja.parse(source), origin)
            except (ValueError, OSError, jinja2.TemplateSyntaxError):
                continue  # no template: a picture, or JavaScript with braces
    return found


def _calls(node: nodes.Node, indent: int) -> Iterator[tuple[str, int, int]]:
    """Name, line and indentation of each call of ``patch()`` below a node."""
    if isinstance(node, (nodes.Filter, nodes.FilterBlock)):
        inner = node.filter if isinstance(node, nodes.FilterBlock) else node
        if inner.name in READING:
            return
        if inner.name == "indent":
            indent += _width(inner)
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "patch":
        name = _name(node.args[0]) if node.args else ""
        if name:
            yield name, node.lineno, indent
    for child in node.iter_child_nodes():
        yield from _calls(child, indent)


def _width(indent: nodes.Filter) -> int:
    for value in (*indent.args[:1], *(k.value for k in indent.kwargs if k.key == "width")):
        if isinstance(value, nodes.Const) and isinstance(value.value, int):
            return value.value
    return 4  # the filter's default


def _name(argument: nodes.Expr) -> str:
    """A name, or how it begins."""
    if isinstance(argument, nodes.Const):
        return str(argument.value)
    first: Any = argument
    if isinstance(argument, nodes.Concat):
        first = argument.nodes[0]
    elif isinstance(argument, (nodes.Add, nodes.Mod)):
        first = argument.left
    elif isinstance(argument, nodes.Call) and isinstance(argument.node, nodes.Getattr):
        first = argument.node.node
    text = str(first.value) if isinstance(first, nodes.Const) else ""
    return text.partition("%")[0].partition("{")[0] + REST if text else ""


def _files_of_templates(renderer: Renderer) -> dict[str, set[str]]:
    """Template → rendered files that it gets into, by itself or because others include it."""
    found: dict[str, set[str]] = {}
    for path, (template, _) in renderer.targets().items():
        found.setdefault(template, set()).add(path)
    included = {name: set(_included(tree, name)) for name, (tree, _) in _templates(renderer).items()}
    changed = True
    while changed:
        changed = False
        for name, others in included.items():
            for other in others:
                more = found.get(name, set()) - found.setdefault(other, set())
                if more:
                    found[other] |= more
                    changed = True
    return found


def _included(tree: nodes.Template, name: str) -> Iterable[str]:
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        template = getattr(node, "template", None)
        if isinstance(template, nodes.Const) and template.value != name:
            yield str(template.value)
