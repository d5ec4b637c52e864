"""Checking mounts that are about to be added, by whichever command: what they name is there."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from tutor.bindmount import host_path, normalised, parse_explicit_mount, parse_mount
from tutor.config.userfile import nearest
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: What stands for several services.
ALIASES = ("openedx",)
# A mount as Compose has it, with its options, which are the platform's own business here.
_OPTIONS = re.compile(r"(?P<mount>[A-Za-z0-9_,\s-]+:[^:]+:[^:]+):(?P<options>[a-zA-Z,]+)")


def check_mounts(new: Iterable[str], present: Iterable[str], services: Collection[str]) -> None:
    """Check mounts that are new.

    Args:
        new: they.
        present: all, those included.
        services: of every way to run the platform.

    Raises:
        ConfigError: one has options, names a service or a folder that is not there, or the place of another.
    """
    new = list(new)
    for mount in new:
        check_form(mount)
        for service, _, _ in parse_explicit_mount(mount):
            if service not in services and service not in ALIASES:
                near = nearest(service, [*services, *ALIASES])
                raise ConfigError(
                    f"There is no service {service}" + (f"; did you mean {near}?" if near else ""),
                    where=f"mount {mount}",
                    hint=f"services are: {', '.join(sorted(services))}",
                )
    _check_places([*present, *(mount for mount in new if mount not in set(present))])


def check_form(mount: str) -> None:
    """Check what one mount says by itself.

    Raises:
        ConfigError: it has options, or names a folder that is not there.
    """
    found = _OPTIONS.fullmatch(mount)
    if found is not None:
        raise ConfigError(
            f"A mount has no options such as {found['options']}: the platform gives each its own",
            where=f"mount {mount}",
            hint=f"tutor mounts add {quote(found['mount'])}",
        )
    host = host_path(mount)
    if not Path(host).exists():
        raise ConfigError(f"{host} does not exist", where=f"mount {mount}", hint=f"mkdir {quote(host)}")


def _check_places(mounts: Iterable[str]) -> None:
    """Each place in a service is that of one folder."""
    places: dict[tuple[str, str], str] = {}
    for mount in mounts:
        for service, _, container in parse_mount(mount):
            place = (service, container.rstrip("/"))
            other = places.setdefault(place, mount)
            if normalised(other) != normalised(mount):
                raise ConfigError(
                    f"Two folders would be at {container} in {service}",
                    where=f"mounts {other} and {mount}",
                    hint=f"tutor mounts remove {quote(other)}",
                )
