"""Tuples with names, for modules on the way of commands that people wait for.

As `typing.NamedTuple`, which they replace: to define one of those takes Python as long as to import a small
module, because it compiles code for each, and a save imports forty of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self, dataclass_transform

    _getter: Callable[[int, None], property]
else:
    try:
        from _collections import _tuplegetter as _getter  # what `collections.namedtuple` takes
    except ImportError:
        from operator import itemgetter

        def _getter(index, doc):
            return property(itemgetter(index), doc=doc)

    def dataclass_transform(**_):
        """Tell type checkers that annotated names are fields."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Named(tuple[Any, ...]):
    """A tuple whose items have names: those that a subclass annotates, in order, with their defaults.

    All that leave out a value share its default: nobody changes one, be it a dictionary.

    Raises:
        TypeError: a value is missing, or one too many.
    """

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    #: Default values of the last fields.
    _defaults: ClassVar[tuple[Any, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)
        setattr(cls, "__match_args__", cls._fields)  # noqa: B010 (mypy has it that nobody sets that)
        cls._defaults = tuple(cls.__dict__[name] for name in cls._fields if name in cls.__dict__)
        for index, name in enumerate(cls._fields):
            setattr(cls, name, _getter(index, None))

    def __new__(cls, *values: Any, **named: Any) -> Self:
        """Make one of its values, by position or by name."""
        missing = len(cls._fields) - len(values)
        if named or missing:
            values += cls._others(missing, named)
        return tuple.__new__(cls, values)

    @classmethod
    def _others(cls, missing: int, named: dict[str, Any]) -> tuple[Any, ...]:
        """The values of the last fields, by name or by default."""
        defaults = cls._defaults
        if not named and 0 <= missing <= len(defaults):
            return defaults[len(defaults) - missing :]
        names = cls._fields[len(cls._fields) - missing :] if missing > 0 else ()
        known = {**dict(zip(reversed(cls._fields), reversed(defaults), strict=False)), **named}
        wrong = [*(name for name in names if name not in known), *(named.keys() - set(names))]
        if wrong or missing < 0:
            raise TypeError(f"{cls.__name__} takes {cls._fields}; missing, or too many: {wrong or missing}")
        return tuple(known[name] for name in names)

    def _replace(self, **changes: Any) -> Self:
        """The same, but for some values."""
        return type(self)(**{**self._asdict(), **changes})

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._asdict().items())})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)
