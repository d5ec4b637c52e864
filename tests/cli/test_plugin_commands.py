"""Commands that plugins add: found, listed, told when their names are taken, and contained when they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

#: A plugin of API v1 that adds commands and a job, of which some have names that are taken.
KEEPER = """
    import click
    from tutor import hooks
    from tutor.commands.local import local

    @local.command()
    @click.option("--to", default="here", help="Where to.")
    @click.pass_obj
    def backup(context, to):
        "Keep things in my own way."
        click.echo(f"kept {to}: {context.root is not None}")

    @local.command(short_help="Say where things are kept.")
    def keeper():
        click.echo("in a safe")

    @click.command("createuser")
    @click.argument("name")
    def create(name):
        "Create a user in my own way."
        return []

    @click.group()
    def plan():
        "Plans for keeping."

    @plan.command()
    def show():
        click.echo("keep all")

    hooks.Filters.CLI_DO_COMMANDS.add_item(create)
    hooks.Filters.CLI_COMMANDS.add_item(plan)
    """


def test_commands_whose_names_are_taken(session: Session, golden: Golden) -> None:
    """They are told before and when the plugin is enabled, and by its check; and how they are called."""
    write(session.plugins_root / "keeper.py", KEEPER)
    wide = {"COLUMNS": "500", "TUTOR_ENGINE": "none"}  # places are of different lengths
    session.tutor("plugins", "enable", "keeper", "--dry-run", code=2, env=wide)
    session.tutor("plugins", "enable", "keeper")
    session.tutor("plugins", "check", "keeper")
    session.tutor("local", "--help")
    session.tutor("--help")
    session.tutor("local", "backup", "--help")
    session.tutor("local", "keeper-backup", "--to", "there")
    session.tutor("local", "keeper-backup", "--help")
    session.tutor("local", "do", "keeper-createuser", "--help")
    session.tutor("keeper-plan", "show")
    session.tutor("local", "keepr", code=1)
    golden(session)


def test_two_plugins_with_one_name(session: Session, golden: Golden) -> None:
    """The one that comes first in PLUGINS has it, whatever it adds; the other is told."""
    for name in ("anna", "bert", "cora"):
        distribution(
            session.site,
            name,
            f"""
            import click
            from tutor.commands.dev import dev
            dev.command("hello", help="Say hello.")(lambda: click.echo("I am {name}"))
            """,
            group="tutor.plugin.v1",
        )
    session.tutor("plugins", "enable", "anna")
    session.tutor("plugins", "enable", "bert")
    session.tutor("dev", "--help")
    session.tutor("dev", "hello")
    session.tutor("dev", "bert-hello")
    session.tutor("dev", "anna-hello", code=1)
    golden(session)


def test_a_plugin_that_comes_before_another_is_told_too(session: Session) -> None:
    """It takes a word that another had."""
    for name in ("early", "late"):
        source = "from tutor.commands.dev import dev\ndev.command('hello')(id)\n"
        write(session.plugins_root / f"{name}.py", source)
    write(session.root / "config.yml", "PLUGINS: [late, early]\n")
    for name in ("early", "late"):
        assert "`tutor dev hello` is a command of plugin late" in session.tutor("plugins", "enable", name).err


@pytest.mark.parametrize("kind", ["file", "v1", "v0"])
def test_plugins_of_every_kind_add_commands(kind: str, session: Session) -> None:
    """In a process of its own, as users run it."""
    source = """
        import click
        from tutor.commands.local import local

        @local.command()
        def greet():
            "Say hello."
            click.echo("hello, world")
    """
    if kind == "file":
        write(session.plugins_root / "greeter.py", source)
    else:
        distribution(session.site, "greeter", source, group=f"tutor.plugin.{kind}")
    session.process("local", "greet", code=1)
    session.process("plugins", "enable", "greeter")
    assert session.process("local", "greet").out == "hello, world\n"
    assert "Say hello. (plugin greeter)" in session.process("local", "--help").out
    variables = {"_TUTOR_COMPLETE": "bash_complete", "COMP_WORDS": "tutor local gr", "COMP_CWORD": "2"}
    assert session.process(env=variables).out == "plain,greet\n"
    session.process("--no-plugins", "local", "greet", code=1)
    session.process("plugins", "disable", "greeter")
    session.process("local", "greet", code=1)


def test_what_is_wrong_is_told_after_the_help(session: Session, golden: Golden) -> None:
    """A plugin that is broken, one that is gone, a broken config.yml: the core's commands are there."""
    write(session.plugins_root / "broken.py", "\nimport nothing_of_this_name\n")
    write(
        session.plugins_root / "fine.py",
        "from tutor.commands.local import local\nlocal.command('fine')(id)\n",
    )
    write(session.root / "config.yml", "PLUGINS: [broken, fine, gone]\n")
    session.tutor("images", "--help")
    session.tutor("local", "fnie", code=1)
    session.tutor("local", "status", "--help")
    session.tutor("--no-plugins", "images", "--help")
    write(session.root / "config.yml", "PLUGINS: [broken\n")
    session.tutor("images", "--help")
    session.tutor("images", "biuld", code=1)
    session.tutor("nothing", code=1)
    session.tutor("help", "images", "biuld", code=1)
    golden(session)


FAILING = """
    import sys
    import click
    from tutor.commands.local import local
    from tutor.exceptions import TutorError
    from tutor.hooks import Filters

    @local.command()
    def divide():
        return 1 / 0

    @local.command()
    def leave():
        sys.exit(7)

    @local.command()
    def refuse():
        raise click.ClickException("not today")

    @local.command()
    def explain():
        raise TutorError("there is no cake", hint="bake one")

    @click.command()
    def job():
        raise LookupError("no task")

    @click.group()
    def nested():
        pass

    @nested.command()
    def deep():
        {}["missing"]

    Filters.CLI_DO_COMMANDS.add_item(job)
    Filters.CLI_COMMANDS.add_item(nested)
    """


def test_a_command_that_fails_is_its_plugins(session: Session, golden: Golden) -> None:
    """Named with its line; what it says itself is left as it is, and nothing is changed."""
    write(session.plugins_root / "failing.py", FAILING)
    session.tutor("plugins", "enable", "failing")
    before = project_state(session.root)
    session.transcript.clear()
    session.tutor("local", "divide", code=1)
    session.tutor("local", "refuse", code=1)
    session.tutor("local", "explain", code=1)
    session.tutor("local", "do", "job", code=1)
    session.tutor("nested", "deep", code=1)
    assert session.process("local", "leave", code=7).err == ""
    assert project_state(session.root) == before
    golden(session)


def test_the_project_of_the_option_root_is_asked(session: Session) -> None:
    """Wherever the option stands; as is --no-plugins."""
    write(
        session.plugins_root / "greeter.py", "from tutor.commands.cli import cli\ncli.command('greet')(id)\n"
    )
    session.tutor("plugins", "enable", "greeter")
    other = {"TUTOR_ROOT": str(session.root.parent / "other")}
    for words in (["--root", str(session.root), "--help"], ["--help", "--root", str(session.root)]):
        assert "(plugin greeter)" in session.tutor(*words, env=other).out
        assert "(plugin greeter)" not in session.tutor("--help", env=other).out
        assert "(plugin greeter)" not in session.tutor(*words, "--no-plugins", env=other).out
