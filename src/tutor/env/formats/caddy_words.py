"""Caddyfiles as words and blocks: https://caddyserver.com/docs/caddyfile/concepts.

Whatever Caddy's reader refuses before it knows what a word means is refused here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tutor.env.formats.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

# A word in quotes, a text up to a marker, a comment, a line that goes on, or a plain word.
_WORD = re.compile(
    r"""
    (?P<space>(?:[^\S\n]|\\\n)+ )
    | (?P<end>\n)
    | (?P<comment>\#[^\n]*)
    | "(?P<quoted>(?:\\.|[^"\\])*)"
    | `(?P<raw>[^`]*)`
    | <<(?P<marker>[\w-]+)\n (?P<document>.*?\n)? [^\S\n]*(?P=marker)(?=\s|\Z)
    | (?P<open>["`]|<<[\w-]+\n)
    | (?P<plain>(?:(?!\\\n)\S)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_OWN_LINES = "a block needs lines of its own: { ends a line, } stands on the next"
_VARIABLE = re.compile(r"\{\$([^{}:\s]+)(?::([^{}]*))?\}")


class Refused(Exception):  # noqa: N818 (no error of the product: what it carries becomes one)
    """Caddy would not read on from here."""

    def __init__(self, message: str, line: int, related: int | None = None) -> None:
        super().__init__(message)
        self.fault = Fault(message, line, related)


class Word(NamedTuple):
    """A word: what it says, its line (from 1), the line as Caddy counts it, and whether it is quoted."""

    text: str
    line: int
    row: int
    quoted: bool = False

    def is_brace(self, brace: str) -> bool:
        """Whether this is a brace that opens or closes a block."""
        return self.text == brace and not self.quoted


class Statement(NamedTuple):
    """Words on a line, and the block that they open, if any: a directive, a matcher, a site, a snippet."""

    words: tuple[Word, ...]
    body: tuple[Statement, ...] | None
    line: int

    @property
    def name(self) -> str:
        """The first word; empty where there is a block only."""
        return self.words[0].text if self.words else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the first."""
        return tuple(word.text for word in self.words[1:])


def words_of(text: str) -> list[Word]:
    """The words of a Caddyfile.

    Raises:
        Refused: a quoted text, or a text up to a marker, does not end.
    """
    text = _VARIABLE.sub(lambda found: found[0] if found[2] is None else found[2], text)
    words, line, row = [], 1, 1
    for found in _WORD.finditer(text):
        kind = found.lastgroup
        if kind == "end":
            row += 1
        elif kind == "open":
            what = "text in quotes" if found[0] in '"`' else f"text up to {found[0][2:].strip()}"
            raise Refused(f"the {what} does not end", line)
        elif kind not in ("space", "comment"):
            said = found[0] if kind == "plain" else found[kind or 0] or ""
            words.append(Word(said, line, row, kind != "plain"))
        line += found[0].count("\n")
    return words


def statements_of(text: str) -> tuple[Statement, ...]:
    """What stands in a Caddyfile, from the outside in.

    Raises:
        Refused: blocks that Caddy would not read.
    """
    return tuple(_Reader(words_of(text)).top())


class _Reader:
    """Words, read one after the other."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.at = 0

    @property
    def next(self) -> Word | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def top(self) -> Iterator[Statement]:
        """Global options, snippets, sites; one site at the end may have no braces of its own."""
        while (first := self.next) is not None:
            if first.is_brace("}"):
                raise Refused("a block is closed that was not opened", first.line)
            words = self._addresses()
            if self.next is not None and self.next.is_brace("{"):
                yield Statement(words, self._body(depth=1), first.line)
            elif first.text == "import":
                yield Statement(words, None, first.line)
            else:
                yield Statement(words, tuple(self._inside(depth=0, opened=first)), first.line)

    def _addresses(self) -> tuple[Word, ...]:
        words: list[Word] = []
        while (word := self.next) is not None and not word.is_brace("{"):
            if words and word.row != words[-1].row and not words[-1].text.endswith(","):
                break
            if word.text.endswith("{") and not word.quoted:
                raise Refused(f"a space is missing before the brace of {word.text}", word.line)
            words.append(word)
            self.at += 1
        if words and words[-1].text.endswith(",") and not words[-1].quoted:
            raise Refused("an address is missing after the comma", words[-1].line)
        return tuple(words)

    def _body(self, depth: int) -> tuple[Statement, ...]:
        opened = self.words[self.at]
        self.at += 1
        if self.next is not None and self.next.row == opened.row:
            if self.next.is_brace("}"):
                raise Refused(
                    "a block needs lines of its own: { ends a line, } stands on the next", opened.line
                )
            raise Refused("what stands after { begins on a line of its own", opened.line)
        return tuple(self._inside(depth, opened))

    def _inside(self, depth: int, opened: Word) -> Iterator[Statement]:
        """The statements up to the brace that closes a block."""
        while (word := self.next) is not None:
            if word.is_brace("}"):
                if not depth:
                    raise Refused("a block is closed that was not opened", word.line)
                self.at += 1
                return
            if word.is_brace("{"):
                raise Refused("{ begins a line; it ends the line before", word.line)
            yield self._statement(depth)
        if depth:
            raise Refused("the block is not closed", opened.line)

    def _statement(self, depth: int) -> Statement:
        first = self.words[self.at]
        words: list[Word] = []
        while (word := self.next) is not None and word.row == first.row:
            if word.is_brace("{"):
                return Statement(tuple(words), self._body(depth + 1), first.line)
            if word.is_brace("{}"):
                raise Refused(
                    "a block needs lines of its own: { ends a line, } stands on the next", word.line
                )
            if word.is_brace("}"):
                if depth < 2:  # Caddy lets it close a directive's block, but no site
                    raise Refused(
                        "a block is closed that was not opened: } stands alone on its line", word.line
                    )
                break
            words.append(word)
            self.at += 1
        return Statement(tuple(words), None, first.line)
