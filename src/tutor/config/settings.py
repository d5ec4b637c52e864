"""Layers of settings, and the value that wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.config.table import core_settings
from tutor.core.hooks import CORE, Layer, Origin
from tutor.core.named import Named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENVIRONMENT_PREFIX = "TUTOR_"
#: Variables of that prefix that are options of the command line, not settings.
NOT_SETTINGS = frozenset({"TUTOR_ROOT", "TUTOR_PLUGINS_ROOT", "TUTOR_VERSION", "TUTOR_APP"})


class Alias:
    """A value that is another setting's, of whatever type that is; or its opposite."""

    def __init__(self, name: str, *, negated: bool = False) -> None:
        self.name = name
        self.negated = negated

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alias) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        # Fingerprints are made of it: it must be the same in every process.
        return f"Alias({self.name!r}, negated={self.negated})"

    def __str__(self) -> str:
        return f"{'not ' if self.negated else ''}{self.name}"


class Contribution(Named):
    """One value of one setting, not resolved yet, and where it comes from."""

    value: Any
    origin: Origin


class Conflict(Named):
    """Two plugins that override one setting with different values; the last one wins."""

    name: str
    contributions: tuple[Contribution, ...]


class Settings:
    """All contributions to all settings, lowest precedence first."""

    def __init__(self, contributions: dict[str, list[Contribution]] | None = None) -> None:
        self.contributions = contributions or {}
        #: Settings that are generated once and saved: name → template that generates them.
        self.unique: dict[str, Contribution] = {}
        #: What had been contributed when they were put together: `Registry.news`.
        self.news = 0

    def add(self, name: str, value: Any, origin: Origin) -> None:
        """Add a contribution, at its layer; within a layer the last one wins."""
        found = self.contributions.setdefault(name, [])
        found.append(Contribution(value, origin))
        if len(found) > 1 and found[-2].origin.layer > origin.layer:
            found.sort(key=lambda c: c.origin.layer)

    def add_unique(self, name: str, template: Any, origin: Origin) -> None:
        """Declare a setting that is generated once."""
        self.unique[name] = Contribution(template, origin)

    def __contains__(self, name: object) -> bool:
        return name in self.contributions or name in self.unique

    def __iter__(self) -> Iterator[str]:
        yield from self.contributions
        yield from (name for name in self.unique if name not in self.contributions)

    def winner(self, name: str) -> Contribution:
        """The contribution that counts.

        Raises:
            KeyError: nobody declares the setting.
        """
        found = self.contributions.get(name)
        return self.unique[name] if not found or self._is_generated(name) else found[-1]

    def layers(self, name: str) -> list[Contribution]:
        """Every contribution to a setting, the winner last."""
        found = self.contributions.get(name, [])
        if name not in self.unique:
            return list(found)
        defaults = [c for c in found if c.origin.layer < Layer.PLUGIN_OVERRIDE]
        return [*defaults, self.unique[name], *found[len(defaults) :]]

    def declared(self, name: str) -> bool:
        """Whether the core or a plugin knows the setting: not only the user's file."""
        if name in self.unique:
            return True
        return any(c.origin.layer < Layer.PLUGIN_OVERRIDE for c in self.contributions.get(name, ()))

    def declared_by_plugin(self, name: str) -> bool:
        """Whether a plugin has the setting, or a default or an override for it."""
        plugins = [c.origin.plugin for c in self.contributions.get(name, ())]
        return any(plugins) or (name in self.unique and self.unique[name].origin.plugin is not None)

    def is_text(self, name: str) -> bool:
        """Whether a plugin declares the setting with a text, and not with a template of one."""
        found = [c.value for c in self.contributions.get(name, ()) if c.origin.layer is Layer.PLUGIN_DEFAULT]
        found += [self.unique[name].value] if name in self.unique else []
        return bool(found) and isinstance(found[-1], str) and (name in self.unique or "{" not in found[-1])

    def missing_unique(self) -> list[str]:
        """Settings to generate: unique ones to which nobody gave a value. A default is none."""
        return [name for name in self.unique if self._is_generated(name)]

    def _is_generated(self, name: str) -> bool:
        found = self.contributions.get(name)
        return name in self.unique and (not found or found[-1].origin.layer < Layer.PLUGIN_OVERRIDE)

    def conflicts(self) -> list[Conflict]:
        """Overrides by several plugins that differ, unless the user settled it."""
        found = []
        for name, contributions in self.contributions.items():
            if len(contributions) < 2 or contributions[-1].origin.layer > Layer.PLUGIN_OVERRIDE:
                continue
            overrides = {c.origin.plugin: c for c in contributions if c.origin.layer is Layer.PLUGIN_OVERRIDE}
            values = [c.value for c in overrides.values()]
            if any(value != values[0] for value in values):
                found.append(Conflict(name, tuple(overrides.values())))
        return found


def core() -> Settings:
    """The settings of the core alone, whatever plugins make of them."""
    settings = Settings()
    for name, setting in core_settings().items():
        if setting.unique:
            settings.add_unique(name, setting.default, CORE)
        else:
            settings.add(name, setting.default, CORE)
    return settings


def from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings given as ``TUTOR_NAME=VALUE``; the values are YAML."""
    return {
        key[len(ENVIRONMENT_PREFIX) :]: value
        for key, value in environ.items()
        if key.startswith(ENVIRONMENT_PREFIX) and key not in NOT_SETTINGS
    }


def plain(value: Any) -> Any:
    """A value as it is after it was kept as JSON."""
    if isinstance(value, Alias):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
