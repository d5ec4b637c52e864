"""Rule: tasks run in services that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.config.userfile import nearest
from tutor.hooks import Filters
from tutor.plugins import legacy
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Init tasks for which there is neither a job service nor a service."""
    services, complete = subject.all_services
    known = {service.name for service in services}
    for (named, _), origin in subject.own(Filters.CLI_DO_INIT_TASKS):
        service = legacy.SERVICES.get(named, named)
        if complete and known.isdisjoint((service, f"{service}-job")):
            near = nearest(service, known)
            hint = f"add {service}-job with a patch named local-docker-compose-jobs-services"
            yield Place(
                f"There is no service {service} for an init task"
                + (f"; did you mean {near}?" if near else ""),
                origin,
                hint,
            )


RULE = Rule(
    slug="unknown-service",
    severity="warning",
    title="A task for a service that does not exist",
    why="Initialisation stops there. A task for `myapp` runs in the service `myapp-job`, which a patch adds.",
    check=check,
)
