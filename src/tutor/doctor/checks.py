"""The checks, in the order in which they are made: later ones need what earlier ones found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.doctor import compose, data, disk, engine, environment, ports, restoring

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
