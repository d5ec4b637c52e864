"""Which init tasks have run on the platform's data, and with what: the same ones need not run again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.env.storage import STATE, write_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tutor.jobs.tasks import Task

FORMAT_VERSION = 1
#: In the folder of the project's state.
FILE = "initialised-{name}.json"
#: Folders in the project's ``data`` that tasks write to. A new one knows nothing of tasks that ran before.
DATABASES = ("mysql", "mongodb", "meilisearch")


@dataclass(slots=True)
class Initialised:
    """The tasks that have run.

    Args:
        root: the project's root.
        name: whose data they ran on: ``compose``, or an engine that keeps data elsewhere.
        tasks: task → (digest of the script that ran, identity of the image in which it ran).
        data: folder → its number on the disk when tasks ran.
    """

    root: Path
    name: str
    tasks: dict[str, tuple[str, str]] = field(default_factory=dict)
    data: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, name: str = "compose") -> Initialised:
        """What is known of a project; an unreadable record is an empty one."""
        try:
            content: Any = json.loads((root / STATE / FILE.format(name=name)).read_bytes())
            if content["format_version"] != FORMAT_VERSION:
                return cls(root, name)
            tasks = {
                str(task): (str(digest), str(image)) for task, (digest, image) in content["tasks"].items()
            }
            data = {str(folder): int(number) for folder, number in content["data"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(root, name)
        return cls(root, name, tasks, data)

    def reason(self, task: Task, image: str) -> str | None:
        """Why a task has to run; ``None`` where it ran as it is now.

        Args:
            task: with the script of now.
            image: identity of the image in which it would run; empty where that is not known.
        """
        known = self.tasks.get(task.name)
        if known is None:
            return "it has not run yet"
        if self._anew():
            return "the databases are new"
        if known[0] != task.digest:
            return "its script has changed since it ran"
        if image and known[1] and image != known[1]:
            return "its image has changed since it ran"
        return None

    def finish(self, task: Task, image: str) -> None:
        """Note that a task has run.

        Raises:
            StorageError: the disk refuses.
        """
        if self._anew():
            self.tasks = {}  # what ran on the old databases counts no more
        self.data = _numbers(self.root)
        self.tasks[task.name] = (task.digest, image)
        content = {"format_version": FORMAT_VERSION, "tasks": self.tasks, "data": self.data}
        path = self.root / STATE / FILE.format(name=self.name)
        write_state(path, json.dumps(content, indent=1).encode())

    def _anew(self) -> bool:
        """Whether a database's folder is another one than when tasks ran."""
        numbers = _numbers(self.root)
        return any(numbers.get(folder) != number for folder, number in self.data.items())


def due(tasks: Sequence[Task], record: Initialised, images: Mapping[str, str]) -> list[tuple[Task, str]]:
    """The tasks that have to run, in order, each with the reason.

    Args:
        tasks: all.
        record: which of them have run.
        images: service that runs tasks → identity of its image.
    """
    found = []
    for task in tasks:
        reason = record.reason(task, images.get(task.job_service, ""))
        if reason is not None:
            found.append((task, reason))
    return found


def _numbers(root: Path) -> dict[str, int]:
    found = {}
    for folder in DATABASES:
        try:
            found[folder] = (root / "data" / folder).stat().st_ino
        except OSError:
            continue
    return found
