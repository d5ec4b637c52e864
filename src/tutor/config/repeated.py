"""Keys that stand twice in a mapping: YAML forbids them, and parsers take the last one without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.core.named import Named

if TYPE_CHECKING:
    from collections.abc import Iterator


class Repeated(Named):
    """A key that stands twice in one mapping.

    Args:
        name: the key, as it is written.
        first: the line of the first one, counted from 1.
        second: that of the next one.
    """

    name: str
    first: int
    second: int

    def __str__(self) -> str:
        return f"{self.name} stands there twice, on lines {self.first} and {self.second}"


def repeated_key(content: bytes) -> Repeated | None:
    """The first key that stands twice in a YAML document, if there is one.

    Args:
        content: valid YAML.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return next(_repeated(yaml.compose(content, Loader=loader), set()), None)


def _repeated(node: Any, seen: set[int]) -> Iterator[Repeated]:
    if id(node) in seen or not isinstance(getattr(node, "value", None), list):
        return  # a text; or an anchor, which may lead back to where we are
    seen.add(id(node))
    lines: dict[tuple[str, str], int] = {}
    for entry in node.value:
        if node.id == "sequence":
            yield from _repeated(entry, seen)
            continue
        key, value = entry
        if isinstance(key.value, str) and key.value != "<<":
            line = key.start_mark.line + 1
            if (key.tag, key.value) in lines:
                yield Repeated(key.value, lines[key.tag, key.value], line)
            lines[key.tag, key.value] = line
        yield from _repeated(value, seen)
