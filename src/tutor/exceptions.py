"""Errors that a user can act on. Each one carries a place (``where``) and a remedy (``hint``)."""

from __future__ import annotations


class TutorError(Exception):
    """A mistake that is not ours: the user's, a plugin's, the machine's.

    Args:
        message: one sentence that says what is wrong.
        where: the place, such as ``plugin myapp 1.0 (plugin.py:12)`` or ``setting LMS_HOST``.
        excerpt: lines of the faulty file, ready to print.
        hint: what to do next, best as a command to run.
    """

    exit_code = 1

    def __init__(
        self,
        message: str = "",
        *,
        where: str | None = None,
        excerpt: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.excerpt = excerpt
        self.hint = hint


class ConfigError(TutorError):
    """``config.yml`` or a setting is wrong."""


class PluginError(TutorError):
    """A plugin is missing, broken, or asks for something that cannot be."""


class RenderError(TutorError):
    """A template, a patch or a rendered file is wrong."""


class LockedError(TutorError):
    """Another process is changing this project."""


class StorageError(TutorError):
    """The disk does not take what has to be written."""


class EngineError(TutorError):
    """The container engine is missing, unreachable, or refused a command."""


class TaskError(TutorError):
    """An initialisation task or another job failed."""
