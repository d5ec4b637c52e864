"""Resolution: from templates over other settings to values, each once, with cycles found."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from tutor.config import values
from tutor.config.secrets import shown
from tutor.config.settings import Alias
from tutor.config.table import core_settings
from tutor.core.hooks import Layer
from tutor.exceptions import ConfigError, TutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from tutor.config.settings import Contribution, Settings


class Reading(Protocol):
    """What one computation reads."""

    settings: set[str]
    names: bool


class Watching(Protocol):
    """Notes what is read."""

    @property
    def now(self) -> Reading:
        """What the computation reads that runs now."""

    def resolving(self, name: str) -> contextlib.AbstractContextManager[object]:
        """What is read inside belongs to a setting."""

    def note_plain(self, name: str) -> None:
        """A setting has a value that reads nothing."""

    def note_shared(self, value: Any) -> None:
        """Whoever reads a setting gets this value."""

    def give_up(self) -> None:
        """What runs now depends on more than can be noted."""


class CycleError(ConfigError):
    """Settings that refer to each other.

    Args:
        names: the settings, from the one that was asked for twice on.
    """

    names: tuple[str, ...] = ()


class Resolver:
    """Resolved values of settings, computed when first asked for.

    Args:
        settings: what was contributed.
        render: turns a template into text; gets the template and the contribution that it is from.
        watch: notes what is read.
    """

    def __init__(
        self,
        settings: Settings,
        render: Callable[[str, Contribution, str], str],
        watch: Watching | None = None,
    ) -> None:
        self.settings = settings
        self._render = render
        #: Notes what is read and what for; see `tutor.env.reads`.
        self.watch = watch
        #: Resolve what would have been, had nothing been taken over from before.
        self.spared: list[Callable[[], None]] = []
        self._values: dict[str, Any] = {}
        #: All of them, once that is what they are.
        self._whole: dict[str, Any] | None = None
        self._in_progress: list[str] = []

    def __contains__(self, name: object) -> bool:
        return name in self.settings

    def __iter__(self) -> Iterator[str]:
        if self.watch is not None:
            self.watch.now.names = True
        return iter(self.settings)

    def __getitem__(self, name: str) -> Any:
        """The resolved value.

        Raises:
            KeyError: nobody declares the setting.
            ConfigError: a cycle, a wrong type, or a template that cannot be rendered.
        """
        if self.watch is not None:
            self.watch.now.settings.add(name)
        try:
            return self._values[name]
        except KeyError:
            pass
        contribution = self.settings.winner(name)
        if name in self._in_progress:
            return self._again(name)
        if _is_plain(contribution.value):  # most are: it reads nothing
            value = self._resolve(contribution.value, contribution, name)
            if self.watch is not None:
                self.watch.note_plain(name)
            return self._checked(name, value, contribution)
        return self._computed(name, contribution)

    def known(self) -> dict[str, Any]:
        """The values that were resolved so far, and those that did not have to be."""
        for resolve_others in self.spared:
            resolve_others()
        return dict(self._values)

    def copy(self, unresolved: Collection[str] = ()) -> dict[str, Any]:
        """All values; those that cannot be resolved, or are not to be, as they were contributed."""
        found = self._whole
        if found is not None and not unresolved:
            if self.watch is not None:
                self.watch.now.names = True
                self.watch.now.settings.update(found)
            return dict(found)
        found = {}
        for name in self:
            try:
                found[name] = self.settings.winner(name).value if name in unresolved else self[name]
            except TutorError:
                found[name] = self.settings.winner(name).value
        if not unresolved and self._values.keys() >= found.keys():  # none failed, or is being resolved
            self._whole = dict(found)
        return found

    def keep(self, generated: Mapping[str, Any]) -> None:
        """Take values of settings that are generated once as generated, unless somebody gave them one."""
        self._whole = None
        missing = self.settings.missing_unique()
        self._values.update({name: value for name, value in generated.items() if name in missing})

    def get(self, name: str, default: Any = None) -> Any:
        """The resolved value, or ``default`` when nobody declares the setting."""
        if name in self.settings:
            return self[name]
        if self.watch is not None:
            self.watch.now.settings.add(name)
        return default

    def _again(self, name: str) -> Any:
        """The value of a setting that is asked for while it is resolved: of what an override stands on."""
        if self.watch is not None:
            self.watch.give_up()
        below = self._below_override(name, self._cycle_names(name))
        if below is None:
            raise self._cycle(name)
        return self._resolve(below.value, below, name)

    def _computed(self, name: str, contribution: Contribution) -> Any:
        self._in_progress.append(name)
        try:
            with self.watch.resolving(name) if self.watch is not None else contextlib.nullcontext():
                value = self._resolve(contribution.value, contribution, name)
        except CycleError as error:
            below = self._below_override(name, error.names)
            if below is None:
                raise
            return self._resolve(below.value, below, name)
        finally:
            self._in_progress.pop()
        value = self._checked(name, value, contribution)
        if self.watch is not None:
            self.watch.note_shared(value)
        return value

    def _checked(self, name: str, value: Any, contribution: Contribution) -> Any:
        setting = core_settings().get(name)
        if setting is not None:
            value = values.check(setting, value, contribution.origin)
        self._values[name] = value
        return value

    def _resolve(self, value: Any, contribution: Contribution, name: str) -> Any:
        if isinstance(value, str):
            return value if _is_plain(value) else self._render(value, contribution, name)
        if isinstance(value, Alias):
            return not self[value.name] if value.negated else self[value.name]
        if isinstance(value, (list, tuple)):
            found = [self._resolve(item, contribution, name) for item in value]
            if isinstance(value, list):
                return found
            return value if [*value] == found else tuple(found)  # one with names keeps them
        if isinstance(value, dict):
            return {
                self._resolve(k, contribution, name): self._resolve(v, contribution, name)
                for k, v in value.items()
            }
        return value

    def _below_override(self, name: str, cycle: tuple[str, ...]) -> Contribution | None:
        """What an override stands on, while a unique setting in the cycle is being generated.

        Plugins override a setting with a unique one of theirs, which starts from what the setting was.
        """
        layers = self.settings.layers(name)
        if layers[-1].origin.layer is not Layer.PLUGIN_OVERRIDE or len(layers) < 2:
            return None
        generating = self.settings.missing_unique()
        return layers[-2] if any(key in generating for key in cycle) else None

    def _cycle_names(self, name: str) -> tuple[str, ...]:
        return tuple(self._in_progress[self._in_progress.index(name) :])

    def _cycle(self, name: str) -> CycleError:
        cycle = self._cycle_names(name)
        lines = []
        for key in cycle:
            contribution = self.settings.winner(key)
            origin = contribution.origin
            source = str(origin) if origin.plugin else origin.layer.title
            lines.append(f"  {key} = {shown(key, contribution.value)}   ({source})")
        error = CycleError(
            f"Settings refer to each other in a cycle: {' → '.join([*cycle, name])}",
            where=f"setting {name}",
            excerpt="\n".join(lines),
            hint=f"tutor config save --set {name}=VALUE",
        )
        error.names = cycle
        return error


def _is_plain(value: Any) -> bool:
    """Whether a value is its own: no template, and nothing that others could change."""
    if type(value) is str:
        return "{{" not in value and "{%" not in value and "{#" not in value
    return value is None or type(value) in (bool, int, float)
