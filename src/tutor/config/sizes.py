"""Memory and CPU of each service, by the size of the platform: one table for Compose and Kubernetes.

A limit is a ceiling, not a reservation: the limits of a size may add up to more than the machine has. A
request is what Kubernetes sets aside for a pod. Those of LMS and CMS are the usual platform's; those of
workers and MySQL are above what they use at rest: 560 and 760 MiB, measured with Open edX of 2025.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tutor.core.named import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What a limit is set to where there shall be none.
NO_LIMIT = "none"
MEMORY = r"[1-9][0-9]*(Mi|Gi|m|g)|none"
CPU = r"[0-9]*[1-9][0-9]*m|0\.[0-9]*[1-9][0-9]*|[1-9][0-9]*(\.[0-9]+)?|none"


class Share(Named):
    """What a service gets.

    Args:
        memory: limit in MiB.
        cpu: limit in thousandths of a CPU.
        memory_request: in MiB.
        cpu_request: in thousandths of a CPU.
    """

    memory: int
    cpu: int
    memory_request: int
    cpu_request: int


class Size(Named):
    """A size of the platform.

    Args:
        machine: what it is meant for, in words.
        workers: processes of each background worker.
        shares: by service; job services are services, too.
    """

    machine: str
    workers: int
    shares: Mapping[str, Share]


class Resources(Named):
    """What a service gets by the settings; ``None`` where there is no limit. Units as in `Share`."""

    memory: int | None
    cpu: int | None
    memory_request: int
    cpu_request: int

    @property
    def compose(self) -> dict[str, str | int]:
        """Keys of a Compose service.

        A quota instead of ``cpus``, which the engine refuses when the machine has fewer.
        """
        keys: dict[str, str | int] = {}
        if self.memory is not None:
            keys["mem_limit"] = f"{self.memory}m"
        if self.cpu is not None:
            # Microseconds in each tenth of a second, the kernel's period.
            keys["cpu_quota"] = self.cpu * 100
        return keys

    @property
    def kubernetes(self) -> dict[str, dict[str, str]]:
        """The ``resources`` of a Kubernetes container, as the server writes them: 2Gi, not 2048Mi.

        With other spellings, `kubectl apply` reports a change where there is none.
        """
        found = {"requests": {"memory": _memory(self.memory_request), "cpu": _cpu(self.cpu_request)}}
        limits = {}
        if self.memory is not None:
            limits["memory"] = _memory(self.memory)
        if self.cpu is not None:
            limits["cpu"] = _cpu(self.cpu)
        return {**found, "limits": limits} if limits else found


def _memory(mebibytes: int) -> str:
    return f"{mebibytes}Mi" if mebibytes % 1024 else f"{mebibytes // 1024}Gi"


def _cpu(thousandths: int) -> str:
    return f"{thousandths}m" if thousandths % 1000 else f"{thousandths // 1000}"


SIZES: Mapping[str, Size] = {
    "small": Size(
        "one machine of 4 to 8 GB, for trying, development and small schools",
        2,
        {
            "lms": Share(3072, 2000, 2048, 250),
            "cms": Share(3072, 2000, 2048, 250),
            "lms-worker": Share(2048, 2000, 640, 100),
            "cms-worker": Share(2048, 2000, 640, 100),
            "lms-job": Share(3072, 2000, 512, 100),
            "cms-job": Share(3072, 2000, 512, 100),
            "mysql": Share(2048, 2000, 896, 100),
            "mysql-job": Share(1024, 1000, 64, 50),
            "mongodb": Share(2048, 2000, 256, 100),
            "redis": Share(1024, 1000, 64, 50),
            "meilisearch": Share(1024, 1000, 128, 50),
            "caddy": Share(512, 1000, 32, 50),
            "smtp": Share(256, 500, 32, 25),
            "permissions": Share(256, 1000, 16, 25),
            "watchthemes": Share(2048, 1000, 256, 50),
        },
    ),
    "medium": Size(
        "16 to 32 GB, for some thousand learners",
        4,
        {
            "lms": Share(6144, 4000, 2048, 500),
            "cms": Share(6144, 4000, 2048, 500),
            "lms-worker": Share(4096, 4000, 1024, 250),
            "cms-worker": Share(4096, 4000, 1024, 250),
            "lms-job": Share(4096, 4000, 512, 250),
            "cms-job": Share(4096, 4000, 512, 250),
            "mysql": Share(4096, 4000, 1024, 500),
            "mysql-job": Share(2048, 2000, 64, 100),
            "mongodb": Share(4096, 4000, 512, 250),
            "redis": Share(2048, 1000, 128, 100),
            "meilisearch": Share(2048, 2000, 256, 100),
            "caddy": Share(1024, 2000, 64, 100),
            "smtp": Share(512, 1000, 64, 50),
            "permissions": Share(512, 2000, 16, 50),
            "watchthemes": Share(2048, 2000, 256, 50),
        },
    ),
    "large": Size(
        "64 GB and more, for tens of thousands of learners",
        8,
        {
            "lms": Share(12288, 8000, 4096, 1000),
            "cms": Share(12288, 8000, 4096, 1000),
            "lms-worker": Share(8192, 8000, 2048, 500),
            "cms-worker": Share(8192, 8000, 2048, 500),
            "lms-job": Share(8192, 8000, 1024, 500),
            "cms-job": Share(8192, 8000, 1024, 500),
            "mysql": Share(16384, 8000, 4096, 1000),
            "mysql-job": Share(4096, 4000, 64, 100),
            "mongodb": Share(8192, 8000, 2048, 500),
            "redis": Share(4096, 2000, 512, 250),
            "meilisearch": Share(4096, 4000, 512, 250),
            "caddy": Share(2048, 4000, 128, 250),
            "smtp": Share(1024, 1000, 64, 50),
            "permissions": Share(512, 4000, 16, 50),
            "watchthemes": Share(2048, 2000, 256, 50),
        },
    ),
}
#: Every service has the same ones in each size.
SERVICES = tuple(SIZES["small"].shares)


def memory_setting(service: str) -> str:
    """Name of the setting that limits a service's memory."""
    return f"{_prefix(service)}_MEMORY_LIMIT"


