"""The ways to run the platform that a plan can look at, each in a module of its own."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.change import Prepared
    from tutor.plan.files import Difference
    from tutor.plan.model import ImageChange, ServiceChange, TaskChange
    from tutor.project import Project

#: Name, as in ``tutor NAME launch`` → module and attribute of what looks at it.
SIDES = {
    "local": "tutor.plan.compose:LOCAL",
    "dev": "tutor.plan.compose:DEV",
    "k8s": "tutor.plan.kubernetes:K8S",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What would change in what runs.

    Args:
        images: to build or to pull, in order.
        services: whose containers change.
        tasks: init tasks that would run, in order.
        unknown: what could not be found out, and why.
        warnings: what is probably not as it was meant.
    """

    images: tuple[ImageChange, ...] = ()
    services: tuple[ServiceChange, ...] = ()
    tasks: tuple[TaskChange, ...] = ()
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """How images would be got.

    Args:
        build: those that are missing, or were built from other files, are built.
        pull_all: also those that are here are pulled: there may be newer ones.
    """

    build: bool = True
    pull_all: bool = False


AS_EVER = Fetch()


class Look(Protocol):
    """A look at what runs now, begun before it is known what would change: engines take their time."""

    def begin(self, prepared: Prepared) -> None:
        """Begin to ask about what would run, while files are compared. Never fails."""

    def compare(self, prepared: Prepared, differences: Sequence[Difference]) -> Found:
        """What would change in what runs, because of which settings, files and images. Never fails."""


class Side(Protocol):
    """One way to run the platform."""

    @property
    def name(self) -> str:
        """As in ``tutor NAME launch``."""

    def look(self, project: Project, fetch: Fetch) -> Look:
        """Begin to look at what runs now. Starts, changes and writes nothing."""


def side(name: str) -> Side:
    """The side of a name.

    Raises:
        ConfigError: there is none.
    """
    if name not in SIDES:
        raise ConfigError(
            f"There is no way to run the platform that is called {name}",
            where="command line",
            hint=f"there are: {', '.join(SIDES)}",
        )
    module, attribute = SIDES[name].split(":")
    found: Side = getattr(importlib.import_module(module), attribute)
    return found
