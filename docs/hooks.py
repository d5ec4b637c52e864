"""The page of hooks, from the catalogue that plugins import."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

from tutor.core.hooks import Action, Filter
from tutor.hooks import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# Hooks of API v1

What a plugin of API v1 may add to and listen to. How to write one:
[write a plugin](../how-to/write-a-plugin.md).

    from tutor import hooks

The types are those of the values that pass through: a filter's first argument is the value, a list of
items as a rule, and what stands behind it are further arguments. Every contribution is known with the file
and the line of the call, so that messages, `tutor explain` and the plan name it.
"""

_METHODS = """\
`priority` is a number; lower runs first, and what is equal runs in the order of the plugins, then of the
calls: `hooks.priorities.HIGH` (5), `DEFAULT` (10), `LOW` (50). `hooks.lru_cache` decorates a function whose
result depends on hooks: it is computed again when plugins change. A plugin may offer hooks of its own to
others: `Filter()` and `Action()` of `tutor.core.hooks`, in a module that the others import.
"""


def page() -> str:
    """The page's text."""
    documented = dict(_documented())
    lines = [_INTRODUCTION]
    for title, owner, kind in (
        ("Actions", catalog.Actions, Action),
        ("Filters", catalog.Filters, Filter),
    ):
        lines += [f"## {title}", "", inspect.cleandoc(owner.__doc__ or ""), ""]
        lines += ["| name | arguments | |", "|---|---|---|"]
        for name, (annotation, doc) in documented[owner.__name__].items():
            cell = _arguments(annotation, value_first=kind is Filter).replace("|", "\\|")
            lines.append(f"| `{name}` | {f'`{cell}`' if cell else 'none'} | {doc.replace('``', '`')} |")
        lines += ["", "| method | |", "|---|---|", *_methods(kind), ""]
    lines += ["## Contexts", "", inspect.cleandoc(catalog.Contexts.__doc__ or ""), ""]
    lines += ["`Contexts.app(NAME)` is that of one plugin; everything that it declares is in it.", ""]
    lines += ["## Order", "", _METHODS]
    return "\n".join(lines)


def _documented() -> Iterator[tuple[str, dict[str, tuple[ast.expr, str]]]]:
    """Class → name of each hook → its annotation, and the comment before it."""
    source = inspect.getsource(catalog)
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            yield (
                node.name,
                {
                    item.target.id: (item.annotation, lines[item.lineno - 2].strip().removeprefix("#: "))
                    for item in node.body
                    if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
                },
            )


def _arguments(annotation: ast.expr, *, value_first: bool) -> str:
    """What is handed to a function: ``Filter[list[str], [Config]]`` → ``list[str], Config``."""
    if not isinstance(annotation, ast.Subscript):
        return ""
    inside = annotation.slice
    if not value_first:
        return ast.unparse(inside).strip("[]") if isinstance(inside, ast.List) else ast.unparse(inside)
    if not isinstance(inside, ast.Tuple) or not isinstance(inside.elts[1], ast.List):
        return ast.unparse(inside)
    return ", ".join(ast.unparse(part) for part in (inside.elts[0], *inside.elts[1].elts))


def _methods(kind: type) -> Iterator[str]:
    """A row for each public method of an action or a filter."""
    for name, method in vars(kind).items():
        if not name.startswith("_") and inspect.isfunction(method):
            parameters = [p for p in inspect.signature(method).parameters if p not in ("self", "kwargs")]
            shown = ", ".join(f"*{p}" if p == "args" else p for p in parameters)
            yield f"| `{name}({shown})` | {_summary(method)} |"


def _summary(method: object) -> str:
    return (inspect.getdoc(method) or "").partition("\n")[0].replace("``", "`")
