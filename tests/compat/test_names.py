"""Every name of ours that published plugins use is there: also in code that no other test comes by."""

from __future__ import annotations

import ast
import importlib
import types
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from tests.compat.packages import releases
from tutor.plugins.legacy import HOOKS_OF_2022

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.compat.packages import Release

INSTALLABLE = {pin: release for pin, release in releases().items() if not release.uninstallable}
#: There for the plugins of their time alone: `tutor.plugins.legacy`.
OF_THEIR_TIME = {f"Filters.{name}" for name in HOOKS_OF_2022}


@pytest.mark.parametrize("release", INSTALLABLE.values(), ids=INSTALLABLE)
def test_names_are_there(release: Release, failed_installs: dict[str, str]) -> None:
    """What its modules import of ours, and what they take from that."""
    assert release.pin not in failed_installs, failed_installs.get(release.pin)
    missing = [name for path in release.folder.rglob("*.py") for name in _missing(path)]
    assert not set(missing) - OF_THEIR_TIME


def _missing(path: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about their escapes
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            return  # a template
    known: dict[str, Any] = {}
    for alias, name in _imported(tree):
        known[alias] = _find(name)
        if known[alias] is None:
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner = _value(node.value, known)
            if owner is not None and not hasattr(owner, node.attr):
                yield f"{getattr(owner, '__name__', owner)}.{node.attr}"


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What is imported of ours: the name in the module, and what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = [(alias.asname or alias.name, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found = [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
        else:
            continue
        yield from ((alias, name) for alias, name in found if name.split(".")[0] == "tutor")


def _find(name: str) -> Any:
    """A module, or what a module has under a name; ``None`` when there is neither."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(module), attribute, None) if module else None


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    """What an expression of names and dots is; ``None`` where that is not ours to say."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, known)
        found = getattr(owner, node.attr, None)
        ours = not isinstance(found, types.ModuleType) or found.__name__.split(".")[0] == "tutor"
        return found if ours else None
    return None
