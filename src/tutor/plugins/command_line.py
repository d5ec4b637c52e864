"""The command line as plugins see it: some ask click where the project is, wherever their code runs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tutor.core.later import import_later, is_imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def telling(root: Path) -> Iterator[None]:
    """For the length of the block, click's current context has the parameter ``root``.

    Published plugins read it when they are loaded, and in callbacks of theirs. Plugins expect to be loaded by
    the command `tutor` itself, whose option it is; here, the command that needs them loads them. Where no
    command line was parsed, there is a context all the same; click is imported when a plugin does.
    """
    with contextlib.ExitStack() as stack:
        _blocks.append((stack, root))
        try:
            if is_imported("click"):
                stack.enter_context(_told(root))
            else:
                import_later("click", then=_tell)
            yield
        finally:
            _blocks.remove((stack, root))


_blocks: list[tuple[contextlib.ExitStack, Path]] = []


def _tell() -> None:
    """A plugin has imported click: what it would have been told before."""
    for stack, root in _blocks:
        stack.enter_context(_told(root))


@contextlib.contextmanager
def _told(root: Path) -> Iterator[None]:
    import click

    context = click.get_current_context(silent=True)
    if context is None:
        with click.Context(click.Command("tutor"), info_name="tutor") as made:
            made.params["root"] = str(root)
            yield
        return
    context.params = _Told(context.params, str(root))
    try:
        yield
    finally:
        context.params = dict(context.params)


class _Told(dict[str, Any]):
    """Parameters, and the root for who asks for it: it is not among those that a command is called with."""

    def __init__(self, params: dict[str, Any], root: str) -> None:
        super().__init__(params)
        self._root = root

    def __missing__(self, name: str) -> Any:
        if name == "root":
            return self._root
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a parameter."""
        found = super().get(name, default)
        return self._root if name == "root" and not found else found
