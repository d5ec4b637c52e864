"""Groups of commands and what plugins add to them: whose it is, how long it is there, and what it costs."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.shell_completion import ShellComplete

from tests.kit import distribution, write
from tutor.__main__ import run
from tutor.commands.added import added_commands
from tutor.commands.cli import cli
from tutor.commands.context import Context
from tutor.commands.groups import CommandGroup
from tutor.commands.local import local
from tutor.core.hooks import CORE, current
from tutor.hooks import Filters
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit import Session

#: Where a plugin can add a command → the words of the group.
GROUPS = {
    "tutor.commands.cli.cli": [],
    "tutor.commands.local.local": ["local"],
    "tutor.commands.dev.dev": ["dev"],
    "tutor.commands.k8s.k8s": ["k8s"],
    "tutor.commands.compose.do": ["dev", "do"],
    "tutor.commands.k8s.do": ["k8s", "do"],
    "tutor.commands.images.images_command": ["images"],
    "tutor.commands.config.config_command": ["config"],
    "tutor.commands.config.patches_command": ["config", "patches"],
    "tutor.commands.mounts.mounts_command": ["mounts"],
    "tutor.commands.plugins.plugins_command": ["plugins"],
    "tutor.commands.plugins.index_command": ["plugins", "index"],
    "tutor.commands.backup.backup": ["local", "backup"],
}
COUNTING = """
    import click, os
    from tutor.commands.local import local
    from tutor.hooks import Filters

    with open(os.environ["COUNTED"], "a") as file:
        file.write("loaded ")

    @local.command(help="Say hello.")
    def hello():
        click.echo("hello")

    @click.command()
    def greet():
        return []

    Filters.CLI_DO_COMMANDS.add_item(greet)
    Filters.CLI_COMMANDS.add_item(hello)
    """


def enabled(root: Path, *plugins: str) -> Path:
    """A project with plugins, which was not saved."""
    write(root / "config.yml", f"PLUGINS: {list(plugins)}\n")
    return root


@pytest.fixture
def loads(session: Session, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """How often a plugin was loaded by a command."""
    path = session.root.parent / "counted"
    monkeypatch.setenv("COUNTED", str(path))
    write(session.plugins_root / "counting.py", COUNTING)
    enabled(session.root, "counting")

    def count(*words: str, code: int = 0, **variables: str) -> int:
        path.write_text("")
        session.tutor(*words, code=code, env={"COUNTED": str(path), **variables})
        return len(path.read_text().split())

    return count


@pytest.mark.parametrize("words", ["", "local", "local do", "plugins", "local status", "config save"])
def test_core_words_load_no_plugin(words: str, loads: Callable[..., int], session: Session) -> None:
    """Nor do they open the project. Lists of commands do, once."""
    lists = words in ("", "local", "local do", "plugins")
    assert loads(*words.split(), "--help") == int(lists)
    assert loads("--no-plugins", *words.split(), "--help") == 0
    enabled(session.root)
    assert loads(*words.split(), "--help") == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("hello", 0),
        ("local hello", 0),
        ("local hello --help", 0),
        ("local do greet --help", 0),
        ("local do", 0),
        ("help local", 0),
        ("help local hello", 0),
        ("local", 0),
        ("", 0),
        ("nothing", 1),
        ("local nothing", 1),
        ("local do nothing", 1),
        ("help local nothing", 1),
    ],
)
def test_other_words_load_plugins_once(words: str, code: int, loads: Callable[..., int]) -> None:
    assert loads(*words.split(), code=code) == 1


def test_a_job_opens_the_project_once(loads: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its word is looked up in the project that it then runs in."""
    monkeypatch.setattr("tutor.jobs.run.run_tasks", lambda *_, **__: None)
    monkeypatch.setattr("tutor.commands.compose.Session.place", Place())
    for job in ("greet", "settheme demo"):
        assert loads("local", "do", *job.split()) == 1


class Place:
    """Where nothing runs."""

    def resolve(self, tasks: list[Any]) -> list[Any]:
        """All of them."""
        return tasks

    def start(self, tasks: list[Any]) -> None:
        """Start nothing."""


