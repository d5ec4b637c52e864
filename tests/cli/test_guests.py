"""What a plugin hands over is wrong: it is the plugin's mistake, said with file and line, exit code 1.

What looks or stops goes on without that plugin, and says so. What deploys stops, and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

START = "import click\nfrom pathlib import Path\nfrom tutor import hooks\n\nF = hooks.Filters\n"

#: Name of the test → source of the plugin, from its sixth line on.
MISUSES = {
    "a_value_too_many": """
        F.CONFIG_DEFAULTS.add_items([
            ("BAD_A", 1),
            ("BAD_B", 1, 2),
        ])
        """,
    "a_function_that_forgets_return": """
        @F.CONFIG_DEFAULTS.add()
        def defaults(items):
            items.append(("BAD_A", 1))
        """,
    "a_function_that_returns_its_own_alone": """
        @F.CONFIG_DEFAULTS.add()
        def defaults(items):
            return [("BAD_A", 1)]
        """,
    "a_patch_without_content": 'F.ENV_PATCHES.add_item("name")\n',
    "a_patch_that_is_a_number": 'F.ENV_PATCHES.add_item(("lms-env", 12))\n',
    "an_image_of_three_values": """
        @F.IMAGES_BUILD.add()
        def build(images, config):
            return [*images, ("bad", "plugins/bad", "bad:1")]
        """,
    "a_task_of_a_path": 'F.CLI_DO_INIT_TASKS.add_item(("lms", ("bad", "init")))\n',
    "a_path_that_is_kept": 'F.CONFIG_UNIQUE.add_item(("BAD_A", Path("/a")))\n',
    "a_function_for_a_command": "F.CLI_COMMANDS.add_item(print)\n",
    "no_folder_of_templates": "F.ENV_TEMPLATE_ROOTS.add_item(None)\n",
    "a_template_filter_that_is_no_function": 'F.ENV_TEMPLATE_FILTERS.add_item(("bad", 5))\n',
    "a_text_for_a_list": 'F.ENV_TEMPLATE_ROOTS.add_items("/srv")\n',
    "a_function_of_no_arguments": """
        @F.ENV_PATCHES.add()
        def patches():
            return []
        """,
    "a_generator_that_fails": """
        def read(name):
            return Path("/nosuch", name).read_text()

        @F.ENV_PATCHES.add()
        def patches(items):
            yield from items
            yield ("lms-env", read("lms-env"))
        """,
    "an_action_that_fails": """
        @hooks.Actions.CONFIG_LOADED.add()
        def look(config):
            config["NO_SUCH_SETTING"]
        """,
    "what_is_no_exception": """
        class Stop(BaseException):
            pass

        raise Stop("at once")
        """,
}


@pytest.mark.parametrize("case", MISUSES)
def test_misuse(case: str, session: Session, golden: Golden) -> None:
    """One session for each."""
    write(session.plugins_root / "bad.py", START).write_text(START + _dedent(MISUSES[case]))
    session.tutor("plugins", "enable", "bad", code=1)
    session.tutor("plugins", "enable", "--no-save", "bad")
    before = project_state(session.root)
    session.tutor("config", "save", code=1)
    session.tutor("plan", code=1)
    session.tutor("config", "printvalue", "LMS_HOST")
    session.tutor("plugins", "list")
    session.tutor("plugins", "check", "bad", code=1)
    assert project_state(session.root) == before
    session.tutor("plugins", "disable", "bad")
    golden(session)


def _dedent(source: str) -> str:
    import textwrap

    return textwrap.dedent(source)


@pytest.mark.parametrize(
    ("case", "source"),
    [
        ("json", 'F.ENV_PATCHES.add_item(("lms-env", "A: {{ LMS_HOTS|tojson }}"))\n'),
        (
            "python",
            'F.ENV_PATCHES.add_item(("openedx-common-settings", "A = {{ LMS_HOTS|python_literal }}"))\n',
        ),
        (
            "filter",
            (
                'F.ENV_TEMPLATE_FILTERS.add_item(("bad", lambda value: "x"))\n'
                'F.CONFIG_DEFAULTS.add_item(("BAD_A", "{{ LMS_HOTS|bad }}"))\n'
                'F.ENV_PATCHES.add_item(("lms-env", "A: {{ BAD_A }}"))\n'
            ),
        ),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_undefined_name(case: str, source: str, session: Session, golden: Golden) -> None:
    """Named, whatever filter it reaches."""
    write(session.plugins_root / "bad.py", START + source)
    before = project_state(session.root)
    session.tutor("plugins", "enable", "bad", code=1)
    assert project_state(session.root) == before
    golden(session)


@pytest.mark.parametrize(
    ("case", "content"),
    [
        ("patch", "name: bad\npatch:\n  lms-env: 'A: 1'\n"),
        ("configs", "name: bad\nconfigs:\n  defaults: {A: 1}\n"),
        ("default", "name: bad\nconfig:\n  default: {A: 1}\n"),
        ("hook", "name: bad\nhooks:\n  inti: [lms]\n"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_a_key_that_nobody_reads(case: str, content: str, session: Session, golden: Golden) -> None:
    """A warning with the nearest name, whenever the project is saved."""
    write(session.plugins_root / "bad.yml", content)
    session.tutor("plugins", "enable", "bad")
    session.tutor("config", "save")
    golden(session)


@pytest.mark.parametrize(
    ("case", "content"),
    [
        (
            "attribute",
            "name: bad\npatches:\n  lms-env: 'A: 1'\nversion: 1.0.0\npatches:\n  cms-env: 'B: 1'\n",
        ),
        ("patch", "name: bad\npatches:\n  lms-env: 'A: 1'\n  lms-env: 'B: 1'\n"),
        ("setting", "name: bad\nconfig:\n  defaults:\n    A: [{x: 1}, {x: 1}]\n    A: 2\n"),
        ("number", "name: bad\nconfig: default\n"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_yaml_that_stands_there_twice(case: str, content: str, session: Session, golden: Golden) -> None:
    """Both lines are told; a text is no mapping."""
    write(session.plugins_root / "bad.yml", content)
    before = project_state(session.root)
    session.tutor("plugins", "enable", "bad", code=1)
    assert project_state(session.root) == before
    golden(session)


@pytest.mark.parametrize("anchors", ["A: &a {x: 1}\nB: *a\n", "A: &a {x: 1}\nB:\n  <<: *a\n  x: 2\n"])
def test_anchors_are_not_keys_that_stand_there_twice(anchors: str, session: Session) -> None:
    """What is written once, and meant twice."""
    with (session.root / "config.yml").open("a") as file:
        file.write(anchors)
    session.tutor("config", "printvalue", "B")


def test_a_setting_twice(session: Session) -> None:
    """The lines are told, and nothing of the values, which may be secrets."""
    path = session.root / "config.yml"
    line = path.read_text().count("\n") + 1
    with path.open("a") as file:
        file.write("PLATFORM_NAME: one\n# between\nPLATFORM_NAME: two\n")
    before = project_state(session.root)
    for words in (("config", "save"), ("plan",), ("config", "printvalue", "LMS_HOST")):
        error = session.tutor(*words, code=1).err
        assert f"PLATFORM_NAME stands there twice, on lines {line} and {line + 2}; remove one" in error
        assert f"config.yml:{line + 2}" in error
        assert "two" not in error
    assert project_state(session.root) == before


@pytest.mark.parametrize(
    ("case", "source"),
    [
        ("misspelt", 'patchs = {"lms-env": "A: 1"}\n'),
        ("function", 'def patchs():\n    return {"lms-env": "A: 1"}\n'),
        ("call", 'from tutor import hooks\nhooks.Filters.CONFIG_DEFAULTS.add(("BAD_A", 1))\n'),
        (
            "decorator",
            "from tutor.hooks import Filters\n\n\n@Filters.ENV_PATCHES.add\ndef add(x):\n    return x\n",
        ),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_what_has_no_effect(case: str, source: str, session: Session, golden: Golden) -> None:
    """A warning: some published plugins do so, and work."""
    write(session.plugins_root / "bad.py", source)
    session.tutor("plugins", "enable", "bad")
    session.tutor("config", "save")
    session.tutor("plugins", "check", "bad")
    golden(session)


def test_names_that_are_not_misspelt(session: Session) -> None:
    """Loop variables, imports, helpers beside the attribute itself."""
    source = """
        from tutor import config as configs

        for patch in ("a", "b"):
            pass
        hook = {"init": 1}
        hooks = {}


        def patch_of(name):
            return name
        """
    write(session.plugins_root / "fine.py", source)
    assert "Warning" not in session.tutor("plugins", "enable", "fine").err


def test_functions_of_attributes(session: Session, golden: Golden) -> None:
    """One that returns nothing has forgotten it."""
    distribution(session.site, "bad", "def patches():\n    {'lms-env': 'A: 1'}\n")
    session.tutor("plugins", "enable", "bad", code=1)
    golden(session)


def test_templates_in_another_folder(session: Session, golden: Golden) -> None:
    """The one that is there is told."""
    source = "import os\ntemplates = os.path.join(os.path.dirname(__file__), 'templates')\n"
    hooks = source + "hooks = {'init': ['lms']}\n"
    distribution(session.site, "bad", source, files={"template/bad/apps/a": "x"})
    session.tutor("plugins", "enable", "bad")
    distribution(session.site, "other", hooks, files={"templates/othr/hooks/lms/init": "x"})
    session.tutor("plugins", "enable", "other", code=1)
    golden(session)


def test_plugins_that_cannot_be_enabled(session: Session, golden: Golden) -> None:
    """Two of one name, and one in a group of entry points that nobody reads: the list says so."""
    write(session.plugins_root / "twice.py", "")
    write(session.plugins_root / "twice.yml", "name: twice\nversion: 1.0.0\n")
    distribution(session.site, "lost", "", group="tutor.plugins.v1")
    session.tutor("plugins", "list")
    session.tutor("plugins", "enable", "twice", code=1)
    golden(session)


@pytest.mark.parametrize(
    ("case", "source"),
    [
        ("text", "    yield 'text'\n"),
        ("number", "    return 5\n"),
        ("three", "    return [('lms', 'a', 'b')]\n"),
        ("fails", "    yield ('lms', Path('/nosuch').read_text())\n"),
        ("stops", "    class Stop(BaseException):\n        pass\n\n    raise Stop\n"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_job(case: str, source: str, session: Session, golden: Golden) -> None:
    """What a job of a plugin gives is its plugin's, and so is what it raises."""
    start = START + "@click.command()\ndef bad():\n"
    write(session.plugins_root / "bad.py", "").write_text(
        start + source + "\nF.CLI_DO_COMMANDS.add_item(bad)\n"
    )
    session.tutor("plugins", "enable", "bad")
    session.transcript.clear()
    session.tutor("local", "do", "bad", code=1)
    golden(session)