def cpu_setting(service: str) -> str:
    """Name of the setting that limits a service's CPU."""
    return f"{_prefix(service)}_CPU_LIMIT"


def default_limit(size: str, service: str, kind: str) -> str:
    """The limit of a size, as a value of the setting; ``kind`` is ``memory`` or ``cpu``."""
    share = SIZES[size].shares[service]
    return f"{share.memory}Mi" if kind == "memory" else f"{share.cpu}m"


def resources(service: str, setting: Callable[[str], Any]) -> Resources:
    """What a service gets by the settings. A request never exceeds its limit.

    Args:
        service: of the table.
        setting: gives the resolved value of a setting.

    Raises:
        LookupError: the table has no such service.
    """
    if service not in SERVICES:
        raise LookupError(f"there is no size of the service {service}: {', '.join(SERVICES)} have one")
    share = SIZES[setting("PLATFORM_SIZE")].shares[service]
    memory = mebibytes(setting(memory_setting(service)))
    cpu = thousandths(setting(cpu_setting(service)))
    return Resources(
        memory,
        cpu,
        share.memory_request if memory is None else min(memory, share.memory_request),
        share.cpu_request if cpu is None else min(cpu, share.cpu_request),
    )


def mebibytes(text: str) -> int | None:
    """MiB of a memory limit such as ``512Mi`` or ``2g``; nothing for ``none``."""
    if text == NO_LIMIT:
        return None
    number = int(re.sub(r"\D", "", text))
    return number * 1024 if "g" in text.lower() else number


def thousandths(text: str) -> int | None:
    """Thousandths of a CPU of a limit such as ``1.5`` or ``500m``, at least 10; nothing for ``none``."""
    if text == NO_LIMIT:
        return None
    # The engine takes no less than a hundredth.
    return max(10, int(text[:-1]) if text.endswith("m") else round(float(text) * 1000))


def _prefix(service: str) -> str:
    return service.upper().replace("-", "_")
