"""The ledger: which tasks of a job have finished, so that a job that was cut off can be resumed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tutor.env.storage import STATE, storage_errors, write_state

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.jobs.tasks import Task

FORMAT_VERSION = 1
#: Of jobs, and of upgrades, in the folder of the project's state.
FILE, UPGRADE_FILE = "ledger.json", "ledger-upgrade.json"


@dataclass(slots=True)
class Ledger:
    """What is known about the last run of a job that has not come to its end.

    Args:
        path: where it is kept; it holds digests of scripts, no scripts.
        job: name of the job.
        finished: task → digest of the script that finished.
        interrupted: whether there is a run to resume.
    """

    path: Path
    job: str
    finished: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    @classmethod
    def read(cls, root: Path, job: str, file: str = FILE) -> Ledger:
        """The ledger of a project; an unreadable one is an empty one.

        Args:
            root: of the project.
            job: name of the job; a ledger of another one is an empty one.
            file: its name: jobs that may be cut off at the same time have one each.
        """
        path = root / STATE / file
        try:
            content: Any = json.loads(path.read_bytes())
            if content["format_version"] != FORMAT_VERSION or content["job"] != job:
                return cls(path, job)
            finished = {str(name): str(digest) for name, digest in content["finished"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path, job)
        return cls(path, job, finished, interrupted=True)

    def begin(self, *, resume: bool) -> None:
        """A run begins: from the start, unless it resumes the one before.

        Raises:
            StorageError: the disk refuses.
        """
        if not resume:
            self.finished = {}
        self._write()

    def has(self, task: Task) -> bool:
        """Whether a task has finished with the script that it has now."""
        return self.finished.get(task.name) == task.digest

    def finish(self, task: Task) -> None:
        """Note that a task has finished.

        Raises:
            StorageError: the disk refuses.
        """
        self.finished[task.name] = task.digest
        self._write()

    def close(self) -> None:
        """The run has come to its end: there is nothing to resume."""
        with storage_errors(self.path.parent.parent):
            self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        content = {"format_version": FORMAT_VERSION, "job": self.job, "finished": self.finished}
        write_state(self.path, json.dumps(content, indent=1).encode())
