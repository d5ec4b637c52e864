"""Resolution: from templates over other settings to values, each once, with cycles found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.config import values
from tutor.config.settings import Alias
from tutor.config.table import core_settings
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutor.config.settings import Contribution, Settings


class Resolver:
    """Resolved values of settings, computed when first asked for.

    Args:
        settings: what was contributed.
        render: turns a template into text; gets the template and the contribution that it is from.
    """

    def __init__(self, settings: Settings, render: Callable[[str, Contribution, str], str]) -> None:
        self.settings = settings
        self._render = render
        self._values: dict[str, Any] = {}
        self._in_progress: list[str] = []

    def __contains__(self, name: object) -> bool:
        return name in self.settings

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def __getitem__(self, name: str) -> Any:
        """The resolved value.

        Raises:
            KeyError: nobody declares the setting.
            ConfigError: a cycle, a wrong type, or a template that cannot be rendered.
        """
        try:
            return self._values[name]
        except KeyError:
            pass
        contribution = self.settings.winner(name)
        if name in self._in_progress:
            raise self._cycle(name)
        self._in_progress.append(name)
        try:
            value = self._resolve(contribution.value, contribution, name)
        finally:
            self._in_progress.pop()
        setting = core_settings().get(name)
        if setting is not None:
            value = values.check(setting, value, contribution.origin)
        self._values[name] = value
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """The resolved value, or ``default`` when nobody declares the setting."""
        return self[name] if name in self.settings else default

    def _resolve(self, value: Any, contribution: Contribution, name: str) -> Any:
        if isinstance(value, str):
            if "{{" not in value and "{%" not in value and "{#" not in value:
                return value
            return self._render(value, contribution, name)
        if isinstance(value, Alias):
            return not self[value.name] if value.negated else self[value.name]
        if isinstance(value, (list, tuple)):
            return [self._resolve(item, contribution, name) for item in value]
        if isinstance(value, dict):
            return {
                self._resolve(k, contribution, name): self._resolve(v, contribution, name)
                for k, v in value.items()
            }
        return value

    def _cycle(self, name: str) -> ConfigError:
        names = [*self._in_progress[self._in_progress.index(name) :], name]
        lines = []
        for key in names[:-1]:
            contribution = self.settings.winner(key)
            origin = contribution.origin
            source = str(origin) if origin.plugin else origin.layer.title
            lines.append(f"  {key} = {values.shown(key, contribution.value)}   ({source})")
        return ConfigError(
            f"Settings refer to each other in a cycle: {' → '.join(names)}",
            where=f"setting {name}",
            excerpt="\n".join(lines),
            hint=f"tutor config save --set {name}=VALUE",
        )
