"""The checks, in the order in which they are made: later ones need what earlier ones found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor import (
    clock,
    compose,
    data,
    disk,
    drift,
    engine,
    environment,
    hosts,
    memory,
    permissions,
    plugins,
    ports,
    restoring,
    secrets,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.doctor.check import Check, Finding, Subject

CHECKS: tuple[Check, ...] = (
    restoring.check_restoring,
    environment.check_environment,
    engine.check_engine,
    data.check_data,
    compose.check_compose,
    disk.check_disk,
    ports.check_ports,
)
#: Those of `tutor doctor`: also what keeps no launch from going on.
ALL: tuple[Check, ...] = (
    restoring.check_restoring,
    engine.check_engine,
    memory.check_memory,
    clock.check_clock,
    permissions.check_permissions,
    secrets.check_secrets,
    environment.check_environment,
    plugins.check_plugins,
    data.check_data,
    compose.check_compose,
    disk.check_disk,
    ports.check_ports,
    drift.check_drift,
    hosts.check_hosts,
)
#: Those that make sense on an environment that is not written yet.
BEFORE_SAVING: tuple[Check, ...] = (
    restoring.check_restoring,
    engine.check_engine,
    data.check_data,
    compose.check_compose,
    disk.check_disk,
    ports.check_ports,
)


def examine(subject: Subject, checks: tuple[Check, ...] = CHECKS) -> Iterator[Finding]:
    """Make checks one after the other, and yield what they find."""
    for check in checks:
        yield from check(subject)
