"""What a plan consists of. Secrets are masked when these records are made, whoever shows them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

#: Version of the JSON form of a plan. It grows when something is renamed or taken away.
FORMAT_VERSION = 1

SettingAction = Literal["new", "changed", "removed"]
FileAction = Literal["created", "changed", "removed"]
ServiceAction = Literal["created", "changed", "recreated", "restarted", "started", "removed"]
ImageAction = Literal["built", "pulled"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Because of what something changes.

    Args:
        text: in words, such as ``plugin myapp 1.0, patch lms-env``.
        plugin: the plugin whose it is, if it is one's.
        patch: name of the patch, if it is one.
        place: file and line, where known.
        settings: the settings that changed and that it reads.
    """

    text: str
    plugin: str | None = None
    patch: str | None = None
    place: str | None = None
    settings: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = [f"{self.text} ({self.place})" if self.text and self.place else self.text or self.place or ""]
        if self.settings:
            label = "setting" if len(self.settings) == 1 else "settings"
            words.insert(0 if not self.text else 1, f"{label} {', '.join(self.settings)}")
        return "; ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that has another value than before.

    Args:
        name: of the setting.
        action: what happens to it.
        old: value before, as it may be shown; ``None`` where there was none.
        new: value after.
        by: who gives the new value, or gave the old one.
        plugin: name of the plugin that gives it, if one does.
        follows: settings that it is computed from and that changed, where its own definition did not.
    """

    name: str
    action: SettingAction
    old: str | None
    new: str | None
    by: str
    plugin: str | None = None
    follows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hunk:
    """A piece of a unified diff.

    Args:
        header: ``@@ -1,3 +1,4 @@``.
        lines: each with its sign in front: a space, ``-`` or ``+``.
        causes: who contributed the lines that change, and the settings that they read.
    """

    header: str
    lines: tuple[str, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of the environment that changes.

    Args:
        path: in the environment.
        action: what happens to it.
        owner: whose template it is: ``tutor``, or a plugin.
        written: it was written already, and what runs does not run on it yet.
        edited: somebody edited it by hand; their version would be kept aside.
        binary: it is not text, and has no hunks.
        mode: the only change is whether it may be run.
        hunks: what changes.
    """

    path: str
    action: FileAction
    owner: str
    written: bool = False
    edited: bool = False
    binary: bool = False
    mode: bool = False
    hunks: tuple[Hunk, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A service whose containers change.

    Args:
        name: of the service.
        action: what happens to it.
        reasons: why, in words.
    """

    name: str
    action: ServiceAction
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageChange:
    """An image that has to be made, or to be fetched.

    Args:
        image: full name.
        action: what is done.
        reason: why, in words.
        services: those that run it.
        by: who declares it, where it is built here.
    """

    image: str
    action: ImageAction
    reason: str
    services: tuple[str, ...] = ()
    by: str | None = None


@dataclass(frozen=True, slots=True)
class TaskChange:
    """An init task that would run.

    Args:
        name: of the task.
        service: in which it runs.
        owner: ``core`` or the plugin.
        reason: why it has to run.
        place: where its script is.
    """

    name: str
    service: str
    owner: str
    reason: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change.

    Args:
        side: the way to run the platform that was looked at, such as ``local``; empty for none.
        settings: settings with other values.
        generated: settings that would be generated and saved.
        config: ``config.yml`` would be written.
        files: files of the environment.
        images: images to build or pull, in order.
        services: services whose containers change.
        tasks: init tasks that would run, in order.
        unknown: what could not be found out, and why.
        warnings: what is probably not as it was meant.
        commands: what to run next.
    """

    side: str = ""
    settings: tuple[SettingChange, ...] = ()
    generated: tuple[str, ...] = ()
    config: bool = False
    files: tuple[FileChange, ...] = ()
    images: tuple[ImageChange, ...] = ()
    services: tuple[ServiceChange, ...] = ()
    tasks: tuple[TaskChange, ...] = ()
    unknown: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.settings or self.config or self.files or self.images or self.services or self.tasks)

    def as_json(self) -> dict[str, Any]:
        """The plan as data, for scripts and reviews."""
        return {"changes": not self.empty, **dataclasses.asdict(self)}
