"""Our own templates as Python, which a package of ours brings along.

To compile a template takes Jinja a hundred times as long as to render it: on a machine that has nothing kept
yet, that was most of a first save. When a package is built, `tutor.env.ship` has Jinja turn our templates
into modules, which are installed and compiled as all others are. They are used where Jinja is the same, and
a template and the filters that it calls are. A checkout has none.
"""

from __future__ import annotations

import functools
import json
import os
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

from tutor.core import cache

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    from tutor.env.jinja import SettingsEnvironment

FOLDER = os.path.join(os.path.dirname(__file__), "shipped_templates")
#: What they were made with.
INDEX = "index.json"
#: Modules of Jinja that have a part in it.
_MODULES = ["compiler", "environment", "idtracking", "lexer", "nodes", "optimizer", "parser", "visitor"]


def code(
    environment: SettingsEnvironment, name: str | None, source: str, filename: str | None
) -> CodeType | None:
    """A template as compiled code, if it was shipped.

    Args:
        environment: of the template.
        name: of the template.
        source: its text.
        filename: where it is, for messages.
    """
    functions = tuple(map(id, (*environment.filters.values(), *environment.tests.values())))
    if not _fits(environment, functions):
        return None
    module = module_of(name, source)
    path = os.path.join(FOLDER, module)
    if not os.path.isfile(path):
        return None
    found = SourceFileLoader(module, path).get_code(module)
    return found and found.replace(co_filename=filename or "<template>")


@functools.lru_cache(1)
def _fits(environment: SettingsEnvironment, functions: tuple[int, ...]) -> bool:  # noqa: ARG001 (plugins add some)
    """Whether what was shipped is what an environment would have templates compiled to."""
    try:
        with open(os.path.join(FOLDER, INDEX), encoding="utf-8") as file:
            index = json.load(file)
        called: dict[str, str] = index["called"]
        return bool(index["made_by"] == made_by() and called == called_by(environment, called))
    except (OSError, ValueError, KeyError, TypeError):  # none, or a damaged one
        return False


def made_by() -> str:
    """What identifies Jinja, by its code, and what we change of it."""
    from jinja2 import environment

    folder = os.path.dirname(environment.__file__)
    paths = [os.path.join(folder, f"{module}.py") for module in _MODULES]
    contents = []
    for path in (*paths, os.path.join(os.path.dirname(__file__), "generator.py")):
        with open(path, "rb") as file:
            contents.append(file.read())
    return cache.digest(*contents).hex()


def called_by(environment: SettingsEnvironment, names: Iterable[str]) -> dict[str, str]:
    """How filters and tests want to be called, by name: that is compiled in."""
    functions = {**environment.filters, **environment.tests}
    return {name: str(getattr(functions.get(name), "jinja_pass_arg", None)) for name in names}


def module_of(name: str | None, source: str) -> str:
    """The file name of a template's module."""
    return f"t{cache.digest(repr(name), source).hex()[:32]}.py"
