"""What the terminal shows: results go to standard output, everything else to standard error."""

from __future__ import annotations

import click

#: The details that were printed by this command; ``None`` where nobody asked for details.
_details: set[str] | None = None


def title(text: str) -> str:
    """Return a headline for a long step."""
    return click.style(f"==> {text}", fg="green", bold=True)


def info(text: str) -> str:
    """Return text in the style of information."""
    return click.style(text, fg="blue")


def error(text: str) -> str:
    """Return text in the style of an error."""
    return click.style(text, fg="red")


def alert(text: str) -> str:
    """Return text in the style of a warning."""
    return click.style(f"Warning: {text}", fg="yellow")


def question(text: str) -> str:
    """Return text in the style of a question."""
    return click.style(text, fg="yellow")


def command(text: str) -> str:
    """Return text in the style of a command that is about to run."""
    return click.style(text, fg="magenta")


def echo(text: str = "", *, err: bool = True) -> None:
    """Print a line, by default to standard error."""
    click.echo(text, err=err)


def echo_error(text: str) -> None:
    """Print an error."""
    echo(error(text))


def echo_info(text: str) -> None:
    """Print information about what goes on."""
    echo(info(text))


def echo_alert(text: str) -> None:
    """Print a warning."""
    echo(alert(text))


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
    echo(title(text))
