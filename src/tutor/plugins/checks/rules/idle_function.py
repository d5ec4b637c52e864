"""Rule: functions of hooks do something."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tutor.core.hooks import Action, Filter, current
from tutor.hooks import Actions, Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType
    from typing import TypeAlias

    from tutor.plugins.checks.subject import Subject

    _Function: TypeAlias = ast.FunctionDef | ast.Lambda

#: What may do something that is not seen in what a function returns.
_ACTS = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Raise, ast.Delete, ast.AugAssign)


def check(subject: Subject) -> Iterator[Place]:
    """Functions that can only return what they are handed, and those of actions that are empty."""
    for group, kind in ((Filters, Filter), (Actions, Action)):
        for name, handle in vars(group).items():
            for entry in current().entries(handle) if isinstance(handle, kind) else ():
                if entry.origin.plugin == subject.name and _is_idle(subject, entry.callback):
                    message = f"A function of {name} changes nothing"
                    yield Place(message, entry.origin, "return the changed value, or remove it")


def _is_idle(subject: Subject, callback: object) -> bool:
    code: CodeType | None = getattr(callback, "__code__", None)
    module = subject.syntax(code.co_filename) if code else None
    if code is None or module is None:
        return False
    found = [
        node
        for node in ast.walk(module)
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) and _first_line(node) == code.co_firstlineno
    ]
    return len(found) == 1 and _does_nothing(found[0])


def _first_line(function: _Function) -> int:
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return min([function.lineno, *(decorator.lineno for decorator in decorators)])


def _does_nothing(function: _Function) -> bool:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    value = names[0] if names else ""
    if isinstance(function, ast.Lambda):
        return _is_name(function.body, value)
    return all(_leaves_alone(statement, value) for statement in function.body)


def _leaves_alone(statement: ast.stmt, value: str) -> bool:
    """Whether a statement has no effect on a value, nor on anything else."""
    if any(isinstance(node, _ACTS) for node in ast.walk(statement)):
        return False
    if isinstance(statement, ast.Return):
        return statement.value is None or _is_name(statement.value, value)
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) and t.id != value for t in statement.targets)
    return isinstance(statement, (ast.Pass, ast.Expr))


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


RULE = Rule(
    slug="idle-function",
    severity="warning",
    title="A function of a hook that changes nothing",
    why="A function that is added to a filter returns another value, or changes the list that it is handed: "
    "`items + [mine]` alone makes a list that nobody gets. One that returns what it was handed, whatever "
    "that is, has no effect.",
    check=check,
)
