"""What happens when a plugin's initialisation fails, or the launch is killed, on real containers."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import plugin_with_tasks, task_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e


def test_a_failing_task_is_named_and_the_run_resumes_there(platform: Platform) -> None:
    script = "echo before the fault; echo the reason >&2; exit 3"
    with plugin_with_tasks(platform, "unsteady", "echo first task", script):
        out = platform.tutor("local", "do", "init", code=1)
        error = out[out.index("Error:") :]
        assert "plugin unsteady" in error
        assert "service cms" in error
        assert "exit code 3" in error
        assert "the reason" in error
        assert "tutor local do init --resume" in error

        task = task_of(platform, "unsteady", "cms")
        task.write_text("echo repaired")
        out = platform.tutor("local", "do", "init", "--resume")
        assert "repaired" in out
        assert "first task" not in out
        assert out.count("finished before") == 7


def test_a_killed_launch_goes_on(platform: Platform) -> None:
    with plugin_with_tasks(platform, "slow", "echo the slow task begins; sleep 600", "echo last task"):
        process = platform.start("local", "quickstart", "-I")
        assert process.stdout is not None
        for line in process.stdout:
            if "the slow task begins" in line:
                break
        else:
            pytest.fail("the launch did not come to the slow task")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        task_of(platform, "slow", "lms").write_text("echo quick now")
        out = platform.tutor("local", "do", "init", "--resume")
        assert "quick now" in out
        assert "last task" in out
        assert out.count("finished before") == 6
    assert "lms" in platform.containers()
