"""Images, one at a time, as plugins call it: built, pulled and pushed on our terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutor.exceptions import EngineError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from tutor.engines.find import Engine

__all__ = ["build", "pull", "push"]


def build(path: str, tag: str, *args: str) -> None:
    """Build an image.

    Args:
        path: folder of its Dockerfile.
        tag: its full name.
        args: further arguments for the build command.

    Raises:
        EngineError: there is no engine that answers, or the build fails.
    """
    from tutor.engines.fetch import build_environment
    from tutor.engines.run import ProcessRunner

    engine = _engine()
    environment = build_environment(ProcessRunner(), engine)
    command = Filters.DOCKER_BUILD_COMMAND.apply(["build", "--tag", tag, *args, path])
    _run(engine, command, environment)


def pull(tag: str) -> None:
    """Pull an image.

    Raises:
        EngineError: there is no engine that answers, or the image cannot be pulled.
    """
    _run(_engine(), ["pull", tag])


def push(tag: str) -> None:
    """Push an image.

    Raises:
        EngineError: there is no engine that answers, or the image cannot be pushed.
    """
    _run(_engine(), ["push", tag])


def _engine() -> Engine:
    from tutor.engines.find import find_engine
    from tutor.engines.run import ProcessRunner

    return find_engine(ProcessRunner(), os.environ)


def _run(engine: Engine, command: list[str], environment: dict[str, str] | None = None) -> None:
    from tutor.engines.run import ProcessRunner

    argv = [*engine.command, *command]
    code = ProcessRunner().run(argv, environment=environment or engine.environment)
    if code:
        raise EngineError(f"The command failed with exit code {code}", where=" ".join(argv))
