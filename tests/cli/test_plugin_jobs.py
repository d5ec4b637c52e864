"""Jobs that plugins add to `tutor local do`, up to the container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor.engines.find import Engine
from tutor.engines.run import Call, RecordingRunner, Result

if TYPE_CHECKING:
    from tests.kit import Session

PLUGIN = """
    import click
    from tutor import hooks

    @click.option("--loud", is_flag=True)
    @click.argument("name")
    def say_hello(name, loud):
        "Greet somebody."
        yield "lms", "echo {{ PLATFORM_NAME }}"
        yield "cms", f"echo {name} {loud}"

    @click.command(name="as-command")
    def command():
        return [("lms", "echo command")]

    hooks.Filters.CLI_DO_COMMANDS.add_items([say_hello, command])

    @hooks.Actions.DO_JOB.add()
    def told(name, arguments):
        click.echo(f"job {name} {arguments}")
    """


@pytest.fixture
def greeter(session: Session, monkeypatch: pytest.MonkeyPatch) -> RecordingRunner:
    """A plugin with jobs, and an engine on which only those of the CMS fail."""

    def answer(call: Call) -> Result:
        if "config" in call.argv:
            return Result(0, '{"services": {"lms-job": {}, "cms-job": {}}}')
        return Result(5, "the reason") if "cms-job" in call.argv else Result(0)

    runner = RecordingRunner(answer)
    engine = Engine("docker", ("docker",), ("docker", "compose"))
    monkeypatch.setattr("tutor.engines.run.ProcessRunner", lambda: runner)
    monkeypatch.setattr("tutor.engines.find.find_engine", lambda *_: engine)
    write(session.plugins_root / "greeter.py", PLUGIN)
    session.tutor("plugins", "enable", "greeter")
    return runner


def _scripts(runner: RecordingRunner) -> list[Any]:
    return [call.stdin for call in runner.calls if call.stdin is not None]


def test_functions_and_commands_are_jobs(session: Session, greeter: RecordingRunner) -> None:
    out = session.tutor("local", "do", "--help").out
    assert "as-command" in out
    assert "say-hello" in out
    assert "Greet somebody." in out
    assert "job as-command {}" in session.tutor("local", "do", "as-command").out
    assert _scripts(greeter) == ["echo command"]


def test_a_job_that_fails_names_the_plugin_and_itself(session: Session, greeter: RecordingRunner) -> None:
    done = session.tutor("local", "do", "say-hello", "--loud", "anna", code=1)
    assert _scripts(greeter) == ["echo My Open edX", "echo anna True"]
    assert "job say-hello {" in done.out
    assert "'loud': True" in done.out
    assert "The say-hello task of plugin greeter" in done.err
    assert "the reason" in done.err
    assert "tutor local do say-hello" in done.err
