"""What a plugin hands over is wrong: it is the plugin's mistake, said with file and line, exit code 1.

What looks or stops goes on without that plugin, and says so. What deploys stops, and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import project_state, write

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
