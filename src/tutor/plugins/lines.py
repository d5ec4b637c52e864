"""Where in a plugin's file a value stands, for the messages about it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Path of keys from the plugin's attribute on → line on which the value starts, counted from 1.
Lines: TypeAlias = "dict[tuple[str, ...], int]"


def of_python(path: Path) -> Lines:
    """Lines of the dictionaries that a module's top-level names, or functions of that name, hold."""
    try:
        module = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    found: Lines = {}
    for node in module.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[(node.name,)] = node.lineno
            for inner in ast.walk(node):
                if isinstance(inner, (ast.Return, ast.Assign)):
                    found.update(_python_lines(inner.value, (node.name,)))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[(target.id,)] = node.lineno
                    found.update(_python_lines(node.value, (target.id,)))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[(node.target.id,)] = node.lineno
            found.update(_python_lines(node.value, (node.target.id,)))
    return found


def of_yaml(content: bytes) -> Lines:
    """Lines of the values in a YAML mapping."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    node = yaml.compose(content, Loader=loader)
    return dict(_yaml_lines(node, ())) if node is not None else {}


def _python_lines(node: ast.expr | None, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if not isinstance(node, ast.Dict):
        return
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            inner = (*path, key.value)
            yield inner, value.lineno
            yield from _python_lines(value, inner)


def _yaml_lines(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if not isinstance(getattr(node, "value", None), list) or node.id != "mapping":
        return
    for key, value in node.value:
        inner = (*path, str(key.value))
        # The text of a block starts on the line after its mark.
        block = getattr(value, "style", None) in ("|", ">")
        yield inner, value.start_mark.line + (2 if block else 1)
        yield from _yaml_lines(value, inner)
