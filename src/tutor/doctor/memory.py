"""Check: there is memory for the platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

GIB = 1024**3
#: Below this, services of the platform are killed while they start.
LEAST = 3 * GIB
#: What the platform is comfortable with.
ENOUGH = 7 * GIB
_TOTAL = re.compile(r"^MemTotal:\s+(\d+) kB", re.MULTILINE)


def check_memory(subject: Subject) -> Iterator[Finding]:
    """Look at the memory of the machine on which containers run."""
    total = _of_engine(subject) or _of_this_machine(Path("/proc/meminfo"))
    if total is not None:
        yield from judge(total)


def judge(total: int) -> Iterator[Finding]:
    """What so many bytes of memory mean."""
    room = f"The machine has {total / GIB:.1f} GiB of memory"
    remedy = "give it more, or run fewer services: tutor config save --set RUN_MEILISEARCH=false"
    if total < LEAST:
        yield Finding("memory", "error", f"{room}, too little for the platform", "memory", remedy)
    elif total < ENOUGH:
        yield Finding(
            "memory", "warning", f"{room}; the platform may be slow, or be killed", "memory", remedy
        )


def _of_engine(subject: Subject) -> int | None:
    """What the engine says: it may be in a virtual machine that is smaller than this one."""
    if subject.engine is None or subject.engine.name != "docker":
        return None
    argv = [*subject.engine.command, "info", "--format", "{{.MemTotal}}"]
    output = subject.runner.capture(argv, environment=subject.engine.environment).output.strip()
    return int(output) if output.isdigit() and int(output) else None


def _of_this_machine(path: Path) -> int | None:
    try:
        found = _TOTAL.search(path.read_text())
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
