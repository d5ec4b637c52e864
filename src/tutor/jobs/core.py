"""The initialisation tasks of the core."""

from __future__ import annotations

from pathlib import Path

from tutor.core.hooks import Layer, Origin, current, priorities
from tutor.hooks import Contexts, Filters

_SCRIPTS = Path(__file__).parent.parent / "templates" / "jobs" / "init"
#: (service, script, priority): databases first, then plugins' pre-init tasks, then the platform. A script
#: belongs to the context of the application that it is named after.
INIT = (
    ("mysql", "mysql.sh", priorities.HIGH),
    ("lms", "lms.sh", priorities.DEFAULT),
    ("lms", "meilisearch.sh", priorities.DEFAULT),
    ("cms", "cms.sh", priorities.DEFAULT),
)
#: Script → the databases that it works on. LMS and CMS have one in common, which MySQL's script creates.
DATABASES = {
    "mysql.sh": frozenset({"mysql"}),
    "lms.sh": frozenset({"mysql", "mongodb"}),
    "meilisearch.sh": frozenset({"meilisearch"}),
    "cms.sh": frozenset({"mysql", "mongodb", "meilisearch"}),
}


def contribute() -> None:
    """Add the core's tasks to the current registry."""
    for service, script, priority in INIT:
        path = _SCRIPTS / script
        origin = Origin(Layer.DEFAULT, file=str(path), line=1)
        task = (service, path.read_text())
        with Contexts.app(path.stem).enter():
            current().add(Filters.CLI_DO_INIT_TASKS, items=(task,), priority=priority, origin=origin)


def databases(origin: Origin) -> frozenset[str] | None:
    """The databases that a task works on; ``None`` where nobody knows."""
    path = Path(origin.file or "")
    return DATABASES.get(path.name) if origin.plugin is None and path.parent == _SCRIPTS else None
