"""The command ``tutor``: runs the command line, and turns errors into messages and exit codes."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.exceptions import TutorError

EXIT_BUG = 3
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 a mistake, 3 a bug of ours, 130 interrupted."""
    from importlib.machinery import PathFinder

    from tutor.core import garbage
    from tutor.core.later import called_later, cleandoc, import_later, patterns_later

    garbage.look_late()
    import_later("copy", "ipaddress", "ntpath", "shutil", "tempfile")
    import_later("yaml", within=patterns_later)
    import_later("platform", system=lambda: os.uname().sysname)  # which is all that uuid asks
    # Jinja imports two by name, for what hardly any template has.
    import_later("ast", literal_eval=called_later("ast", "literal_eval"))
    import_later("inspect", cleandoc=cleandoc, getattr_static=called_later("inspect", "getattr_static"))
    import_later(*(name for name in ("bz2", "lzma") if PathFinder.find_spec(f"_{name}")))  # some lack them
    _open_streams()
    code = run(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except OSError:
        # Said already. Python would try once more when it ends, and exit with a code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    garbage.end()
    sys.exit(code)


def _open_streams() -> None:
    """Have three streams that take any text, whoever starts us: cron, a daemon, a terminal without UTF-8.

    Where one is closed, the next file that is opened would take its place, and its number.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115 (as Python's own)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str]) -> int:  # noqa: PLR0911 (one for each way in which a command ends)
    """Run a command.

    Returns:
        The exit code.
    """
    from tutor.exceptions import TutorError

    try:
        return _run(list(arguments))
    except TutorError as error:
        show(error)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing to say, nobody to say it to
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            report(error, arguments)
            return EXIT_BUG
        place = error.filename or "the output"
        sys.stderr.write(f"Error: {error.strerror}, when writing {place}\n")
        return 1
    except Exception as error:  # noqa: BLE001 (the last resort)
        report(error, arguments)
        return EXIT_BUG


def _run(words: list[str]) -> int:
    if words == ["--version"]:  # scripts ask for it in a loop, as for some others
        from tutor.__about__ import version_line

        print(version_line())
        return 0
    if "_TUTOR_COMPLETE" not in os.environ:  # with it, the words are not the command that is completed
        from tutor.commands import exact

        command = exact.find(words)
        if command:
            command(exact.context_of(os.environ.get("TUTOR_ROOT")))
            return 0
    return _parsed(words)


def _parsed(words: list[str]) -> int:
    import click

    from tutor.commands.cli import cli

    no_word = getattr(click.exceptions, "NoArgsIsHelpError", ())  # click 8.1 shows the help itself
    try:
        result = cli.main(args=words, prog_name="tutor", standalone_mode=False)
    except no_word as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return 0
    except click.ClickException as error:
        error.show()
        return 1
    except click.Abort as error:
        # The end of the input, not Ctrl-C: click makes the same of both.
        return _unanswered() if isinstance(error.__cause__ or error.__context__, EOFError) else _interrupted()
    return result if isinstance(result, int) else 0


def _unanswered() -> int:
    sys.stderr.write(
        "\nError: There is a question, and nobody to answer it: standard input has ended\n"
        "  to do: run it in a terminal, or answer on the command line: tutor config save --set NAME=VALUE\n"
    )
    return 1


def _interrupted() -> int:
    sys.stderr.write("\nInterrupted.\n")
    return EXIT_INTERRUPTED


def show(error: TutorError) -> None:
    """Print an error: what, where, the line, and what to do."""
    import click

    color = False if os.environ.get("NO_COLOR") else None
    click.echo(click.style("Error: ", fg="red", bold=True) + error.message, err=True, color=color)
    if error.where:
        click.echo(f"  where: {error.where}", err=True)
    if error.excerpt:
        for line in error.excerpt.splitlines():
            click.echo(f"    {line}", err=True)
    if error.hint:
        click.echo(f"  to do: {error.hint}", err=True)


def report(error: Exception, arguments: Sequence[str]) -> None:
    """Print what a bug report needs."""
    import platform
    import traceback

    import click

    from tutor.__about__ import __version__

    # Arguments may hold passwords: only the words of the command are named.
    words = [word for word in arguments if word.isalpha()][:3]
    click.echo(click.style("This is a bug in tutor. ", fg="red", bold=True) + "Please report:", err=True)
    click.echo(f"tutor {__version__}, Python {platform.python_version()}, {platform.platform()}", err=True)
    click.echo(f"command: tutor {' '.join(words)}", err=True)
    click.echo("".join(traceback.format_exception(error)), err=True)


if __name__ == "__main__":
    main()