@pytest.mark.parametrize(
    ("case", "source"),
    [
        ("pathlib", "@click.command()\ndef bad():\n    Path('/nosuch').read_text()\n"),
        ("params", "bad = click.Command('bad', params=[5])\n"),
        (
            "default",
            "@click.command()\n@click.option('--a', default=lambda: 1 // 0)\ndef bad(a):\n    pass\n",
        ),
        ("ours", "from tutor import env\n\n\n@click.command()\ndef bad():\n    env.render_file({}, 5)\n"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_command(case: str, source: str, session: Session, golden: Golden) -> None:
    """The last line that is the plugin's own, else where it adds the command."""
    write(session.plugins_root / "bad.py", "").write_text(START + source + "\nF.CLI_COMMANDS.add_item(bad)\n")
    session.tutor("plugins", "enable", "bad")
    session.transcript.clear()
    session.tutor("bad", code=1)
    session.tutor("--help")
    session.transcript = [line for line in session.transcript if line.startswith(("2|", "exit"))]
    golden(session)


@pytest.mark.parametrize(
    ("case", "script"),
    [("name", "echo {{ LMS_HOTS }}"), ("syntax", "{% if %}"), ("filter", "{{ 1|nosuch }}")],
)
def test_an_init_task_that_cannot_be_rendered(
    case: str, script: str, session: Session, golden: Golden
) -> None:
    """It would fail in the middle of a launch: said before anything is saved, and by the plan."""
    write(session.plugins_root / "bad.py", "").write_text(
        START + f'F.CLI_DO_INIT_TASKS.add_item(("lms", """\nset -e\n{script}\n"""))\n'
    )
    session.tutor("plugins", "enable", "bad", code=1)
    session.tutor("plugins", "enable", "--no-save", "bad")
    before = project_state(session.root)
    session.tutor("config", "save", code=1)
    session.tutor("plan", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_an_init_task_for_a_service_that_is_not_there(session: Session, golden: Golden) -> None:
    """A warning: the plugin that has the service may come later. A service of the user's own counts."""
    source = "".join(
        f'F.CLI_DO_INIT_TASKS.add_item(("{name}", "true"))\n' for name in ("lmss", "mine", "lms")
    )
    write(session.plugins_root / "bad.py", START + source)
    own = "services:\n  mine-job:\n    image: mine\n"
    (session.root / "env/local/docker-compose.override.yml").write_text(own)
    session.tutor("plugins", "enable", "bad")
    session.tutor("config", "save")
    session.tutor("config", "save")
    golden(session)