@pytest.mark.parametrize(
    ("words", "start", "expected"),
    [
        ([], "he", {"help", "hello"}),
        (["local"], "h", {"hello"}),
        (["local", "do"], "gr", {"greet"}),
        (["local", "hello"], "--", {"--help"}),
        (["nothing"], "hel", {"help", "hello"}),
    ],
)
def test_completion_knows_plugins_words(
    words: list[str], start: str, expected: set[str], session: Session, loads: Callable[..., int]
) -> None:
    """It loads plugins once, says nothing of what they print, and leaves nothing open."""
    source = (session.plugins_root / "counting.py").read_text()
    (session.plugins_root / "counting.py").write_text(f"{source}\nprint('I am loaded')\n")
    assert loads("--version") == 0  # and the count is empty
    before = current()
    printed = io.StringIO()
    with (
        session.environment({"COUNTED": os.environ["COUNTED"]}),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        found = ShellComplete(cli, {}, "tutor", "_TUTOR_COMPLETE").get_completions(words, start)
    assert {item.value for item in found} == expected
    assert Path(os.environ["COUNTED"]).read_text().split() == ["loaded"]
    assert printed.getvalue() == ""
    assert current() is before


def test_every_group_takes_commands() -> None:
    """No group of ours is a plain one of click."""

    def plain(path: str, command: click.Command) -> Iterator[str]:
        if isinstance(command, CommandGroup):
            for word in command.core:
                yield from plain(f"{path} {word}", command.own(word))
        elif isinstance(command, click.Group):
            yield path

    assert list(plain("tutor", cli)) == []


@pytest.mark.parametrize("place", GROUPS)
def test_a_command_is_in_its_group_with_its_origin(place: str, session: Session) -> None:
    """Under the name that plugins import, by decoration or not; it runs and stands in the help."""
    module, name = place.rsplit(".", 1)
    source = f"""
        import click
        from {module} import {name} as group

        @group.command("hello")
        def hello():
            "Say hello."
            click.echo("hello, world")

        group.add_command(hello, "hello-again")
        group.commands["hello-too"] = hello
    """
    write(session.plugins_root / "friendly.py", source)
    enabled(session.root, "friendly")
    words = GROUPS[place]
    for word in ("hello", "hello-again", "hello-too"):
        assert session.tutor(*words, word).out == "hello, world\n"
    assert "hello        Say hello. (plugin friendly)" in session.tutor(*words, "--help").out
    with session.environment({}), opened(session.root, session.plugins_root):
        found = [(a.group, a.word, a.origin.plugin, a.origin.line) for a in added_commands()]
    others = {"dev do": "local do"}  # what they share is named once
    group = " ".join(["tutor", *others.get(" ".join(words), " ".join(words)).split()])
    assert found == [
        (group, f"hello{end}", "friendly", n) for end, n in (("", 5), ("-again", 10), ("-too", 11))
    ]


def test_groups_that_plugins_add(session: Session) -> None:
    """With commands of their own, and others inside."""
    write(
        session.plugins_root / "nesting.py",
        """
        from tutor.commands.local import local

        @local.group()
        def tools():
            "Tools of mine."

        @tools.group("deep")
        def deep(): ...

        @deep.command("down")
        def down():
            print("far below")
        """,
    )
    enabled(session.root, "nesting")
    assert "Tools of mine. (plugin nesting)" in session.tutor("local", "--help").out
    assert session.tutor("local", "tools", "deep", "down").out == "far below\n"
    assert "deep" in session.tutor("local", "tools").out


def test_jobs_for_compose_and_kubernetes_are_apart(session: Session) -> None:
    """What a plugin adds to the group of one way to run the platform is not in the other's."""
    write(
        session.plugins_root / "apart.py",
        """
        from tutor.commands.compose import do as compose
        from tutor.commands.k8s import do as k8s
        compose.command("hello")(lambda: print("on compose"))
        k8s.command("hello")(lambda: print("on kubernetes"))
        compose.command("alone")(lambda: None)
        """,
    )
    enabled(session.root, "apart")
    assert session.tutor("local", "do", "hello").out == "on compose\n"
    assert session.tutor("dev", "do", "hello").out == "on compose\n"
    assert session.tutor("k8s", "do", "hello").out == "on kubernetes\n"
    session.tutor("k8s", "do", "alone", code=1)


def test_commands_belong_to_their_project(session: Session, tmp_path: Path) -> None:
    """Two projects in one process do not see each other's, though a module is imported once."""
    source = """
        import click
        from tutor.commands.local import local
        from tutor.hooks import Filters
        local.command("of-{0}")(lambda: click.echo("{0}"))

        @click.option("--loud", is_flag=True)
        def job_of_{0}(loud):
            return []

        Filters.CLI_DO_COMMANDS.add_item(job_of_{0})
    """
    for name in ("one", "two"):
        distribution(session.site, name, source.format(name), group="tutor.plugin.v1")
    roots = {name: str(enabled(tmp_path / name, name)) for name in ("one", "two")}
    before = dict(local.commands)
    with session.environment({}):
        for name, other in (("one", "two"), ("two", "one"), ("one", "two")):
            assert run(["--root", roots[name], "local", f"of-{name}"]) == 0
            assert run(["--root", roots[name], "local", f"of-{other}"]) == 1
            assert run(["--root", roots[name], "local", "do", f"job-of-{name}", "--loud", "--help"]) == 0
            assert run(["--root", roots[name], "local", "do", f"job-of-{other}", "--help"]) == 1
    assert dict(local.commands) == before


def test_a_plugin_that_takes_commands_away_takes_none(session: Session) -> None:
    """Ours stay, for it and for whoever comes later in this process."""
    write(
        session.plugins_root / "greedy.py",
        """
        from tutor.commands.local import local
        local.commands.pop("start")
        local.command("start")(lambda: print("mine"))
        local.commands.update(stop=local.commands["stop"])
        """,
    )
    enabled(session.root, "greedy")
    before = dict(local.commands)
    assert "Start the platform" in session.tutor("local", "start", "--help").out
    assert session.tutor("local", "greedy-start").out == "mine\n"
    assert dict(local.commands) == before


def test_what_a_plugin_is_the_first_to_import_is_still_ours(session: Session) -> None:
    """The commands of a module that is imported while a plugin is loaded are the core's."""
    write(session.plugins_root / "early.py", "import tutor.commands.dev\nimport tutor.commands.k8s\n")
    enabled(session.root, "early")
    assert "Commands of plugins" not in session.process("dev", "--help").out
    assert "did you mean" in session.process("dev", "hostss", code=1).err
    script = "from tutor.commands.local import local; import tutor.commands.dev"
    write(session.plugins_root / "early.py", script)
    said = session.process("plugins", "enable", "early").err
    assert "early brings nothing new" in said


def test_commands_added_by_callbacks(session: Session) -> None:
    """At whatever moment they run."""
    write(
        session.plugins_root / "late.py",
        """
        from tutor import hooks

        @hooks.Actions.PLUGINS_LOADED.add()
        def _add():
            from tutor.commands.local import local
            local.command("hello")(lambda: print("hello"))

        @hooks.Filters.CLI_COMMANDS.add()
        def _change(commands):
            import click
            return [*commands, click.Command("greet", callback=lambda: print("greetings"))]
        """,
    )
    enabled(session.root, "late")
    assert session.tutor("local", "hello").out == "hello\n"
    assert session.tutor("greet").out == "greetings\n"


def test_the_filter_decides_about_jobs(session: Session) -> None:
    """Where the core's jobs are in it: one that a plugin takes out and replaces is the plugin's."""
    write(
        session.plugins_root / "replacing.py",
        """
        import click
        from tutor import hooks

        @click.command("createuser", help="Create a user my way.")
        def mine():
            return []

        @hooks.Filters.CLI_DO_COMMANDS.add()
        def _replace(jobs):
            return [job for job in jobs if job.name not in ("createuser", "sqlshell")] + [mine]
        """,
    )
    do = local.commands["do"]
    assert isinstance(do, CommandGroup)
    enabled(session.root, "replacing")
    project = Context(str(session.root), str(session.plugins_root))
    with session.environment({}), project.opened():
        # As the core contributes to its own filter: before plugins.
        current().add(Filters.CLI_DO_COMMANDS, items=tuple(do.commands.values()), priority=0, origin=CORE)
        context = click.Context(do, info_name="do", obj=project)
        mine = do.get_command(context, "createuser")
        assert mine is not None
        assert mine.help == "Create a user my way."
        assert do.get_command(context, "sqlshell") is None
        assert do.get_command(context, "init") is do.commands["init"]
        assert [(a.word, a.obstacle) for a in added_commands()] == [("createuser", "")]


def test_a_project_that_has_changed_is_opened_again(session: Session) -> None:
    """A command that changes settings, and then runs one of ours, sees the new ones."""
    write(
        session.plugins_root / "changing.py",
        """
        import click
        from tutor import config
        from tutor.commands.local import local

        @local.command("change")
        @click.pass_obj
        def change(context):
            with context.opened() as before, context.opened() as same:
                assert before is same
            values = config.get_user(context.root)
            config.save_config_file(context.root, {**values, "PLATFORM_NAME": "New"})
            with context.opened() as after:
                click.echo(f"{before.values['PLATFORM_NAME']} {after.values['PLATFORM_NAME']}")
        """,
    )
    write(session.root / "config.yml", "PLUGINS: [changing]\nPLATFORM_NAME: Old\n")
    assert session.tutor("local", "change").out == "Old New\n"


def test_commands_of_a_group_have_its_project(session: Session) -> None:
    """With what runs tasks there."""
    source = """
        import click
        from tutor.commands.{0} import {0}, {1}Context

        @{0}.command("who")
        @click.pass_obj
        def who(context):
            assert isinstance(context, {1}Context)
            click.echo(type(context.job_runner({{}})).__name__ + " " + context.root)
    """
    for name, prefix in (("local", "Local"), ("dev", "Dev"), ("k8s", "K8s")):
        write(session.plugins_root / f"on{name}.py", source.format(name, prefix))
    enabled(session.root, "onlocal", "ondev", "onk8s")
    for name, prefix in (("local", "Local"), ("dev", "Dev"), ("k8s", "K8s")):
        assert session.tutor(name, "who").out == f"{prefix}TaskRunner {session.root}\n"
