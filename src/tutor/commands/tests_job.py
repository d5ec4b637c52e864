"""`tutor local do tests`: test suites of plugins, on the running platform."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.params import NameType, ParamType, completing
from tutor.commands.scripts import announced, prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.commands.job_session import JobSession
    from tutor.exceptions import TaskError
    from tutor.jobs.suites import Suite
    from tutor.jobs.tasks import Task


class SuiteParamType(NameType):
    """The name of a test suite."""

    name = "suite"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Those of enabled plugins."""
        from tutor.jobs.suites import suites

        with completing(ctx).opened():
            return sorted({suite.name for suite in suites()})


class VariableParamType(ParamType):
    """``KEY=VALUE``."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return (key, value)."""
        if isinstance(value, tuple):
            return value
        key, equals, text = str(value).partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            self.fail(f"'{key}' must be KEY=VALUE", param, ctx)
        return key, text


@click.command("tests", short_help="Test the running platform with the suites of plugins.")
@click.option("-l", "--limit", metavar="NAME", help="Only the suites of one plugin, or of one service.")
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of variables for the tests: one NAME: value a line.",
)
@click.option(
    "-e",
    "--env",
    "env_vars",
    type=VariableParamType(),
    multiple=True,
    metavar="KEY=VALUE",
    help="A variable for the tests; wins over --env-file. Others can read it: secrets belong into a file.",
)
@click.option(
    "--setup/--no-setup",
    default=False,
    help="First create the administrator TEST_USERNAME, TEST_EMAIL, TEST_PASSWORD and the OAuth2 client "
    "OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET.",
)
@click.option(
    "--cleanup",
    type=click.Choice(["run", "dry-run", "skip"]),
    default="run",
    show_default=True,
    help="Afterwards delete what --setup created and the course TEST_COURSE_ID; only say what would be "
    "deleted; or leave it.",
)
@click.option("-I", "--non-interactive", is_flag=True, help="Do not ask before data is created and deleted.")
@click.argument("suite", type=SuiteParamType(), required=False)
def tests(
    limit: str | None,
    env_file: Path | None,
    env_vars: tuple[tuple[str, str], ...],
    setup: bool,
    cleanup: str,
    non_interactive: bool,
    suite: str | None,
) -> int:
    """Test the running platform with the suites that plugins bring, all or the one named SUITE.

    \b
    Examples:
      tutor local do tests
      tutor local do tests --limit=myplugin --setup --env-file=test.yml smoke
    """
    from tutor.jobs import suites

    values = suites.variables(env_file, dict(env_vars))
    arguments = {"suite": suite, "limit": limit, "setup": setup, "cleanup": cleanup}
    with announced("tests", arguments) as s:
        found = suites.chosen(suite, limit)
        before = [("lms", suites.setup_script(values))] if setup else []
        # Nothing else is ours to delete.
        after = suites.cleanup_scripts(values) if setup and cleanup == "run" else []
        leftovers = suites.leftovers(values) if setup else []
        tasks = s.place.resolve([suites.test_task(s.project, one, values) for one in found])
        if not non_interactive:
            _confirm(s, found, before, leftovers if after else [])
        s.place.start(tasks)
        with _around(s, before, after):
            failed = list(_failures(s, tasks))
        if cleanup == "dry-run" and leftovers:
            fmt.echo_info(f"would be deleted: {', '.join(leftovers)}")
    passed = len(tasks) - len(failed)
    fmt.echo_info(f"{passed} of {len(tasks)} test suites passed")
    return 1 if failed else 0


def _confirm(s: JobSession, found: list[Suite], before: list[Any], leftovers: list[str]) -> None:
    names = ", ".join(f"{suite.name} ({suite.origin.plugin})" for suite in found)
    fmt.echo_info(f"Test suites: {names}")
    if before:
        fmt.echo_info("A test administrator and an OAuth2 client are created first")
    if leftovers:
        fmt.echo_info(f"Afterwards deleted: {', '.join(leftovers)}")
    click.confirm(f"Test {s.project.values['LMS_HOST']}?", default=True, abort=True, err=True)


@contextlib.contextmanager
def _around(s: JobSession, before: list[tuple[str, str]], after: list[tuple[str, str]]) -> Iterator[None]:
    """What is there before the tests, and is gone after them, however they end."""
    try:
        for task in prepared(s, "tests-setup", before) if before else ():
            _run(s, task)
        yield
    finally:
        for task in prepared(s, "tests-cleanup", after) if after else ():
            _run(s, task)


def _failures(s: JobSession, tasks: list[Task]) -> Iterator[TaskError]:
    """Run all suites, whatever becomes of each; yield and show what fails."""
    from tutor.__main__ import show
    from tutor.exceptions import TaskError

    for task in tasks:
        try:
            _run(s, task)
        except TaskError as error:
            show(error)
            yield error


def _run(s: JobSession, task: Task) -> None:
    from tutor.jobs.run import run_tasks

    run_tasks(s.place, [task], s.project.root, s.reporter, job="tests")
