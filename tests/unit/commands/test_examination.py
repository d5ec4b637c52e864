"""Checking plugins in processes of their own: one that takes its process with it keeps no other from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import write
from tutor.commands.examination import EndedError, Request, contained
from tutor.engines.run import ProcessRunner

if TYPE_CHECKING:
    from pathlib import Path

#: It does not wait as long as others may: nobody has the time.
SLOW = "import signal, time\nsignal.alarm(1)\ntime.sleep(600)\n"
ENDS_BESIDE_ANOTHER = (
    "import sys, os\nsys.pair = getattr(sys, 'pair', 0) + 1\nsys.pair == 2 and os._exit(7)\n"
)


def _request(root: Path, *names: str) -> Request:
    (root / "project").mkdir(exist_ok=True)
    return Request(str(root / "project"), str(root / "plugins"), names, names)


def test_one_that_hangs_is_a_finding_and_the_others_are_checked(tmp_path: Path) -> None:
    """It is found to be the one, and left out; the next time at once."""
    write(tmp_path / "plugins" / "misspelt.py", "patches = {'caddyfiel': '# x'}\n")
    write(tmp_path / "plugins" / "slow.py", SLOW)
    ended: dict[str, EndedError] = {}
    found = contained(ProcessRunner(), _request(tmp_path, "misspelt", "slow"), ended)
    assert [(f.plugin, f.rule) for f in found] == [("misspelt", "misspelt-patch"), ("slow", "load-failure")]
    assert found[1].message == "slow cannot be checked: loading takes more than 60 seconds"
    assert list(ended) == ["slow"]
    again = contained(ProcessRunner(), _request(tmp_path, "slow"), ended)
    assert [f.message for f in again] == [found[1].message]


def test_what_ends_only_together_is_said_of_all(tmp_path: Path) -> None:
    """No plugin alone is to blame."""
    for name in ("one", "two"):
        write(tmp_path / "plugins" / f"{name}.py", ENDS_BESIDE_ANOTHER)
    found = contained(ProcessRunner(), _request(tmp_path, "one", "two"), {})
    assert {f.plugin: f.message for f in found} == dict.fromkeys(
        ("one", "two"), "one and two cannot be checked: the process ended with exit code 7"
    )
