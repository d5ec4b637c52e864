"""Check: the clocks of this machine and of the engine are right."""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.doctor.check import Finding, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds that the engine's clock may differ: tokens and certificates are refused at some minutes.
TOLERANCE = 30
_TIME = re.compile(r"(\d+-\d+-\d+T\d+:\d+:\d+)(?:\.\d+)?(Z|[+-]\d+:\d+)")


def check_clock(subject: Subject) -> Iterator[Finding]:
    """Compare the clocks with each other, and with the time at which this program was installed."""
    # No clock is needed to know that it is later than when the program was written to disk.
    yield from judge_ours(time.time(), Path(__file__).stat().st_mtime)
    if subject.engine is None or subject.engine.name != "docker":
        return
    argv = [*subject.engine.command, "info", "--format", "{{.SystemTime}}"]
    before = time.time()
    output = subject.runner.capture(argv, environment=subject.engine.environment).output.strip()
    theirs = seconds(output)
    if theirs is not None:
        yield from judge(theirs - before)


def judge_ours(now: float, installed: float) -> Iterator[Finding]:
    """Whether this machine's clock can be right."""
    if now < installed - TOLERANCE:
        when = datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        yield Finding(
            "clock",
            "error",
            f"The clock of this machine is behind: it says {when}",
            "clock",
            "sudo timedatectl set-ntp true",
        )


def judge(difference: float) -> Iterator[Finding]:
    """What so many seconds between the engine's clock and ours mean."""
    if abs(difference) > TOLERANCE:
        side = "ahead of" if difference > 0 else "behind"
        yield Finding(
            "clock",
            "warning",
            f"The engine's clock is {abs(difference):.0f} seconds {side} this machine's; logins fail",
            "docker info",
            "restart the engine, and on both machines: sudo timedatectl set-ntp true",
        )


def seconds(text: str) -> float | None:
    """Seconds since 1970 of a time with nanoseconds, as the engine writes it."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    return datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")).timestamp()
