"""Commands, arguments, options and files that users and plugins know are all there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.kit import DATA
from tutor.commands.cli import cli

if TYPE_CHECKING:
    from tests.kit import Session

COMMANDS: dict[str, dict[str, Any]] = json.loads((DATA / "contract/cli.json").read_text())
FILES: list[str] = json.loads((DATA / "contract/env-files.json").read_text())
#: Where arguments differ: `help` takes a command; what is enabled, disabled or upgraded has to be named.
ARGUMENTS = {
    "tutor help": [(False, -1)],
    "tutor plugins enable": [(True, -1)],
    "tutor plugins disable": [(True, -1)],
    "tutor plugins upgrade": [(True, -1)],
}


def _command(name: str) -> click.Command:
    """A command by its full name."""
    _, *words = name.split()
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group), name
        found = command.commands.get(word) or command.get_command(click.Context(command), word)
        assert found is not None, name
        command = found
    return command


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_those_that_users_know(name: str) -> None:
    """With their options, which take values as they did, and their arguments."""
    known, params = COMMANDS[name], _command(name).params
    options = {f: p for p in params if isinstance(p, click.Option) for f in (*p.opts, *p.secondary_opts)}
    for option in known["options"]:
        for flag in option["flags"]:
            assert flag in options
            assert (options[flag].is_flag, options[flag].multiple) == (option["is_flag"], option["multiple"])
    arguments = [(p.required, p.nargs) for p in params if isinstance(p, click.Argument)]
    assert arguments == ARGUMENTS.get(name, [(a["required"], a["nargs"]) for a in known["arguments"]])


def test_files_are_those_that_plugins_know(session: Session) -> None:
    """All of them, and those of Kubernetes that are ours."""
    env = session.root / "env"
    found = {str(path.relative_to(env)) for path in env.rglob("*") if path.is_file()}
    assert set(FILES) <= found
    ours = {"k8s/availability.yml", "k8s/ingress.yml", "k8s/policies.yml", "k8s/secrets.yml"}
    assert found - set(FILES) == ours
