"""Modules that others import and hardly ever use: imported when they are."""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager


#: What is done when a module was imported.
_then: dict[str, Callable[[], None]] = {}
#: What a module is imported in.
_within: dict[str, Callable[[], AbstractContextManager[None]]] = {}


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
    own = stand_in.__name__
    first = sys.modules.get(own) is stand_in
    if first:
        del sys.modules[own]
    with _within.pop(own, contextlib.nullcontext)():
        real = importlib.import_module(own)
    for name, value in stand_in.__dict__.items():  # parts that were imported before the whole
        if isinstance(value, ModuleType):
            real.__dict__.setdefault(name, value)
    stand_in.__dict__.update(real.__dict__)
    then = _then.pop(own, None) if first else None
    if then is not None:
        then()
    return real


@functools.cache
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
        from importlib.machinery import PathFinder

        part = f"{self.__name__}.{name}"
        if part in sys.modules or (not name.startswith("__") and PathFinder.find_spec(part, self.__path__)):
            return importlib.import_module(part)
        return super().__getattr__(name)


def import_later(
    *names: str,
    then: Callable[[], None] | None = None,
    within: Callable[[], AbstractContextManager[None]] | None = None,
    **known: Any,
) -> None:
    """Put off importing modules until they are used. Those that are imported already stay.

    For the start of a process: `click` and `dataclasses` import `inspect`, which takes as long to import as
    Python takes to start, and use it for help texts and for classes without a docstring.

    Args:
        names: of the modules.
        then: called when one of them was imported.
        within: gives a context in which they are imported.
        known: names in them that can be used without importing them.
    """
    for name in names:
        if name not in sys.modules:
            sys.modules[name] = _Later(name, **known)
            if then is not None:
                _then[name] = then
            if within is not None:
                _within[name] = within


class _Call:
    """Stands for a function or a class, until it is called.

    No function: as an attribute of a class it would become a method.
    """

    def __init__(self, module: str, name: str, importer: str = "") -> None:
        self.module, self.name, self.importer = module, name, importer

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        found = importlib.import_module(self.module)
        real = _imported(found) if isinstance(found, _Later) else found
        if self.importer:  # it may not only call them: from now on it has what they stand for
            names = vars(sys.modules[self.importer])
            others = [
                (n, v.name) for n, v in names.items() if isinstance(v, _Call) and v.module == self.module
            ]
            names.update({name: getattr(real, own) for name, own in others})
        return getattr(real, self.name)(*args, **kwargs)


def called_later(module: str, name: str) -> Callable[..., Any]:
    """A function or a class of a module, which is imported when it is called."""
    return _Call(module, name)


def import_without(name: str, left_out: Mapping[str, tuple[str, ...]]) -> None:
    """Import a module, but not yet others that it imports to call something: they are imported when it does.

    Args:
        name: of the module.
        left_out: name of a module → the functions and classes that are imported from it.
    """
    stand_ins = {
        module: _Later(module, **{called: _Call(module, called, name) for called in names})
        for module, names in left_out.items()
        if module not in sys.modules
    }
    sys.modules.update(stand_ins)
    try:
        importlib.import_module(name)
    finally:
        for module, stand_in in stand_ins.items():
            if sys.modules[module] is stand_in:
                del sys.modules[module]


class _Pattern:
    """A regular expression that is compiled when it is used."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._pattern = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._pattern), name)
        self.__dict__[name] = found
        return found


@contextlib.contextmanager
def patterns_later() -> Iterator[None]:
    """Put off compiling regular expressions that are defined by the modules that are imported in the block.

    One of PyYAML's takes as long to compile as a third of what Python takes to start, and only its parser in
    Python uses it, which we do not.
    """
    later = ModuleType("re")
    later.__dict__.update(vars(re), compile=_Pattern)
    sys.modules["re"] = later
    try:
        yield
    finally:
        sys.modules["re"] = re


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
