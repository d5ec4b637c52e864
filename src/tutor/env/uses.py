"""What a template reads, found in its text: settings, patch points, other templates, by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(slots=True)
class Uses:
    """What the lines of a template read; lines are counted from 1.

    Args:
        names: line → names that decide what stands there, conditions and loops around it included.
        patches: line → patch points.
        templates: line → other templates.
    """

    names: dict[int, set[str]] = field(default_factory=dict)
    patches: dict[int, set[str]] = field(default_factory=dict)
    templates: dict[int, set[str]] = field(default_factory=dict)

    @property
    def all_names(self) -> set[str]:
        """Names that any line reads."""
        return set().union(*self.names.values()) if self.names else set()

    @property
    def all_templates(self) -> set[str]:
        """Templates that any line takes in."""
        return set().union(*self.templates.values()) if self.templates else set()


def uses(environment: jinja2.Environment, source: str) -> Uses:
    """Read a template. One that is no template reads nothing."""
    if "{{" not in source and "{%" not in source:
        return Uses()
    try:
        tree = environment.parse(source)
    except jinja2.TemplateError:
        return Uses()
    found = _Reader()
    found.walk(tree.body, frozenset())
    return found.uses


def names_in(environment: jinja2.Environment, value: Any) -> set[str]:
    """Names that a setting's value reads, at any depth."""
    found: set[str] = set()
    for text in texts(value):
        found |= uses(environment, text).all_names
    return found


class _Reader:
    def __init__(self) -> None:
        self.uses = Uses()
        #: Variables of the template → what they were computed from.
        self.variables: dict[str, frozenset[str]] = {}

    def walk(self, statements: Iterable[nodes.Node], around: frozenset[str]) -> None:
        """Note what statements read, below conditions that read some names."""
        for node in statements:
            if isinstance(node, nodes.Output):
                self._output(node, around)
            elif isinstance(node, nodes.If):
                inner = around | self._expression(node.test, around)
                self.walk(node.body, inner)
                self.walk(node.elif_, inner)
                self.walk(node.else_, inner)
            elif isinstance(node, nodes.For):
                inner = around | self._expression(node.iter, around)
                self._assign(node.target, inner)
                self.walk(node.body, inner)
                self.walk(node.else_, inner)
            elif isinstance(node, (nodes.Assign, nodes.AssignBlock)):
                value = node.node if isinstance(node, nodes.Assign) else nodes.List(node.body)
                self._assign(node.target, around | self._expression(value, around))
            else:
                self._expression(node, around)

    def _output(self, node: nodes.Output, around: frozenset[str]) -> None:
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                for line in range(part.lineno, part.lineno + part.data.count("\n") + 1):
                    self._add(self.uses.names, line, around)
            else:
                self._add(self.uses.names, part.lineno, around | self._expression(part, around))

    def _expression(self, node: nodes.Node, around: frozenset[str]) -> frozenset[str]:
        """Names that a node reads; each is noted at its line."""
        found: set[str] = set()
        for inner in [node, *node.find_all(nodes.Node)]:
            if isinstance(inner, nodes.Name) and inner.ctx == "load":
                names = self.variables.get(inner.name, frozenset({inner.name}))
                found |= names
                self._add(self.uses.names, inner.lineno, around | names)
            elif isinstance(inner, nodes.Call) and _called(inner) == "patch":
                self._add(self.uses.patches, inner.lineno, _constants(inner.args[:1]))
            elif isinstance(inner, (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
                self._add(self.uses.templates, inner.lineno, _constants([inner.template]))
            elif isinstance(inner, nodes.TemplateData):
                for line in range(inner.lineno, inner.lineno + inner.data.count("\n") + 1):
                    self._add(self.uses.names, line, around)
        return frozenset(found)

    def _assign(self, target: nodes.Node, names: frozenset[str]) -> None:
        for inner in [target, *target.find_all(nodes.Name)]:
            if isinstance(inner, nodes.Name):
                self.variables[inner.name] = names

    def _add(self, where: dict[int, set[str]], line: int, names: Iterable[str]) -> None:
        where.setdefault(line, set()).update(names)


def _called(call: nodes.Call) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) else ""


def _constants(expressions: Iterable[nodes.Node]) -> set[str]:
    """Texts among expressions, also those in lists of them."""
    found = set()
    for expression in expressions:
        for node in [expression, *expression.find_all(nodes.Const)]:
            if isinstance(node, nodes.Const) and isinstance(node.value, str):
                found.add(node.value)
    return found


def texts(value: Any) -> Iterator[str]:
    """The texts in the value of a setting, each of which may be a template."""
    from tutor.config.settings import Alias

    if isinstance(value, Alias):
        yield f"{{{{ {value.name} }}}}"
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
