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
    uuid,
)
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from Crypto.PublicKey.RSA import RsaKey

    from tutor.engines.find import Engine

__all__ = [
    "check_output",
    "common_domain",
    "docker",
    "docker_compose",
    "encrypt",
    "ensure_directory_exists",
    "ensure_file_directory_exists",
    "execute",
    "execute_silent",
    "get_user_id",
    "is_a_tty",
    "kubectl",
    "list_if",
    "long_to_base64",
    "random_string",
    "replaced_execute",
    "reverse_host",
    "rsa_import_key",
    "rsa_private_key",
    "uuid",
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
    """Run a command without showing what it prints, and return its exit code."""
    from tutor.engines.run import ProcessRunner

    return ProcessRunner().capture(command).code


def check_output(*command: str) -> bytes:
    """Run a command silently and return what it printed.

    Raises:
        EngineError: the command cannot be started, or it fails.
    """
    from tutor.engines.run import ProcessRunner

    result = ProcessRunner().capture(command)
    if result.code:
        raise EngineError(
            f"The command failed with exit code {result.code}: {result.reason}", where=" ".join(command)
        )
    return result.output.encode()


def docker(*command: str) -> int:
    """Run a command of the container engine of this machine on our terminal."""
    return execute(*_engine().command, *command)


def docker_compose(*command: str) -> int:
    """Run a command of Compose on our terminal."""
    return execute(*_engine().compose, *command)


def kubectl(*command: str) -> int:
    """Run a command of kubectl on our terminal."""
    return execute("kubectl", *command)


def get_user_id() -> int:
    """Number of the user who runs us."""
    return os.getuid()


def is_a_tty() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty()


def ensure_file_directory_exists(path: str) -> None:
    """Make the folders that lead to a file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def ensure_directory_exists(path: str) -> None:
    """Make a folder, and those that lead to it."""
    Path(path).mkdir(parents=True, exist_ok=True)


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
