"""Types of options and arguments that commands share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tutor.commands.context import Context, default_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.types import Config

    ParamType = click.ParamType[Any]
else:
    # Generic only in newer releases of click.
    ParamType = click.ParamType


class ConfigLoaderParam(ParamType):
    """A type of parameter that looks into the settings, to complete or to check what is typed."""

    @property
    def config(self) -> Config:
        """The settings of the project of the command line."""
        from tutor import config

        found: Config = config.load_full(completing(click.get_current_context()).root)
        return found


class NameType(ParamType):
    """The name of something. Completes what was typed to the names that there are."""

    def names(self, ctx: click.Context) -> Iterable[str]:
        """The names that there are; ``tutor.exceptions.TutorError`` stands for none."""
        raise NotImplementedError  # each kind of name has its own source

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 (click's signature)
        incomplete: str,
    ) -> list[CompletionItem]:
        """Names that start with what was typed, in whatever case."""
        from tutor.exceptions import TutorError

        start = incomplete.casefold()
        try:
            return [CompletionItem(name) for name in self.names(ctx) if name.casefold().startswith(start)]
        except TutorError:
            return []


class SideType(NameType):
    """A way to run the platform: ``local``, ``dev`` and their like."""

    name = "side"

    def names(self, ctx: click.Context) -> Iterable[str]:  # noqa: ARG002 (the interface's)
        """Those that there are."""
        from tutor.plan.sides import SIDES

        return SIDES


def completing(ctx: click.Context) -> Context:
    """The project of a command line that is being completed: no command has run yet."""
    root = ctx.find_root()
    if isinstance(root.obj, Context):
        return root.obj
    return Context(root.params.get("root") or os.environ.get("TUTOR_ROOT") or default_root())
