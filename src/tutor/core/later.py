"""Modules that others import and hardly ever use: imported when they are."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


#: What is done when a module was imported.
_then: dict[str, Callable[[], None]] = {}


class _Later(ModuleType):
    """Stands for a module until one of its names is looked up."""

    def __init__(self, name: str, **known: Any) -> None:
        super().__init__(name)
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        if name == "__path__" and not _folders(self.__name__):
            raise AttributeError(name)  # Python asks whoever is imported from, whether it is a package
        return getattr(_imported(self), name)


def _imported(stand_in: _Later) -> ModuleType:
    """The module that something stands for. It takes its place, for those that import it from now on.

    Whoever has imported it before holds on to the other, which has the same names then.
    """
    import importlib

    own = stand_in.__name__
    first = sys.modules.get(own) is stand_in
    if first:
        del sys.modules[own]
    real = importlib.import_module(own)
    for name, value in stand_in.__dict__.items():  # parts that were imported before the whole
        if isinstance(value, ModuleType):
            real.__dict__.setdefault(name, value)
    stand_in.__dict__.update(real.__dict__)
    then = _then.pop(own, None) if first else None
    if then is not None:
        then()
    return real


def _folders(package: str) -> list[str]:
    """Where the modules of a package are; of none, nowhere."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec else []


class _Parts(_Later):
    """Stands for a package: its modules can be imported, which does not run the package's own code."""

    def __init__(self, name: str, path: list[str]) -> None:
        super().__init__(name)
        self.__path__ = path

    def __getattr__(self, name: str) -> Any:
        from importlib import import_module
        from importlib.machinery import PathFinder

        part = f"{self.__name__}.{name}"
        if part in sys.modules or (not name.startswith("__") and PathFinder.find_spec(part, self.__path__)):
            return import_module(part)
        return super().__getattr__(name)


def import_later(*names: str, then: Callable[[], None] | None = None, **known: Any) -> None:
    """Put off importing modules until they are used. Those that are imported already stay.

    For the start of a process: `click` and `dataclasses` import `inspect`, which takes as long to import as
    Python takes to start, and use it for help texts and for classes without a docstring.

    Args:
        names: of the modules.
        then: called when one of them was imported.
        known: names in them that can be used without importing them.
    """
    for name in names:
        if name not in sys.modules:
            sys.modules[name] = _Later(name, **known)
            if then is not None:
                _then[name] = then


def called_later(module: str, name: str) -> Callable[..., Any]:
    """A function of a module, which is imported when the function is called."""

    def call(*args: Any, **kwargs: Any) -> Any:
        import importlib

        found = importlib.import_module(module)
        real = _imported(found) if isinstance(found, _Later) else found
        return getattr(real, name)(*args, **kwargs)

    return call


def cleandoc(text: str) -> str:
    """A docstring without the indentation of its source (PEP 257): `inspect.cleandoc`, without `inspect`."""
    first, *others = text.expandtabs().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in others if line.strip()), default=0)
    lines = [first.lstrip(), *(line[margin:] for line in others)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines)


def import_parts(name: str) -> None:
    """Let modules of a package be imported without what the package itself imports, until that is used.

    For packages that offer the names of all of their modules, such as Jinja, of which we need half.
    """
    folders = [] if name in sys.modules else _folders(name)
    if folders:
        sys.modules[name] = _Parts(name, folders)


def is_imported(name: str) -> bool:
    """Whether a module was imported, and is not one that will be when it is used."""
    return not isinstance(sys.modules.get(name), _Later | None)
