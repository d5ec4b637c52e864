"""Which settings have another value than before, by whom, and which of them only follow others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.config.secrets import shown, written
from tutor.config.settings import plain
from tutor.config.userfile import differ
from tutor.core.hooks import Layer, Origin
from tutor.env.uses import names_in
from tutor.exceptions import TutorError
from tutor.plan.model import SettingChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutor.env.history import KeptSetting
    from tutor.project import Project


class SettingsComparison:
    """Settings of before and of now.

    Args:
        project: the project, with the settings of after.
        before: all settings as they were; ``None`` where that is not known.
        generated: settings that are generated now.
    """

    def __init__(
        self, project: Project, before: Mapping[str, KeptSetting] | None, generated: tuple[str, ...] = ()
    ) -> None:
        self._project = project
        self._before = before
        self._generated = generated
        #: Settings whose definition changed: they are why others change.
        self.roots: set[str] = set()
        self._followed: dict[str, frozenset[str]] = {}
        self.changes: tuple[SettingChange, ...] = self._compare()

    def behind(self, names: set[str]) -> tuple[str, ...]:
        """The changed settings that names lead to, themselves or through others."""
        found: set[str] = set()
        for name in names:
            found |= self._follow(name, frozenset())
        return tuple(sorted(found))

    def _follow(self, name: str, seen: frozenset[str]) -> frozenset[str]:
        if name in self.roots:
            return frozenset({name})
        if name in seen or name not in self._project.settings:
            return frozenset()
        if name not in self._followed:
            value = self._project.settings.winner(name).value
            read = names_in(self._project.renderer.jinja, value)
            found = frozenset().union(*(self._follow(other, seen | {name}) for other in read))
            if seen:  # inside of a cycle an answer is not whole
                return found
            self._followed[name] = found
        return self._followed[name]

    def _compare(self) -> tuple[SettingChange, ...]:
        settings, before = self._project.settings, self._before
        if before is None:
            return ()
        found = {}
        known = self._project.values.known()
        for name in sorted({*settings, *before}):
            if name not in settings:
                self.roots.add(name)
                found[name] = self._removed(name, before[name])
            elif name not in before:
                self.roots.add(name)
                found[name] = self._new(name)
            elif self._redefined(name, before[name]):
                self.roots.add(name)
                found[name] = self._changed(name, before[name])
        for name, old in before.items():
            if name in found or name not in known or not old.resolved:
                continue
            if differ(plain(known[name]), plain(old.value)):
                found[name] = self._changed(name, old)
        return tuple(change for _, change in sorted(found.items()) if change is not None)

    def _redefined(self, name: str, old: KeptSetting) -> bool:
        raw = self._project.settings.winner(name).value
        if name in self._generated:
            return False
        return differ(plain(raw), plain(old.raw))

    def _new(self, name: str) -> SettingChange | None:
        origin = self._project.settings.winner(name).origin
        if origin.layer is Layer.DEFAULT or name in self._generated:
            return None  # a newer tutor brings it, with its default; what is generated is told as that
        return SettingChange(name, "new", None, self._now(name), self._by(name), origin.plugin)

    def _removed(self, name: str, old: KeptSetting) -> SettingChange | None:
        if old.origin.layer is Layer.DEFAULT:
            return None
        by = "no longer declared" if old.origin.plugin is None else f"{title(old.origin)} is not enabled"
        return SettingChange(name, "removed", _shown(name, old), None, by, old.origin.plugin)

    def _changed(self, name: str, old: KeptSetting) -> SettingChange | None:
        now = self._value(name)
        new, before = shown(name, now), _shown(name, old)
        if written(now) == written(plain(_value(old))):
            return None  # said in another way, and the same
        winner = self._project.settings.winner(name).origin
        follows = () if name in self.roots else self.behind({name})
        by = self._by(name)
        if old.origin.plugin and not winner.plugin and old.origin.layer > winner.layer:
            by = f"{by}; {title(old.origin)} no longer sets it"
        return SettingChange(name, "changed", before, new, by, winner.plugin, follows)

    def _now(self, name: str) -> str:
        return shown(name, self._value(name))

    def _value(self, name: str) -> Any:
        try:
            return plain(self._project.values[name])
        except TutorError:
            return plain(self._project.settings.winner(name).value)

    def _by(self, name: str) -> str:
        if name in self._generated:
            return "generated once"
        return title(self._project.settings.winner(name).origin)


def title(origin: Origin) -> str:
    """Who gives a value, in words."""
    if origin.plugin:
        return f"plugin {origin.plugin}" + (f" {origin.version}" if origin.version else "")
    return origin.layer.title


def _shown(name: str, old: KeptSetting) -> str:
    return shown(name, _value(old))


def _value(old: KeptSetting) -> Any:
    return old.value if old.resolved else old.raw
