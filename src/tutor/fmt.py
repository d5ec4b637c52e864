"""What the terminal shows: results go to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TextIO

#: Colours of a terminal (ECMA-48, "select graphic rendition"), those of click: importing it takes long.
_BOLD_GREEN, _BLUE, _RED, _YELLOW, _MAGENTA = "32m\x1b[1m", "34m", "31m", "33m", "35m"
_ESCAPE, _RESET = "\x1b[", "\x1b[0m"

#: The details that were printed by this command; ``None`` where nobody asked for details.
_details: set[str] | None = None


def __getattr__(name: str) -> Any:
    """The module click, which published plugins take from here."""
    if name != "click":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import click

    return click


def _styled(text: str, code: str) -> str:
    return f"{_ESCAPE}{code}{text}{_RESET}"


def _has_colours(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")  # https://no-color.org


def title(text: str) -> str:
    """Return a headline for a long step."""
    return _styled(f"==> {text}", _BOLD_GREEN)


def info(text: str) -> str:
    """Return text in the style of information."""
    return _styled(text, _BLUE)


def error(text: str) -> str:
    """Return text in the style of an error."""
    return _styled(text, _RED)


def alert(text: str) -> str:
    """Return text in the style of a warning."""
    return _styled(f"Warning: {text}", _YELLOW)


def question(text: str) -> str:
    """Return text in the style of a question."""
    return _styled(text, _YELLOW)


def command(text: str) -> str:
    """Return text in the style of a command that is about to run."""
    return _styled(text, _MAGENTA)


def echo_json(**content: Any) -> None:
    """Print an answer for scripts: one object, with the version of its form.

    Args:
        content: what is in it, by key; instances of dataclasses become objects.
    """
    import dataclasses
    import json

    from click import echo as print_out

    print_out(
        json.dumps({"format_version": 1, **content}, indent=2, ensure_ascii=False, default=dataclasses.asdict)
    )


def echo(text: str = "", err: bool = False) -> None:
    """Print a line, which is a result: to standard output, unless it is not.

    Colours are left out where no terminal shows them.
    """
    stream = sys.stderr if err else sys.stdout
    if _ESCAPE in text and not _has_colours(stream):
        from click import unstyle

        text = unstyle(text)
    stream.write(f"{text}\n")
    stream.flush()


def _echo(text: str, code: str) -> None:
    echo(_styled(text, code) if _has_colours(sys.stderr) else text, err=True)


def echo_error(text: str) -> None:
    """Print an error."""
    _echo(text, _RED)


def echo_info(text: str) -> None:
    """Print information about what goes on."""
    _echo(text, _BLUE)


def echo_alert(text: str) -> None:
    """Print a warning."""
    _echo(f"Warning: {text}", _YELLOW)


def set_verbose(verbose: bool) -> None:
    """Say whether details are printed, in the command that starts now."""
    global _details  # noqa: PLW0603 (a terminal belongs to the process, as its streams do)
    _details = set() if verbose else None


def is_verbose() -> bool:
    """Whether details are printed."""
    return _details is not None


def echo_detail(text: str) -> None:
    """Print what only those want to know who ask for it, once in a command."""
    if _details is not None and text not in _details:
        _details.add(text)
        echo_info(f"Note: {text}")


def echo_title(text: str) -> None:
    """Print the headline of a long step."""
    _echo(f"==> {text}", _BOLD_GREEN)
