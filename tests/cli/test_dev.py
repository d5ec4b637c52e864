"""`tutor dev`, as far as it goes without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tests.kit import write
from tutor.commands.dev import dev
from tutor.commands.k8s import k8s
from tutor.commands.local import local
from tutor.engines.compose import dev_files, service_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit import Session


def test_help(session: Session, golden: Callable[[Session], None]) -> None:
    """Read it as a newcomer would."""
    session.process("dev", "--help")
    session.process("dev", "hosts", "--help")
    golden(session)


def test_it_has_the_commands_of_local() -> None:
    assert set(dev.commands) == {*local.commands, "hosts"}


def _helps(command: click.Command) -> Iterator[str]:
    yield command.help or ""
    for child in command.commands.values() if isinstance(command, click.Group) else ():
        yield from _helps(child)


def test_examples_are_those_of_the_group_that_was_asked() -> None:
    """The commands are shared, their help is not."""
    groups = {"tutor dev": dev, "tutor local": local, "tutor k8s": k8s}
    for name, group in groups.items():
        for command in group.commands.values():
            for text in _helps(command):
                assert not [other for other in groups if other != name and other in text]
        assert f"{name} do createuser" in (group.commands["do"].help or "")


def test_hosts(session: Session) -> None:
    """Those of plugins are templates, and say whose they are."""
    source = """
        from tutor import hooks

        @hooks.Filters.APP_PUBLIC_HOSTS.add()
        def hosts(found, app):
            return found + ["notes.{{ LMS_HOST }}:8120"] if app == "dev" else found
        """
    write(session.plugins_root / "notes.py", source)
    session.tutor("plugins", "enable", "notes")
    assert session.tutor("dev", "hosts").out.splitlines() == [
        "http://local.openedx.io:8000  for learners",
        "http://studio.local.openedx.io:8001  for authors",
        "http://notes.local.openedx.io:8120  notes",
    ]


def test_its_files_are_those_of_local_without_production(session: Session) -> None:
    environment = session.root / "env"
    files = dev_files(environment)
    write(environment / "dev/docker-compose.override.yml", "services: {mine: {}}\n")
    assert [str(path.relative_to(environment)) for path in files.paths(jobs=True)] == [
        "local/docker-compose.yml",
        "dev/docker-compose.yml",
        "dev/docker-compose.override.yml",
        "local/docker-compose.jobs.yml",
        "dev/docker-compose.jobs.yml",
    ]
    names = service_names(files)
    assert "watchthemes" in names
    assert "mine" in names
    assert "caddy" not in names
