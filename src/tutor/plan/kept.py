"""Comparing generations with each other, and with what is on disk now."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.change import kept_settings
from tutor.config.masking import Mask
from tutor.config.secrets import shown, written
from tutor.config.settings import plain
from tutor.config.userfile import differ
from tutor.env.plan import ENV, read
from tutor.exceptions import TutorError
from tutor.plan.files import compare_files
from tutor.plan.model import SettingChange
from tutor.plan.settings import title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutor.env.history import Generation, History, KeptSetting, KeptTree
    from tutor.env.render import RenderedFile
    from tutor.plan.model import FileChange, SettingAction
    from tutor.project import Project


@dataclass(frozen=True, slots=True)
class State:
    """Settings and files at one time.

    Args:
        title: in words.
        settings: all of them.
        tree: the generation's files; those on disk are what somebody made of them.
        project: the opened project, where this is what is on disk now.
    """

    title: str
    settings: Mapping[str, KeptSetting]
    tree: KeptTree
    project: Project | None = None

    def file(self, path: str) -> RenderedFile | None:
        """A file; ``None`` where it is not there."""
        kept = self.tree.file(path) if path in self.tree else None
        if self.project is None or kept is None:
            return kept
        content = read(self.project.root / ENV / path)
        if content is None:
            return None
        return kept if content == kept.content else kept._replace(content=content, spans=())

    def edited(self, path: str) -> bool:
        """Whether somebody edited a file since it was rendered."""
        found = self.file(path)
        return (
            self.project is not None and found is not None and found.content != self.tree.file(path).content
        )


def of_generation(history: History, generation: Generation) -> State:
    """What a generation was.

    Raises:
        StorageError: the history is damaged.
    """
    return State(f"generation {generation.number}", history.settings(generation), history.tree(generation))


def now(history: History, project: Project) -> State:
    """What is on disk: settings as they stand in ``config.yml``, files as somebody may have edited them.

    Raises:
        ConfigError: nothing was ever applied.
    """
    last = history.last or history.get(1)
    for name in project.settings:
        if name not in project.settings.missing_unique():
            with contextlib.suppress(TutorError):
                project.values[name]
    return State("now", kept_settings(project), history.tree(last), project)


def settings_between(before: State, after: State) -> tuple[SettingChange, ...]:
    """Settings that differ, by name."""
    return tuple(_settings(before.settings, after.settings))


def files_between(before: State, after: State) -> tuple[FileChange, ...]:
    """Files that differ, by path."""
    mask = Mask(
        (name, value)
        for state in (before, after)
        for name, setting in state.settings.items()
        for value in (setting.value, setting.raw)
    )
    found = []
    for path in sorted({*before.tree, *after.tree}):
        same = (
            path in before.tree and path in after.tree and before.tree.digest(path) == after.tree.digest(path)
        )
        if same and after.project is None:
            continue
        change = compare_files(path, before.file(path), after.file(path), mask, edited=after.edited(path))
        if change is not None:
            found.append(change)
    return tuple(found)


def _settings(before: Mapping[str, KeptSetting], after: Mapping[str, KeptSetting]) -> Iterator[SettingChange]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            origin = (new or old).origin  # type: ignore[union-attr]  # one of them is there
            if origin.layer > 0:
                action: SettingAction = "new" if old is None else "removed"
                values = (_shown(name, old), _shown(name, new))
                yield SettingChange(name, action, *values, title(origin), origin.plugin)
            continue
        raw = differ(plain(old.raw), plain(new.raw))
        moved = old.resolved and new.resolved and differ(plain(old.value), plain(new.value))
        if (raw or moved) and _written(old) != _written(new):
            origin = new.origin
            yield SettingChange(
                name, "changed", _shown(name, old), _shown(name, new), title(origin), origin.plugin
            )


def _shown(name: str, setting: KeptSetting | None) -> str | None:
    if setting is None:
        return None
    return shown(name, plain(setting.value if setting.resolved else setting.raw))


def _written(setting: KeptSetting) -> str:
    return written(plain(setting.value if setting.resolved else setting.raw))
