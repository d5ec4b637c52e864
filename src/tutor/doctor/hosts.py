"""Check: the public names of the platform lead somewhere."""

from __future__ import annotations

import concurrent.futures
import socket
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

#: Seconds that all names may take.
TIMEOUT = 10.0
SETTINGS = ("LMS_HOST", "CMS_HOST", "MEILISEARCH_HOST")


def check_hosts(subject: Subject) -> Iterator[Finding]:
    """Ask for the addresses of the names."""
    values = subject.project.values
    names = {str(values[name]): name for name in reversed(SETTINGS)}
    if not values["RUN_MEILISEARCH"]:
        names = {host: name for host, name in names.items() if name != "MEILISEARCH_HOST"}
    https = bool(values["ENABLE_HTTPS"] and values["ENABLE_WEB_PROXY"])
    for host in sorted(unresolved(names)):
        yield judge(host, names[host], https=https)


def judge(host: str, setting: str, *, https: bool) -> Finding:
    """What a name without an address means: there is no certificate for it, or just no page."""
    why = ", so there is no certificate for it" if https else ""
    return Finding(
        "hosts",
        "warning",
        f"The name {host} has no address{why}",
        f"setting {setting}",
        f"add a record to its DNS zone, or for this machine alone: "
        f"echo '127.0.0.1 {host}' | sudo tee --append /etc/hosts",
    )


def unresolved(hosts: Collection[str], resolve: Callable[[str], object] | None = None) -> set[str]:
    """Names that have no address, or none in time."""
    ask = resolve or (lambda host: socket.getaddrinfo(host, None))
    executor = concurrent.futures.ThreadPoolExecutor(max_workers=len(hosts) or 1)
    asked = {executor.submit(ask, host): host for host in hosts}
    done, late = concurrent.futures.wait(asked, timeout=TIMEOUT)
    # One that does not answer must not keep us.
    executor.shutdown(wait=False, cancel_futures=True)
    return {asked[future] for future in done if future.exception()} | {asked[future] for future in late}
