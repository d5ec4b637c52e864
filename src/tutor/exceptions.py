"""Errors that a user can act on. Each one carries a place (``where``) and a remedy (``hint``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from tutor.core.hooks.origin import Origin


class TutorError(Exception):
    """A mistake that is not ours: the user's, a plugin's, the machine's.

    Args:
        message: one sentence that says what is wrong.
        where: the place, such as ``plugin myapp 1.0 (plugin.py:12)`` or ``setting LMS_HOST``.
        excerpt: lines of the faulty file, ready to print.
        hint: what to do next, best as a command to run.
    """

    exit_code = 1
    #: The contributions that are to blame, as far as they are known.
    origins: tuple[Origin, ...] = ()
    #: Whether it came out of a text whose place it need not name, such as another setting's.
    placed = False
    #: The setting that it is about, where there is none of that name.
    missing: str | None = None

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

    def mask(self, masked: Callable[[str], str]) -> None:
        """Take out of its texts what must not be shown."""
        self.message = masked(self.message)
        self.where = self.where and masked(self.where)
        self.excerpt = self.excerpt and masked(self.excerpt)
        self.hint = self.hint and masked(self.hint)
        self.args = (self.message,)

    def blaming(self, *origins: Origin | None) -> Self:
        """This error, with the contributions that are to blame."""
        self.origins = tuple(origin for origin in origins if origin is not None)
        return self


class ConfigError(TutorError):
    """``config.yml`` or a setting is wrong."""


class PluginError(TutorError):
    """A plugin is missing, broken, or asks for something that cannot be."""


class MissingTemplateError(PluginError):
    """A plugin declares a hook, and has no template for it."""


class RenderError(TutorError):
    """A template, a patch or a rendered file is wrong."""

    #: The service that is not there, where that is what is wrong.
    service: str | None = None


class LockedError(TutorError):
    """Another process is changing this project."""


class StorageError(TutorError):
    """The disk does not take what has to be written."""


class EngineError(TutorError):
    """The container engine is missing, unreachable, or refused a command."""


class TaskError(TutorError):
    """An initialisation task or another job failed."""


class BackupError(TutorError):
    """A backup cannot be made, is broken, or cannot be restored."""
