"""Types of options and arguments that commands share."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from tutor.commands import exact
from tutor.commands.context import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.types import Config

    ParamType = click.ParamType[Any]
else:
    # Generic only in newer releases of click.
    ParamType = click.ParamType


Kind = TypeVar("Kind", bound=Context)


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
            with silent():
                names = list(self.names(ctx))
        except TutorError:
            return []
        return [CompletionItem(name) for name in names if name.casefold().startswith(start)]


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """While a word is completed, what plugins print is neither an answer nor for the command line."""
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield


class SideType(NameType):
    """A way to run the platform: ``local``, ``dev`` and their like."""

    name = "side"

    def names(self, ctx: click.Context) -> Iterable[str]:  # noqa: ARG002 (the interface's)
        """Those that there are."""
        from tutor.plan.sides import SIDES

        return SIDES


def project_of(ctx: click.Context, kind: type[Kind]) -> Kind:
    """The project of a command line, as commands of a group take it: with what runs tasks there."""
    found = completing(ctx)
    return kind(found.root, found.plugins_root)


def completing(ctx: click.Context) -> Context:
    """The project of a command line, where no command has run yet that says which it is."""
    root = ctx.find_root()
    if isinstance(root.obj, Context):
        return root.obj
    return exact.context_of(root.params.get("root") or os.environ.get("TUTOR_ROOT"))
