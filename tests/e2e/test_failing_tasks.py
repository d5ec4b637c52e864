"""What happens when a plugin's initialisation fails, or the launch is killed, on real containers."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e

SOURCE = """
from pathlib import Path
templates = str(Path(__file__).parent / "templates")
hooks = {"init": ["lms", "cms"]}
"""


@contextlib.contextmanager
def _enabled(platform: Platform, name: str, lms: str, cms: str) -> Iterator[None]:
    folder = f"templates/{name}/hooks"
    distribution(platform.site, name, SOURCE, files={f"{folder}/lms/init": lms, f"{folder}/cms/init": cms})
    platform.tutor("plugins", "enable", name)
    try:
        yield
    finally:
        platform.tutor("plugins", "disable", name)


def test_a_failing_task_is_named_and_the_run_resumes_there(platform: Platform) -> None:
    script = "echo before the fault; echo the reason >&2; exit 3"
    with _enabled(platform, "fragile", "echo first task", script):
        out = platform.tutor("local", "do", "init", code=1)
        error = out[out.index("Error:") :]
        assert "plugin fragile" in error
        assert "service cms" in error
        assert "exit code 3" in error
        assert "the reason" in error
        assert "tutor local do init --resume" in error

        task = next(platform.site.glob("*/templates/fragile/hooks/cms/init"))
        task.write_text("echo repaired")
        out = platform.tutor("local", "do", "init", "--resume")
        assert "repaired" in out
        assert "first task" not in out
        assert out.count("finished before") == 7


def test_a_killed_launch_goes_on(platform: Platform) -> None:
    with _enabled(platform, "slow", "echo the slow task begins; sleep 600", "echo last task"):
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
        next(platform.site.glob("*/templates/slow/hooks/lms/init")).write_text("echo quick now")
        out = platform.tutor("local", "do", "init", "--resume")
        assert "quick now" in out
        assert "last task" in out
        assert out.count("finished before") == 6
    assert "lms" in platform.containers()
