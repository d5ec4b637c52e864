"""Modules of the standard library that others import and hardly ever use: imported when they are."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module until one of its names is looked up."""

    def __getattr__(self, name: str) -> Any:
        own = self.__name__
        # The module takes this place, for those that import it from now on. Whoever has imported it before
        # holds on to this object, which has the same names then.
        if sys.modules.get(own) is self:
            del sys.modules[own]
        import importlib

        real = importlib.import_module(own)
        self.__dict__.update(real.__dict__)
        return getattr(real, name)


def import_later(*names: str) -> None:
    """Put off importing modules until they are used. Those that are imported already stay.

    For the start of a process: `click` and `dataclasses` import `inspect`, which takes as long to import as
    Python takes to start, and use it for help texts and for classes without a docstring.
    """
    for name in names:
        if name not in sys.modules:
            sys.modules[name] = _Later(name)
