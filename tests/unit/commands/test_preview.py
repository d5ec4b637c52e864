"""What plugins would change is told, or why it is not known."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tutor.commands import preview
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def unable(_: Call) -> Result:
    raise EngineError("python3 cannot be started: too many open files")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (unable, "too many open files"),
        (lambda _: Result(128 + signal.SIGALRM, ""), "loading takes more than 60 seconds"),
        (lambda _: Result(1, "no JSON", "MemoryError"), "MemoryError"),
    ],
)
def test_it_never_fails(
    answer: Callable[[Call], Result], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = RecordingRunner(answer)
    assert preview.show(runner, tmp_path, tmp_path, ["one", "two"]) == ["one", "two"]
    told = capsys.readouterr().err
    assert "what one and two would change cannot be told: " in told
    assert reason in told
