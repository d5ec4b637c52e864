"""Bind mounts: which folder of this machine appears where in which service."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# service1,service2:/host/path:/container/path
_EXPLICIT = re.compile(r"(?P<services>[A-Za-z0-9_,\s-]+):(?P<host>[^:]+):(?P<container>[^:]+)")


def iter_mounts(user_mounts: Iterable[str], *names: str) -> Iterator[str]:
    """Yield ``host:container`` for the mounts that belong to any of some services, each once."""
    seen = set()
    for mount in user_mounts:
        for service, host, container in parse_mount(mount):
            bind = f"{host}:{container}"
            if service in names and bind not in seen:
                seen.add(bind)
                yield bind


def parse_mount(mount: str) -> list[tuple[str, str, str]]:
    """The (service, path on this machine, path in the container) that one mount stands for.

    A mount is ``SERVICE[,SERVICE…]:HOST_PATH:CONTAINER_PATH``, or the path of a folder that the core or
    a plugin recognises by its name.
    """
    explicit = _EXPLICIT.fullmatch(mount)
    if explicit:
        host = os.path.abspath(os.path.expanduser(explicit["host"]))
        services = [s.strip() for s in explicit["services"].split(",")]
        return [(service, host, explicit["container"]) for service in services if service]
    host = os.path.abspath(os.path.expanduser(mount))
    return [
        (service, host, container)
        for service, container in Filters.COMPOSE_MOUNTS.iterate(os.path.basename(host))
    ]
