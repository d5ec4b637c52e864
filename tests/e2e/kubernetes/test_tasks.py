"""Tasks in pods: what fails is named, what was cut off goes on, and nothing is left of them."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import plugin_with_tasks, task_of
from tests.kit import distribution

if TYPE_CHECKING:
    from tests.e2e.kubernetes.conftest import KubernetesPlatform

pytestmark = pytest.mark.e2e

SLOW = "echo the slow task begins; secret=very-secret-word; sleep 600"
FAILING = "echo before the fault; echo the reason >&2; exit 3"


def test_a_killed_launch_goes_on_and_a_failing_task_is_named(k8s: KubernetesPlatform) -> None:
    with plugin_with_tasks(k8s, "unsteady", SLOW, FAILING):
        process = k8s.start("k8s", "launch", "-I")
        assert process.stdout is not None
        assert any("the slow task begins" in line for line in process.stdout)
        described = k8s.kubectl("get", "jobs,pods", "--output=yaml")
        assert "tutor-task" in described
        assert "very-secret-word" not in described
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert k8s.left_of_tasks() != []

        task_of(k8s, "unsteady", "lms").write_text("echo quick now")
        out = k8s.tutor("k8s", "do", "init", "--resume", code=1)
        assert "removed the containers of a run that was cut off" in out
        assert out.count("finished before") == 6
        assert "quick now" in out
        error = out[out.index("Error:") :]
        for expected in ("plugin unsteady", "service cms", "exit code 3", "pod cms-job-", "the reason"):
            assert expected in error
        assert "tutor k8s do init --resume" in error
        assert k8s.left_of_tasks() == []

        task_of(k8s, "unsteady", "cms").write_text("echo repaired")
        out = k8s.tutor("k8s", "do", "init", "--resume")
        assert "repaired" in out
        assert "quick now" not in out
        assert out.count("finished before") == 7
        assert k8s.left_of_tasks() == []
    assert "from myapp" in k8s.page()


RUNNER = """
import click
from tutor import config as tutor_config
from tutor.commands.k8s import K8sContext

@click.command()
@click.argument("script")
@click.pass_obj
def command(context, script):
    config = tutor_config.load(context.root)
    K8sContext(context.root).job_runner(config).run_task("lms", script)
"""


def test_a_command_of_a_plugin_runs_a_task(k8s: KubernetesPlatform) -> None:
    """As published ones do it, with a root and settings."""
    distribution(k8s.site, "errand", RUNNER)
    k8s.tutor("plugins", "enable", "errand")
    try:
        assert "variant lms" in k8s.tutor("errand", "echo variant $SERVICE_VARIANT")
        out = k8s.tutor("errand", "echo the reason >&2; exit 4", code=1)
        for expected in ("failed in service lms", "exit code 4", "pod lms-job-", "the reason"):
            assert expected in out
        assert k8s.left_of_tasks() == []
    finally:
        k8s.tutor("plugins", "disable", "errand")


def test_jobs_of_the_platform_run_in_pods(k8s: KubernetesPlatform) -> None:
    """One that runs by itself, and one on our terminal."""
    k8s.tutor("k8s", "do", "createuser", "--staff", "--password=1 secret", "anna", "anna@example.com")
    query = "SELECT username, is_staff FROM auth_user WHERE email='anna@example.com'"
    assert k8s.query(query) == [["anna", "1"]]
    assert "anna\t1" in k8s.tutor("k8s", "do", "sqlshell", "--", "-e", query)
    assert k8s.left_of_tasks() == []


def test_the_steps_of_an_upgrade_run_in_pods(k8s: KubernetesPlatform) -> None:
    out = k8s.tutor("k8s", "upgrade", "--from=ulmo", "-I")
    assert "The data is that of" in out
    assert k8s.left_of_tasks() == []
