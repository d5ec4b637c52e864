"""Marks around what a patch contributed, so that every line of a rendered file knows its origin.

The marks are private-use characters of the last Unicode plane, which nothing else uses. They hug the text
that they enclose, white space left outside, so that filters such as ``indent`` and ``trim`` give what
they would give without them. What counts or cuts characters, such as ``length``, does see them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.core.named import Named

if TYPE_CHECKING:
    from tutor.core.hooks import Origin

_OPEN, _END, _CLOSE, _ZERO = "\U0010f800", "\U0010f801", "\U0010f802", 0x10F810
#: Hexadecimal digits of numbers, and the marks that stand for them.
_TO_MARKS = {ord(f"{digit:x}"): _ZERO + digit for digit in range(16)}
_FROM_MARKS = {mark: digit for digit, mark in _TO_MARKS.items()}
# Patterns are texts: most commands use none, and compiling them takes as long as reading a file.
_MARK = "\U0010f800([\U0010f810-\U0010f81f]+)\U0010f801|\U0010f802"
# What json.dumps makes of the marks, each a surrogate pair; what repr makes of them; pieces of a cut mark.
_ESCAPED = (
    r"(?:\\udbfe\\udc(?:0[0-2]|1[0-9a-f]))+"
    r"|(?:\\U0010f8(?:0[0-2]|1[0-9a-f]))+|[\U0010f800-\U0010f802\U0010f810-\U0010f81f]+"
)


class PatchUse(Named):
    """One plugin's content at one patch point."""

    name: str
    origin: Origin
    #: Which of the contents at that point.
    number: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PatchUse) and self[:2] == other[:2]

    def __hash__(self) -> int:
        return hash(self[:2])


class Span(Named):
    """Lines ``first`` to ``last`` of a file, counted from 1, that one patch contributed."""

    first: int
    last: int
    patch: PatchUse


class Marker:
    """Marks texts while a tree is rendered, and reads the marks back."""

    def __init__(self) -> None:
        self._uses: list[PatchUse] = []

    def mark(self, text: str, use: PatchUse) -> str:
        """Enclose what ``use`` contributed; blank text has nothing to enclose."""
        core = text.strip()
        if not core:
            return text
        self._uses.append(use)
        number = f"{len(self._uses) - 1:x}".translate(_TO_MARKS)
        start = text.index(core)
        return f"{text[:start]}{_OPEN}{number}{_END}{core}{_CLOSE}{text[start + len(core) :]}"

    def read(self, text: str) -> tuple[str, tuple[Span, ...]]:
        """Return the text without marks, and the lines that each patch contributed, inner ones last."""
        if not self._uses:
            return text, ()
        pieces, spans, stack = [], [], []
        line, position = 1, 0
        for match in re.finditer(_MARK, text):
            piece = text[position : match.start()]
            position = match.end()
            pieces.append(piece)
            line += piece.count("\n")
            if match[1]:
                stack.append((line, self._uses[int(match[1].translate(_FROM_MARKS), 16)]))
            elif stack:
                first, use = stack.pop()
                spans.append(Span(first, line, use))
        pieces.append(text[position:])
        # Outer spans close after inner ones; readers take the last that covers a line.
        spans.reverse()
        return _without_pieces("".join(pieces)), tuple(spans)


def unmarked(text: str) -> str:
    """The text without marks."""
    return _without_pieces(text if text.isascii() else re.sub(_MARK, "", text))


def _without_pieces(text: str) -> str:
    """The text without what filters have left of marks."""
    if text.isascii() and "\\udbfe" not in text and "\\U0010f8" not in text:
        return text  # nearly always, and told in no time
    return re.sub(_ESCAPED, "", text)
