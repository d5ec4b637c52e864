"""Small functions that plugins call: processes on our terminal, and the helpers of templates as functions."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.env import keys
from tutor.env.helpers import (
    common_domain,
    encrypt,
    list_if,
    long_to_base64,
    random_string,
    reverse_host,
    rsa_private_key,
    uid_master_hash,
    uuid,
    verify_encrypted,
)
from tutor.exceptions import EngineError, StorageError, TutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from Crypto.PublicKey.RSA import RsaKey

    from tutor.engines.find import Engine

__all__ = [
    "check_output",
    "common_domain",
    "docker",
    "docker_compose",
    "docker_run",
    "encrypt",
    "ensure_directory_exists",
    "ensure_file_directory_exists",
    "execute",
    "execute_silent",
    "format_table",
    "get_user_id",
    "is_a_tty",
    "is_http",
    "is_root",
    "is_url",
    "kubectl",
    "list_if",
    "long_to_base64",
    "random_string",
    "read_url",
    "replaced_execute",
    "reverse_host",
    "rsa_import_key",
    "rsa_private_key",
    "uid_master_hash",
    "uuid",
    "verify_encrypted",
]


def execute(*command: str) -> int:
    """Run a command on our terminal.

    Plugins that run commands in-process, such as web interfaces, put a function of theirs in its place:
    whatever the engines run on the terminal goes through it then.

    Raises:
        EngineError: the command cannot be started, or it fails.
    """
    from tutor.engines.run import ProcessRunner

    code = ProcessRunner().run(command)
    if code:
        raise EngineError(f"The command failed with exit code {code}", where=" ".join(command))
    return code


_execute = execute


def replaced_execute() -> Callable[..., int] | None:
    """The function that a plugin put in the place of `execute`, if one did."""
    return None if execute is _execute else execute


def execute_silent(*command: str) -> int:
    """Run a command without showing what it prints.

    Raises:
        EngineError: the command cannot be started, or it fails.
    """
    check_output(*command)
    return 0


def check_output(*command: str) -> bytes:
    """Run a command silently and return what it printed.

    Raises:
        EngineError: the command cannot be started, or it fails.
    """
    from tutor.engines.run import ProcessRunner

    printed: list[bytes] = []
    result = ProcessRunner().pipe(command, sink=printed.append)
    if result.code:
        reason = f": {result.reason}" if result.errors.strip() else ""
        raise EngineError(f"The command failed with exit code {result.code}{reason}", where=" ".join(command))
    return b"".join(printed)


def docker(*command: str) -> int:
    """Run a command of the container engine of this machine on our terminal."""
    return execute(*_engine().command, *command)


def docker_run(*command: str) -> int:
    """Run a command in a new container, which is removed afterwards: options, image, words of the command."""
    terminal = ["--interactive", "--tty"] if is_a_tty() and sys.stdout.isatty() else []
    return docker("run", "--rm", *terminal, *command)


def docker_compose(*command: str) -> int:
    """Run a command of Compose on our terminal."""
    return execute(*_engine().compose, *command)


def kubectl(*command: str) -> int:
    """Run a command of kubectl on our terminal."""
    return execute("kubectl", *command)


def get_user_id() -> int:
    """Number of the user who runs us."""
    return os.getuid()


def is_root() -> bool:
    """Whether the user who runs us is the administrator."""
    return get_user_id() == 0


def is_a_tty() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty()


def ensure_file_directory_exists(path: str) -> None:
    """Make the folders that lead to a file.

    Raises:
        StorageError: the disk refuses, or there is a file in the place of one.
    """
    ensure_directory_exists(str(Path(path).parent))


def ensure_directory_exists(path: str) -> None:
    """Make a folder, and those that lead to it.

    Raises:
        StorageError: the disk refuses, or there is a file in the place of one.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file is in its place" if Path(path).is_file() else error.strerror
        raise StorageError(f"The folder cannot be made: {reason}", where=path) from None


def format_table(rows: Sequence[tuple[str, ...]], separator: str = "\t") -> str:
    """Rows of texts as lines, each column but the last as wide as its longest text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    widths[-1:] = [0]
    return "\n".join(
        separator.join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows
    )


def is_http(url: str) -> bool:
    """Whether a text is the address of something on the web."""
    return url.startswith(("http://", "https://"))


def is_url(text: str) -> bool:
    """The same."""
    return is_http(text)


def read_url(url: str) -> str:
    """The text at an address, or in a file.

    Raises:
        TutorError: it cannot be read.
    """
    from tutor.plugins.index_fetch import Unreachable, masked, read_location

    try:
        return read_location(url).decode()
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    except Unreachable as error:
        reason = str(error)
    raise TutorError(f"This cannot be read: {reason}", where=masked(url))


def _engine() -> Engine:
    from tutor.engines.find import find_engine
    from tutor.engines.run import ProcessRunner

    return find_engine(ProcessRunner(), os.environ)


def rsa_import_key(key: str) -> RsaKey:
    """The RSA key that a PEM text holds.

    Raises:
        ValueError: there is none in it, or its numbers do not belong together.
    """
    return keys.of_library(key)
