"""Commands that run without a parsed command line do what they do with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from tests.kit import distribution
from tutor import fmt
from tutor.commands import exact
from tutor.commands.cli import cli

if TYPE_CHECKING:
    from tests.kit import Session

LINES = [
    ["plugins", "list"],
    ["config", "printvalue", "LMS_HOST"],
    ["config", "printvalue", "ENABLE_HTTPS"],
    ["config", "printvalue", "NO_SUCH_SETTING"],
    ["config", "save"],
    ["config", "save", "--set", "LMS_HOST=[", "-s", "PLATFORM_NAME=x"],
]
WRONG = {"NO_SUCH_SETTING", "LMS_HOST=["}


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_a_line_and_the_same_with_an_option_do_the_same(session: Session, words: list[str]) -> None:
    """What they print, their errors and their exit codes are equal."""
    distribution(session.site, "one", "config = {'defaults': {'A': 1}}")
    session.process("plugins", "enable", "one", env={"TESTS_SITE": str(session.site)})
    lines = [words, ["--root", str(session.root), *words]]
    assert [exact.find(line) is not None for line in lines] == [True, False]
    code = 1 if WRONG.intersection(words) else 0
    short, long = (session.process(*line, code=code, env={"TESTS_SITE": str(session.site)}) for line in lines)
    assert short.out + short.err
    assert short == long


def test_settings_are_set_alike(session: Session) -> None:
    """Values are YAML, and the last of several counts."""
    session.process("config", "save")
    found = []
    for options in ([], ["--root", str(session.root)]):
        words = ["config", "save", "-s", "ENABLE_HTTPS=true", "--set", "LMS_HOST=a=b", "-s", "LMS_HOST=1.10"]
        assert (exact.find([*options, *words]) is None) == bool(options)
        done = session.process(*options, *words)
        found.append((done, (session.root / "config.yml").read_text()))
        session.process("config", "save", "--unset", "ENABLE_HTTPS", "--unset", "LMS_HOST")
    assert found[0] == found[1]
    assert "LMS_HOST: '1.10'\n" in found[0][1].replace('"', "'")
    assert "ENABLE_HTTPS: true\n" in found[0][1]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["plugins"],
        ["plugins", "list", "--json"],
        ["config", "printvalue"],
        ["config", "printvalue", "--help"],
        ["config", "save", "-i"],
        ["config", "save", "--set"],
        ["config", "save", "--set", "LMS_HOST"],
        ["config", "save", "--set", "1=2"],
        ["config", "save", "LMS_HOST=a"],
        ["config", "save", "-s", "LMS_HOST=a", "-c"],
        ["config", "save", "-s", "LMS_HOST=a", "--unset", "LMS_HOST=a"],
    ],
    ids=" ".join,
)
def test_all_else_is_parsed(words: list[str]) -> None:
    """Help, options, mistakes."""
    assert exact.find(words) is None


@pytest.mark.parametrize("words", [line for line in LINES if not WRONG.intersection(line)], ids=" ".join)
def test_each_line_is_a_command(words: list[str]) -> None:
    """No line runs what the command line does not know."""
    command: click.Command | None = cli
    context = click.Context(cli)
    for word in words[:2]:
        assert isinstance(command, click.Group)
        command = command.get_command(context, word)
    assert command is not None


def test_colours_are_those_of_click() -> None:
    """They are written without it."""
    assert fmt.title("a") == click.style("==> a", fg="green", bold=True)
    assert fmt.info("a") == click.style("a", fg="blue")
    assert fmt.error("a") == click.style("a", fg="red")
    assert fmt.alert("a") == click.style("Warning: a", fg="yellow")
    assert fmt.question("a") == click.style("a", fg="yellow")
    assert fmt.command("a") == click.style("a", fg="magenta")


def test_colours_go_to_terminals_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor to those whose user wants none; whoever made the text."""
    fmt.echo_alert("a")
    fmt.echo(fmt.info("b"), err=True)
    fmt.echo(fmt.info("c"))
    assert capsys.readouterr() == ("c\n", "Warning: a\nb\n")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    fmt.echo_info("d")
    monkeypatch.setenv("NO_COLOR", "1")
    fmt.echo(fmt.info("e"), err=True)
    assert capsys.readouterr().err == f"{click.style('d', fg='blue')}\ne\n"
