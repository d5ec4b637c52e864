"""Texts that know where each of their pieces comes from, and templates that render to such texts.

The text itself is the one that would be there anyway: nothing in a template sees a difference. What a
template's own text and each of its expressions give gets its spot when it is put out; a text that has spots
keeps them on its way through macros, blocks and filters.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from tutor.env.generator import RuntimeGenerator
from tutor.env.jinja import SettingsEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a text that is rendered.

    Args:
        label: name of the template, or the label of a patch.
        line: counted from 1.
        point: for a line of a patch, the line of the template that asks for the patch.
    """

    label: str
    line: int
    point: Spot | None = None


#: Characters, and the spot that so many of them come from.
_Piece = tuple[int, Spot | None]


class Traced(str):
    """A text with the spots of its pieces."""

    pieces: tuple[_Piece, ...]

    def __new__(cls, text: str, pieces: Iterable[_Piece]) -> Traced:
        """A text with its pieces, which are as long as the text together."""
        made = super().__new__(cls, text)
        made.pieces = tuple(pieces)
        return made

    def __str__(self) -> str:  # what Jinja does to each value keeps the spots
        return self

    def __add__(self, other: str) -> str:
        return concat((self, other))

    def __radd__(self, other: str) -> str:
        return concat((other, self))

    def spots(self) -> list[Spot | None]:
        """The spot of each line: that of the first piece in it that is not blank."""
        found: list[Spot | None] = []
        pieces, rest, spot = iter(self.pieces), 0, None
        for line in self.splitlines(keepends=True):
            here, blank, position = None, True, 0
            while position < len(line):
                while rest == 0:
                    rest, spot = next(pieces)
                end = min(position + rest, len(line))
                if blank:
                    blank = not line[position:end].strip()
                    here = spot or here if not blank else here or spot
                position, rest = end, rest - (end - position)
            found.append(here)
        return found


def concat(texts: Iterable[str]) -> str:
    """Texts in a row, each with its spots."""
    listed = list(texts)
    joined = "".join(listed)
    if not any(isinstance(text, Traced) for text in listed):
        return joined
    pieces: list[_Piece] = []
    for text in listed:
        pieces += text.pieces if isinstance(text, Traced) else [(len(text), None)]
    return Traced(joined, pieces)


def carry(source: Traced, text: str) -> Traced:
    """What a text became in a filter, with the spots of its lines.

    As many lines are the same lines. Of more or fewer, those are the same that hold the same words, in their
    order; any other goes with the line before it.
    """
    spots, lines = source.spots(), text.splitlines(keepends=True)
    old = [line.strip() for line in source.splitlines()]
    if len(old) != len(lines):
        spots = [spots[number] if spots else None for number in _aligned(old, [li.strip() for li in lines])]
    return Traced(text, zip(map(len, lines), spots, strict=True))


def _aligned(old: list[str], new: list[str]) -> list[int]:
    """For each of the new lines which of the old ones it is."""
    found, start, last = [], 0, 0
    for words in new:
        rest = range(start, len(old)) if words else ()
        same = next((n for n in rest if old[n] == words), None)
        if same is None:
            same = next((n for n in rest if old[n] and (old[n] in words or words in old[n])), None)
        if same is not None:
            last = same
            start = same if old[same] != words and words in old[same] else same + 1
        found.append(last)
    return found


def _plain(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, Traced) else value


def _carrying(function: Callable[..., Any], owner: Traced | None = None) -> Callable[..., Any]:
    """A filter or a method of a text, as it is; texts that it makes of a traced one are traced."""

    @functools.wraps(function)
    def carrying(*arguments: Any, **named: Any) -> Any:
        source = owner or next((a for a in arguments if isinstance(a, Traced)), None)
        made = function(*map(_plain, arguments), **{key: _plain(value) for key, value in named.items()})
        if source is None or isinstance(made, Traced):
            return made
        if type(made) is list:
            return [carry(source, item) if type(item) is str else item for item in made]
        return carry(source, made) if type(made) is str else made

    return carrying


def _joining(function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter ``join``; texts in what it joins keep their spots."""

    @functools.wraps(function)
    def joining(context: Any, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> Any:
        values = list(value)
        if attribute is not None or not any(isinstance(item, Traced) for item in values):
            return function(context, values, d, attribute)
        between = [piece for item in values for piece in (d, str(item))]
        return concat(between[1:])

    return joining


class _TracingGenerator(RuntimeGenerator):
    """Code that gives each piece its spot."""

    def _output_child_to_const(self, node: Any, frame: Any, finalize: Any) -> str:  # noqa: ARG002 (Jinja's signature)
        raise nodes.Impossible

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        line = min(n.lineno for n in (node, *node.find_all(nodes.Node)) if n.lineno)
        function = "data" if isinstance(node, nodes.TemplateData) else "put_out"
        self.write(f"environment.{function}({self.name or ''!r}, {line}, ")
        super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: Any, frame: Any, finalize: Any) -> None:
        super()._output_child_post(node, frame, finalize)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Any) -> None:  # noqa: N802 (Jinja's name)
        """Texts with a tilde between them."""
        self.write("environment.concat(map(str, (")
        for inner in node.nodes:
            self.visit(inner, frame)
            self.write(", ")
        self.write(")))")


class TracingEnvironment(SettingsEnvironment):
    """Renders templates to traced texts."""

    code_generator_class = _TracingGenerator
    concat = staticmethod(concat)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.filters = {name: _carrying(function) for name, function in self.filters.items()}
        self.filters["join"] = _joining(self.filters["join"])
        functions = {name: value for name, value in self.globals.items() if inspect.isfunction(value)}
        self.globals.update((name, _carrying(function)) for name, function in functions.items())

    def compile(  # type: ignore[override]  # of its forms, the one that is used
        self, source: Any, name: str | None = None, filename: str | None = None, **how: Any
    ) -> Any:
        """Compile a template. What this makes is not kept."""
        return self._compile_anew(source, name, filename, **how)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute; methods of texts carry spots."""
        found = super().getattr(obj, attribute)
        return _carrying(found, obj) if isinstance(obj, Traced) and callable(found) else found

    def data(self, label: str, line: int, text: str) -> str:
        """A template's own text, which begins on a line."""
        lines = text.splitlines(keepends=True)
        return Traced(_plain(text), [(len(t), Spot(label, n)) for n, t in enumerate(lines, line)])

    def put_out(self, label: str, line: int, text: str) -> str:
        """What an expression on a line gives: pieces without a spot get that of the line."""
        here = Spot(label, line)
        if not isinstance(text, Traced):
            return Traced(text, [(len(text), here)])
        return Traced(_plain(text), [(length, _at(spot, here)) for length, spot in text.pieces])


def _at(spot: Spot | None, here: Spot) -> Spot:
    if spot is None:
        return here
    if spot.point is None and is_patch(spot.label) and not is_patch(here.label):
        return replace(spot, point=here)
    return spot


def is_patch(label: str) -> bool:
    """Whether a label is that of a patch, rather than of a template."""
    return label.startswith("<")
