"""Check: local and dev do not run at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tutor.doctor import Subject
from tutor.doctor.data import check_data
from tutor.engines.compose import ComposeProject, dev_files, local_files
from tutor.engines.find import Engine
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.project import opened

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = Engine("docker", ("docker",), ("docker", "compose"))


@pytest.mark.parametrize(("own", "other"), [("dev", "local"), ("local", "dev")])
def test_the_other_one_has_to_be_stopped(
    own: str, other: str, saved_project: Path, plugins_root: Path
) -> None:
    running = {f"project=tutor_{other}": "abc\n"}

    def answer(call: Call) -> Result:
        [name] = [
            word.removeprefix("label=com.docker.compose.") for word in call.argv if "compose.project=" in word
        ]
        return Result(0, running.get(name, ""))

    with opened(saved_project, plugins_root) as project:
        files = (dev_files if own == "dev" else local_files)(project.environment)
        runner = RecordingRunner(answer)
        subject = Subject(
            runner,
            project,
            lambda engine: ComposeProject(f"tutor_{own}", files, engine),
            environ={},
            engine=ENGINE,
        )
        [finding] = check_data(subject)
        assert finding.hint == f"tutor {other} stop"
        assert (
            f"label=com.docker.compose.project.working_dir={project.environment}/local"
            in runner.calls[0].argv
        )
        running.clear()
        assert list(check_data(subject)) == []
