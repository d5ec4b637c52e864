"""Which settings are read, as far as that can be told from names in templates and code."""

from __future__ import annotations

import collections
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject

_WORD = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
#: Beginnings and ends of names in code that puts names together: "MYAPP_" ~ x, f"{x}_HOST".
_BEGINNING = re.compile(r"""["']([A-Z][A-Z0-9_]*_)["'{%]""")
_END = re.compile(r"""["'}]((?:_[A-Z0-9]+)+)["']""")
_VALUES_NAMED = re.compile(r"""iter_values_named\(([^)]*)\)""")
_PREFIX = re.compile(r"""prefix\s*=\s*["']([^"']+)""")
_SUFFIX = re.compile(r"""suffix\s*=\s*["']([^"']+)""")


@dataclass
class Vocabulary:
    """Names in capitals, and how often they are there.

    Args:
        words: whole names.
        beginnings: of names that are put together.
        ends: of names that are put together.
    """

    words: collections.Counter[str] = field(default_factory=collections.Counter)
    beginnings: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, subject: Subject) -> Vocabulary:
        """Everything that may read a setting of a plugin; where it is declared does not count."""
        found = cls()
        for text in _texts(subject):
            found.add(text)
        code = "".join(_code(subject))
        for name in (*subject.settings, *subject.overrides):
            # API v0 declares without the prefix, and some put the name together in API v1.
            # What stands between brackets, or is asked for, is read.
            if re.search(rf"""(?<!\[)(?<!get\()["']{name}["']|^\s*{name}:""", code, re.MULTILINE):
                found.words[name] -= 1
        found.beginnings.discard(subject.prefix)
        return found

    def add(self, text: str) -> None:
        """Add what a text names."""
        self.words.update(_WORD.findall(text))
        for arguments in _VALUES_NAMED.findall(text):
            self.beginnings.update(_PREFIX.findall(arguments))
            self.ends.update(_SUFFIX.findall(arguments))
        self.beginnings.update(_BEGINNING.findall(text))
        self.ends.update(_END.findall(text))

    def knows(self, name: str) -> bool:
        """Whether a name is there, or may be put together."""
        if self.words[name] > 0:
            return True
        return name.startswith(tuple(self.beginnings)) or name.endswith(tuple(self.ends))


def _texts(subject: Subject) -> Iterator[str]:
    yield from _code(subject)
    renderer = subject.project.renderer
    for root, _ in renderer.roots:
        for path in sorted(Path(root).rglob("*")):
            text = read(path)
            if text is not None:
                yield text
    for contents in renderer.patches.values():
        yield from (content for content, _ in contents)
    for name in subject.project.settings:
        for layer in subject.project.settings.layers(name):
            # The adapter of API v0 makes overrides that read a setting that the code does not name.
            if layer.origin.plugin != subject.name or name in subject.overrides:
                yield from texts(layer.value)
    own = {str(path) for path in subject.own_files}
    for (_, script), origin in Filters.CLI_DO_INIT_TASKS.collect():
        if origin.plugin != subject.name or origin.file not in own:
            yield script


def _code(subject: Subject) -> Iterator[str]:
    for path in subject.own_files:
        text = read(path)
        if text is not None:
            yield text


def read(path: Path) -> str | None:
    """The text of a file; ``None`` when it is no text."""
    try:
        text = path.read_text()
    except (OSError, ValueError):
        return None
    return None if "\0" in text else text


def texts(value: Any) -> Iterator[str]:
    """All texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)
