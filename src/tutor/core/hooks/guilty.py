"""Which place in a plugin's files an error belongs to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from tutor.core.hooks.origin import Origin
    from tutor.exceptions import PluginError

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(__file__))) + os.sep


def remedy(origin: Origin) -> str:
    """What to do about a plugin that is wrong."""
    return f"correct the plugin, or: tutor plugins disable {origin.plugin}" if origin.plugin else "correct it"


def guilty_place(error: BaseException, origin: Origin) -> tuple[Origin, str]:
    """The deepest place in the plugin's own files that an error has passed, and its line's text.

    Where it has passed none, it is where the plugin made the contribution.

    Args:
        error: raised while code of the plugin ran.
        origin: of the plugin, or of what it contributed.
    """
    import traceback

    if isinstance(error, SyntaxError) and error.filename and error.__traceback__ is not None:
        return origin._replace(file=error.filename, line=error.lineno), (error.text or "").rstrip()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_own(frame.filename, origin.file)]
    if not own:
        others = [f for f in frames if not f.filename.startswith(("<", _OURS))]
        others = [f for f in others if not _is_tool(f.filename)]
        own = others if origin.line is None else []
    if not own:
        return origin, ""
    return origin._replace(file=own[-1].filename, line=own[-1].lineno), own[-1].line or ""


def failure_of_plugin(error: BaseException, origin: Origin, what: str) -> PluginError | None:
    """The error about code of a plugin that fails, with the plugin's last line that it has passed.

    Args:
        error: raised while the code ran.
        origin: of the plugin, or of what it contributed.
        what: how the sentence begins.

    Returns:
        Nothing where the error is for the user already: ours, or one of the command line.
    """
    from tutor.exceptions import PluginError, TutorError

    if isinstance(error, TutorError):
        if isinstance(error, PluginError) or error.where or is_from_ours(error):
            return None
        text = f"{what}: {error}"
    elif type(error).__module__.startswith("click."):
        from click import ClickException

        if not isinstance(error, ClickException):
            return None
        text = f"{what}: {error.format_message()}"
    else:
        text = f"{what}: {type(error).__name__}: {said_by(error)}".removesuffix(": ")
    place, line = guilty_place(error, origin)
    return PluginError(
        text,
        where=str(place),
        excerpt=f"{place.line:>5} | {line}" if line else None,
        hint=remedy(place),
    ).blaming(place)


def said_by(error: BaseException) -> str:
    """The text of an error of a guest; nothing where it has none that can be made."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 (an error of a guest, which may do anything)
        return ""


def has_passed(error: BaseException, origin: Origin) -> bool:
    """Whether an error has come out of a plugin's own code, whatever that has called."""
    import traceback

    return any(is_own(frame.filename, origin.file) for frame in traceback.extract_tb(error.__traceback__))


def is_own(filename: str, file: str | None) -> bool:
    """Whether a file is of the plugin whose entry point, or one of whose modules, is another.

    Args:
        filename: of some code.
        file: of the plugin; of a package, all that is in it is the plugin's.
    """
    if file is None or filename.startswith(_OURS):
        return False
    folder = os.path.dirname(file)
    if not os.path.isfile(os.path.join(folder, "__init__.py")):
        return filename == file
    while os.path.isfile(os.path.join(os.path.dirname(folder), "__init__.py")):
        folder = os.path.dirname(folder)
    return filename.startswith(folder + os.sep)


def _is_tool(filename: str) -> bool:
    """Whether a file is Python's, or of the package that runs commands."""
    import click

    folders = (os.path.dirname(os.__file__), os.path.dirname(click.__file__))
    return filename.startswith(tuple(folder + os.sep for folder in folders)) and "-packages" not in filename


def is_from_ours(error: BaseException) -> bool:
    """Whether our code raised an error, whoever called it."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and last.tb_frame.f_code.co_filename.startswith(_OURS)


def line_of_item(origin: Origin, index: int) -> Origin:
    """The place of one item of the list that is written out in a call.

    Args:
        origin: of the call.
        index: of the item, counted from 0.
    """
    import ast

    if origin.file is None or origin.line is None:
        return origin
    try:
        with open(origin.file, "rb") as file:
            module = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return origin
    calls = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and node.args and node.lineno <= origin.line <= (node.end_lineno or 0)
    ]
    for call in reversed(calls):
        items = _items(call)
        if items is not None and index < len(items):
            return origin._replace(line=items[index].lineno)
    return origin


def _items(call: ast.Call) -> list[ast.expr] | None:
    """The items that a call of `add_item` or `add_items` is given, where they are written out."""
    import ast

    name = getattr(call.func, "attr", None)
    if name == "add_item":
        return call.args[:1]
    if name == "add_items" and isinstance(call.args[0], (ast.List, ast.Tuple)):
        items = call.args[0].elts
        return None if any(isinstance(item, ast.Starred) for item in items) else items
    return None
