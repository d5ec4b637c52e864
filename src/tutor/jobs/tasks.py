"""The tasks of a job: which scripts run in which services, in which order."""

from __future__ import annotations

import collections
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.config.userfile import nearest
from tutor.env.failures import Text
from tutor.exceptions import TaskError
from tutor.hooks import Filters
from tutor.jobs.core import databases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.core.hooks import Origin
    from tutor.project import Project

#: Services of old plugins → those that run their scripts now.
RENAMED = {"mysql-client": "mysql"}


@dataclass(frozen=True, slots=True)
class Task:
    """A script that runs once in a container of a service.

    Args:
        name: identity within the job, such as ``core/mysql`` or ``myapp/lms #2``.
        service: the service in whose job container it runs.
        script: for ``sh``, rendered.
        origin: who contributed it.
        container: the service that runs it, where there is none for jobs.
        databases: those that it works on; ``None`` where that is not known: any.
    """

    name: str
    service: str
    script: str
    origin: Origin
    container: str | None = None
    databases: frozenset[str] | None = None

    @property
    def job_service(self) -> str:
        """The service in the compose files that runs it."""
        return self.container or f"{self.service}-job"

    @property
    def app(self) -> str:
        """What ``--limit`` calls it by: the plugin, or the core's service."""
        return self.origin.plugin or self.service

    @property
    def owner(self) -> str:
        """Words for messages."""
        if self.origin.plugin is None:
            return "core"
        return f"plugin {self.origin.plugin}" + (f" {self.origin.version}" if self.origin.version else "")

    def waits_for(self, other: Task) -> bool:
        """Whether it has to wait for a task that stands before it."""
        if self.databases is None or other.databases is None:
            return True
        return bool(self.databases & other.databases)

    @property
    def digest(self) -> str:
        """Changes with the script."""
        return hashlib.sha256(f"{self.service}\0{self.script}".encode()).hexdigest()


def init_tasks(project: Project, limit: str | None = None) -> list[Task]:
    """The tasks of the job ``init``, rendered, in order.

    Args:
        project: opened.
        limit: only the tasks of this plugin, or of this service of the core.

    Raises:
        TaskError: nothing has the name ``limit``.
        RenderError: a script cannot be rendered.
    """
    found = []
    counts: collections.Counter[str] = collections.Counter()
    contributions = Filters.CLI_DO_INIT_TASKS.collect()
    for (service, source), origin in contributions:
        service_now = RENAMED.get(service, service)
        name = f"{origin.plugin or 'core'}/{service_now}"
        counts[name] += 1
        if counts[name] > 1:
            name += f" #{counts[name]}"
        if limit is None or limit == (origin.plugin or service_now):
            text = Text(f"<init task {name}>", source, origin, f"init task {name}")
            script = project.renderer.render_text(source, text)
            found.append(Task(name, service_now, script, origin, databases=databases(origin)))
    if limit is not None and not found:
        apps = dict.fromkeys(o.plugin or RENAMED.get(s, s) for (s, _), o in contributions)
        raise _unknown(limit, list(apps), project)
    return found


def _unknown(limit: str, apps: Sequence[str], project: Project) -> TaskError:
    if any(plugin.name == limit for plugin in project.loaded):
        return TaskError(
            f"Plugin {limit} has no init tasks",
            where="option --limit",
            hint=f"these have: {', '.join(apps)}",
        )
    near = nearest(limit, apps)
    return TaskError(
        f"Nothing with init tasks is called {limit}" + (f"; did you mean {near}?" if near else ""),
        where="option --limit",
        hint=f"these have init tasks: {', '.join(apps)}",
    )
