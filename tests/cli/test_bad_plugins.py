"""A plugin that is wrong: one clear message, exit code 1, and nothing on disk has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

#: Name of the test → source of the plugin's module.
SOURCES = {
    "raises_on_import": """
        import os

        raise RuntimeError("no licence found")
        """,
    "exits_on_import": """
        import sys

        sys.exit("goodbye")
        """,
    "has_a_syntax_error": """
        config = {
            "defaults": {"A": 1,
        """,
    "imports_what_is_not_there": "import no_such_module_anywhere\n",
    "config_is_no_mapping": 'config = ["defaults"]\n',
    "config_section_is_no_mapping": 'config = {"set": "LMS_HOST"}\n',
    "patches_is_no_mapping": 'patches = ["caddyfile"]\n',
    "patch_is_no_text": """
        patches = {
            "lms-env": "A: 1",
            "caddyfile": 12,
        }
        """,
    "site_that_is_there": """
        patches = {
            "caddyfile": "studio.local.openedx.io{$default_site_port} {\\n    respond hi\\n}",
        }
        """,
    "matcher_of_another_site": """
        patches = {
            "caddyfile-cms": "respond @body_matcher hi",
        }
        """,
    "unknown_directive": """
        patches = {
            "caddyfile-lms": "reverse_proxi lms:8000",
        }
        """,
    "callable_raises": """
        def patches():
            return {"caddyfile": 1 / 0}
        """,
    "hooks_is_no_mapping": "hooks = 3\n",
    "services_are_one_text": 'hooks = {"init": "lms"}\n',
    "hook_without_template": """
        from pathlib import Path

        templates = str(Path(__file__).parent / "templates")
        hooks = {"init": ["lms", "mysql"]}
        """,
    "hook_without_templates_folder": 'hooks = {"pre-init": ["lms"]}\n',
    "command_is_no_command": "def command():\n    return 3\n",
    "undefined_setting_in_a_patch": """
        patches = {
            "caddyfile": '''# first line
        # {{ MYAPP_GREETNIG }}
        # last line''',
        }
        config = {"defaults": {"GREETING": "hello"}}
        """,
    "template_syntax_in_a_patch": """
        patches = {"caddyfile": "# {% if ENABLE_HTTPS %} no end"}
        """,
    "patch_divides_by_zero": 'patches = {"caddyfile": "# {{ 1 / 0 }}"}\n',
    "patch_that_includes_itself": """
        patches = {"caddyfile": "{{ patch('caddyfile') }}"}
        """,
    "yaml_becomes_invalid": """
        patches = {
            "lms-env": '''MYAPP_ONE: 1
        MYAPP_TWO: 2
        MYAPP_THREE: [3
        MYAPP_FOUR: 4
        MYAPP_FIVE: 5
        MYAPP_SIX: 6''',
        }
        """,
    "python_becomes_invalid": """
        patches = {
            "openedx-lms-common-settings": '''MYAPP_ONE = 1
        MYAPP_TWO = 2
        MYAPP_THREE = = 3
        MYAPP_FOUR = 4
        MYAPP_FIVE = 5''',
        }
        """,
    "compose_becomes_invalid": """
        patches = {
            "local-docker-compose-services": '''myapp-one:
          image: docker.io/one
        myapp:
          image: docker.io/redis
          restart: [always]
          ports: 12
        myapp-two:
          image: docker.io/two''',
        }
        """,
    "compose_port_is_no_number": """
        patches = {
            "local-docker-compose-services": '''myapp:
          image: docker.io/redis:7
          ports:
            - 127.0.0.1:8000:8000
            - ${MYAPP_PORT:-http}:80''',
        }
        """,
    "compose_variable_is_not_closed": """
        patches = {
            "local-docker-compose-services": '''myapp:
          image: docker.io/redis:7
          environment:
            MYAPP_PASSWORD: abc${def''',
        }
        """,
    "compose_key_is_misspelt": """
        patches = {
            "local-docker-compose-services": '''myapp:
          image: docker.io/redis:7
          healthcheck:
            test: redis-cli ping
            intervall: 10s''',
        }
        """,
    "compose_is_no_mapping": """
        patches = {
            "local-docker-compose-services": '''myapp:
          image: docker.io/redis
        - another
        - third
        - fourth''',
        }
        """,
    "manifest_without_separator": """
        patches = {
            "k8s-deployments": '''apiVersion: v1
        kind: ConfigMap
        metadata:
          name: myapp''',
        }
        """,
    "manifest_with_a_number_for_a_text": """
        patches = {
            "k8s-jobs": '''---
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: myapp-job
        spec:
          template:
            spec:
              restartPolicy: Never
              containers:
                - name: myapp
                  image: docker.io/redis
                  env:
                    - name: MYAPP_PORT
                      value: 6379''',
        }
        """,
    "manifest_of_an_object_that_is_there": """
        patches = {
            "k8s-services": '''---
        apiVersion: v1
        kind: Service
        metadata:
          name: redis
        spec:
          selector:
            app.kubernetes.io/name: myapp''',
        }
        """,
    "caddyfile_brace_is_open": """
        patches = {
            "caddyfile": '''# first
        # second
        myapp.example.com {
            respond "one"
            respond "two"
            handle {
            respond "three"
        }''',
        }
        """,
    "patch_name_is_misspelt": 'patches = {"caddyfil": "# x"}\n',
    "patch_name_has_other_case": 'patches = {"LMS-env": "A: 1"}\n',
}


@pytest.mark.parametrize("case", SOURCES)
def test_enable(case: str, session: Session, golden: Golden) -> None:
    """Enabling it changes nothing."""
    distribution(session.site, "myapp", SOURCES[case])
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


@pytest.mark.parametrize("case", SOURCES)
def test_save_when_it_is_enabled_already(case: str, session: Session) -> None:
    """Saving changes nothing, and the plugin is still enabled."""
    distribution(session.site, "myapp", SOURCES[case])
    session.tutor("plugins", "enable", "--no-save", "myapp")
    before = project_state(session.root)
    result = session.tutor("config", "save", code=1)
    assert "myapp" in result.err
    assert project_state(session.root) == before
    assert "PLUGINS:\n- myapp\n" in (session.root / "config.yml").read_text()


@pytest.mark.parametrize("case", SOURCES)
def test_disable(case: str, session: Session) -> None:
    """Whatever is wrong with it, it can be disabled, and then the environment is what it was without it."""
    before = project_state(session.root)
    distribution(session.site, "myapp", SOURCES[case])
    session.tutor("plugins", "enable", "--no-save", "myapp")
    session.tutor("plugins", "disable", "myapp")
    after = project_state(session.root)
    assert "myapp" not in (session.root / "config.yml").read_text()
    assert {k: v for k, v in after.items() if k != "config.yml"} == {
        k: v for k, v in before.items() if k != "config.yml"
    }


@pytest.mark.parametrize(
    ("case", "source"),
    [
        ("raises", "raise RuntimeError('disable must not run me')\n"),
        ("hangs", "import time\ntime.sleep(600)\n"),
        ("exits", "import os\nos._exit(77)\n"),
        ("exits_politely", "import sys\nsys.exit(78)\n"),
        ("recursion", "def f():\n    f()\nf()\n"),
    ],
)
def test_its_code_does_not_run_when_it_is_disabled(case: str, source: str, session: Session) -> None:
    """In a process of its own: a plugin that hangs or kills the process does not get to."""
    marker = session.site / "ran"
    distribution(session.site, "myapp", f"open({str(marker)!r}, 'w').close()\n{source}")
    session.tutor("plugins", "enable", "--no-save", "myapp")
    session.process("plugins", "list")
    session.process("plugins", "disable", "myapp", timeout=20)
    assert not marker.exists()
    assert "myapp" not in (session.root / "config.yml").read_text()


def test_two_plugins_of_one_name(session: Session, golden: Golden) -> None:
    """Both packages are named."""
    distribution(session.site, "myapp", "", package="tutor-myapp")
    distribution(session.site, "myapp", "", package="tutor-myapp-fork", version="2.0.0")
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp", code=1)
    session.tutor("plugins", "list")
    assert project_state(session.root) == before
    golden(session)


def test_a_file_with_the_name_of_a_package(session: Session, golden: Golden) -> None:
    """A YAML plugin does not silently take the place of a package."""
    distribution(session.site, "myapp", "")
    write(session.plugins_root / "myapp.yml", "name: myapp\nversion: 0.1\n")
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_two_plugins_with_one_service(session: Session, golden: Golden) -> None:
    """Two plugins that define a service of the same name: both are named."""
    source = 'patches = {"local-docker-compose-services": "search:\\n  image: search:1.0"}\n'
    for name in ("one", "two"):
        distribution(session.site, name, source)
    session.tutor("plugins", "enable", "one")
    before = project_state(session.root)
    result = session.tutor("plugins", "enable", "two", code=1)
    assert "plugin one 1.0.0" in result.err
    assert "plugin two 1.0.0" in result.err
    assert project_state(session.root) == before
    golden(session)


def test_unknown_plugin(session: Session, golden: Golden) -> None:
    """To enable and to disable; with the nearest name, whatever its case."""
    distribution(session.site, "myapp", "")
    before = project_state(session.root)
    session.tutor("plugins", "enable", "nothing-like-it", code=1)
    session.tutor("plugins", "enable", "myap", code=1)
    session.tutor("plugins", "enable", "MyApp", code=1)
    session.tutor("plugins", "enable", "myapp", "nothing-like-it", code=1)
    session.tutor("plugins", "disable", "nothing-like-it", code=1)
    session.tutor("plugins", "enable", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_disabling_what_is_not_enabled(session: Session, golden: Golden) -> None:
    """It is said, and nothing is written."""
    distribution(session.site, "myapp", "")
    before = project_state(session.root)
    session.tutor("plugins", "disable", "myapp")
    session.tutor("plugins", "disable", "--no-save", "myapp")
    assert project_state(session.root) == before
    golden(session)


def test_missing_plugin_stays_enabled(session: Session, golden: Golden) -> None:
    """Commands that would deploy without it stop; `--allow-missing` goes on; nobody edits the list."""
    distribution(session.site, "present", 'patches = {"lms-env": "PRESENT: 1"}\n')
    session.tutor("plugins", "enable", "present")
    with (session.root / "config.yml").open("a") as file:
        file.write("# the rest of the list\n")
    text = (session.root / "config.yml").read_text().replace("- present\n", "- gone\n- present\n")
    (session.root / "config.yml").write_text(text)
    before = project_state(session.root)
    session.tutor("plugins", "list")
    session.tutor("config", "save", code=1)
    session.tutor("config", "printvalue", "LMS_HOST")
    assert project_state(session.root) == before
    session.tutor("config", "save", "--allow-missing", "--set", "ATLAS_OPTIONS=--without-it")
    assert "- gone\n- present\n" in (session.root / "config.yml").read_text()
    session.tutor("plugins", "disable", "gone")
    assert "- gone" not in (session.root / "config.yml").read_text()
    golden(session)


def test_disabling_while_another_plugin_is_broken(session: Session, golden: Golden) -> None:
    """The one is disabled, and what is wrong with the other is said."""
    distribution(session.site, "broken", "1 / 0\n")
    distribution(session.site, "working", 'patches = {"lms-env": "WORKING: 1"}\n')
    session.tutor("plugins", "enable", "working")
    session.tutor("plugins", "enable", "--no-save", "broken")
    session.tutor("plugins", "disable", "working", code=1)
    assert "working" not in (session.root / "config.yml").read_text()
    session.tutor("plugins", "disable", "broken")
    golden(session)


@pytest.mark.parametrize(
    ("case", "content"),
    [
        ("syntax", "name: myapp\npatches:\n  lms-env: [1\n  caddyfile: x\n"),
        ("list", "- name: myapp\n"),
        ("empty", ""),
        ("patch_is_a_number", "name: myapp\nversion: 1.0.0\npatches:\n  lms-env: A\n  caddyfile: 12\n"),
        ("undefined", "name: myapp\npatches:\n  caddyfile: |\n    # one\n    # {{ NOPE }}\n"),
        ("binary", "\x00\x01"),
        ("name_is_a_list", "name: [1, 2]\n"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_yaml_plugin(case: str, content: str, session: Session, golden: Golden) -> None:
    """A YAML plugin that is wrong."""
    write(session.plugins_root / "myapp.yml", content)
    before = project_state(session.root)
    session.tutor("plugins", "list")
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_single_file_plugin_that_raises(session: Session, golden: Golden) -> None:
    """A Python file in the plugins folder."""
    write(session.plugins_root / "myapp.py", "x = 1\nraise ValueError('wrong')\n")
    before = project_state(session.root)
    session.tutor("plugins", "enable", "myapp", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_other_commands_work_with_a_broken_plugin(session: Session, golden: Golden) -> None:
    """Guests do not take the house down."""
    distribution(session.site, "broken", "raise RuntimeError('no')\n")
    session.tutor("plugins", "enable", "--no-save", "broken")
    session.tutor("plugins", "list")
    session.tutor("config", "printvalue", "LMS_HOST")
    session.tutor("config", "printroot")
    session.tutor("--version")
    session.process("--help")
    golden(session)


def test_conflicting_overrides(session: Session, golden: Golden) -> None:
    """Two plugins override one setting: both are named, the later wins, and the user can settle it."""
    distribution(session.site, "one", 'config = {"set": {"ATLAS_OPTIONS": "--one"}}\n')
    distribution(session.site, "two", 'config = {"set": {"ATLAS_OPTIONS": "--two"}}\n')
    session.tutor("plugins", "enable", "two", "one")
    session.tutor("config", "printvalue", "ATLAS_OPTIONS")
    session.tutor("config", "save", "--set", "ATLAS_OPTIONS=--mine")
    session.tutor("config", "printvalue", "ATLAS_OPTIONS")
    golden(session)


def test_unknown_patch_is_a_warning(session: Session, golden: Golden) -> None:
    """A patch for another plugin's point, or for one of an older release, stops nothing."""
    distribution(
        session.site, "myapp", 'patches = {"mfe-lms-common-settings": "A = 1", "nginx-extra": "server {}"}\n'
    )
    session.tutor("plugins", "enable", "myapp")
    golden(session)


LATE = """
    from tutor import hooks

    def late(*args):
        raise ValueError("too late")

    hooks.Actions.{action}.add()(late)
    """


@pytest.mark.parametrize("action", ["PLUGINS_LOADED", "CONFIG_LOADED", "PLUGIN_LOADED", "PROJECT_ROOT_READY"])
def test_a_callback_that_fails(action: str, session: Session) -> None:
    """The plugin is named, nothing is changed, and it can be disabled."""
    write(session.plugins_root / "late.py", LATE.format(action=action))
    before = project_state(session.root)
    if action != "PROJECT_ROOT_READY":  # it is over when plugins are loaded
        assert "late" in session.tutor("plugins", "enable", "late", code=1).err
        assert project_state(session.root) == before
    session.tutor("plugins", "enable", "--no-save", "late")
    session.tutor("plugins", "disable", "late")
    assert "late" not in (session.root / "config.yml").read_text()


def test_a_callback_that_fails_afterwards(session: Session, golden: Golden) -> None:
    """Then the change is made, and that is said."""
    write(session.plugins_root / "late.py", LATE.format(action="ENV_SAVED"))
    session.tutor("plugins", "enable", "late", code=1)
    session.tutor("plugins", "list", "--enabled")
    golden(session)


def test_change_of_an_object_that_is_not_there(session: Session, golden: Golden) -> None:
    """A warning: on Compose it does no harm."""
    source = """
        patches = {
            "k8s-override": "apiVersion: apps/v1\\nkind: Deployment\\nmetadata:\\n  name: lsm\\n",
        }
        """
    distribution(session.site, "myapp", source)
    session.tutor("plugins", "enable", "myapp")
    golden(session)


def test_a_directive_that_only_another_image_has(session: Session) -> None:
    """An image of one's own may have more modules than the core's."""
    write(
        session.plugins_root / "limits.yml",
        "name: limits\nversion: 1.0.0\npatches:\n  caddyfile-lms: rate_limit 5\n",
    )
    assert "Caddy has no directive rate_limit" in session.tutor("plugins", "enable", "limits", code=1).err
    session.tutor("config", "save", "--set", "DOCKER_IMAGE_CADDY=example.com/caddy:mine")
    session.tutor("plugins", "enable", "limits")
    assert "rate_limit 5" in (session.root / "env/apps/caddy/Caddyfile").read_text()
