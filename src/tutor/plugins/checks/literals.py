"""Which texts stand in a plugin's files: what anybody who has the plugin can read."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tutor.plugins.checks.vocabulary import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


class Literals:
    """The texts in the files of a plugin, as far as they are the same for whoever runs it.

    Args:
        code: its modules.
        data: its other files, which its modules may read.
    """

    def __init__(self, code: Iterable[ast.Module], data: Sequence[Path]) -> None:
        self._strings = {text for module in code for text in _literals(module)}
        self._data = data

    def __contains__(self, text: str) -> bool:
        """Whether a text is a literal, or part of one: not what a function makes when the module runs."""
        if text in self._strings:
            return True
        whole = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
        return any(text in other and whole.search(other) for other in self._texts())

    def _texts(self) -> Iterator[str]:
        yield from self._strings
        for path in self._data:
            yield read(path) or ""


def _literals(module: ast.Module) -> Iterator[str]:
    names: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and (value := _constant(node.value, names)) is not None:
            names.update({target.id: value for target in node.targets if isinstance(target, ast.Name)})
        text = _constant(node, names)
        if text is not None:
            yield text


def _constant(node: ast.AST, names: dict[str, str]) -> str | None:
    """The text that an expression always is: a literal, the name of one, or several put together."""
    if isinstance(node, ast.Constant):
        value = node.value.decode(errors="replace") if isinstance(node.value, bytes) else node.value
        return value if isinstance(value, str) else None
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.FormattedValue):
        return _constant(node.value, names)
    if isinstance(node, ast.JoinedStr):
        parts = [_constant(part, names) for part in node.values]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [_constant(node.left, names), _constant(node.right, names)]
    else:
        return None
    return None if None in parts else "".join(filter(None, parts))
