"""From what is written in a Compose file to the values that Compose works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.env.formats.compose.rules import below, readers
from tutor.env.formats.compose.variables import Unknown, interpolate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutor.env.formats.compose.rules import Rules
    from tutor.env.formats.compose.schema import Found, Path


def settle(value: Any, variables: Mapping[str, str], wrong: list[Found] | None = None) -> Any:
    """A file's value with variables replaced, and numbers and truths made of texts.

    Args:
        value: as `tutor.env.formats.compose.reader.read` has it.
        variables: those that are known.
        wrong: where to put what cannot be read; it is `Unknown` in the value, as is what is not known.
    """
    return _settled(value, variables, readers(), (), [] if wrong is None else wrong)


def _settled(value: Any, variables: Mapping[str, str], rules: Rules, path: Path, wrong: list[Found]) -> Any:
    if isinstance(value, (dict, list)):
        settled = {
            step: _settled(item, variables, below(rules, step), (*path, step), wrong)
            for step, item in items(value)
        }
        return settled if isinstance(value, dict) else list(settled.values())
    try:
        if isinstance(value, str):
            value = interpolate(value, variables)
        reader = None if isinstance(value, Unknown) else rules.get(None)
        return reader(value) if reader else value
    except ValueError as error:
        wrong.append((path, str(error)))
        return Unknown(value)


def items(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
    """The steps into a mapping or a list, and what is there."""
    return value.items() if isinstance(value, dict) else enumerate(value)
