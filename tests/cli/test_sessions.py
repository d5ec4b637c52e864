"""Sessions as users have them, compared with what they print and write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.kit import distribution, project_state, write
from tutor import serialize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

YAML_PLUGIN = """
    name: myapp
    version: 0.1.0
    config:
      add:
        SECRET: "{{ 20|random_string }}"
      defaults:
        GREETING: "Welcome to {{ PLATFORM_NAME }}"
      set:
        ATLAS_OPTIONS: --myapp
    patches:
      lms-env: |
        MYAPP_GREETING: "{{ MYAPP_GREETING }}"
      openedx-lms-common-settings: |
        MYAPP = {{ MYAPP_GREETING|python_literal }}
    """


def test_three_steps(empty_session: Session, golden: Golden) -> None:
    """Save, install a plugin, enable it, and go back."""
    session = empty_session
    session.tutor("config", "printroot")
    session.tutor("plugins", "printroot")
    session.tutor("plugins", "list")
    session.tutor("config", "save")
    session.note((session.root / "config.yml").read_text())
    session.tutor("config", "save")
    write(session.plugins_root / "myapp.yml", YAML_PLUGIN)
    session.tutor("plugins", "list")
    session.tutor("plugins", "enable", "myapp")
    session.note((session.root / "config.yml").read_text())
    session.note((session.root / "env/apps/openedx/config/lms.env.yml").read_text().rpartition("MYAPP")[2])
    session.tutor("plugins", "list", "--enabled")
    session.tutor("config", "printvalue", "MYAPP_GREETING")
    session.tutor("config", "printvalue", "ATLAS_OPTIONS")
    session.tutor("config", "save", "--set", "MYAPP_GREETING=Hello")
    session.tutor("config", "printvalue", "MYAPP_GREETING")
    session.tutor("plugins", "disable", "myapp")
    session.tutor("plugins", "list", "-e")
    session.tutor("config", "printvalue", "ATLAS_OPTIONS")
    golden(session)


def test_disabling_gives_back_the_environment(session: Session) -> None:
    """Byte for byte; and what was generated for the plugin stays for the day when it is enabled again."""
    write(session.plugins_root / "myapp.yml", YAML_PLUGIN)
    before = {k: v for k, v in project_state(session.root).items() if k != "config.yml"}
    session.tutor("plugins", "enable", "myapp")
    secret = session.tutor("config", "printvalue", "MYAPP_SECRET").out
    assert len(secret.strip()) == 20
    enabled = project_state(session.root)
    session.tutor("plugins", "disable", "myapp")
    assert {k: v for k, v in project_state(session.root).items() if k != "config.yml"} == before
    session.tutor("plugins", "enable", "myapp")
    assert session.tutor("config", "printvalue", "MYAPP_SECRET").out == secret
    after = project_state(session.root)
    assert {k for k in enabled if enabled[k] != after[k]} <= {"config.yml"}


def test_no_save(session: Session, golden: Golden) -> None:
    """`--no-save` writes the list of plugins, and nothing else; `config save` does the rest."""
    write(session.plugins_root / "myapp.yml", YAML_PLUGIN)
    before = project_state(session.root)
    session.tutor("plugins", "enable", "--no-save", "myapp")
    assert {k for k, v in project_state(session.root).items() if before.get(k) != v} == {"config.yml"}
    session.tutor("config", "save")
    session.tutor("plugins", "disable", "--no-save", "myapp")
    session.tutor("config", "save")
    golden(session)


def test_lists(session: Session, golden: Golden) -> None:
    """All installed plugins, as a table and for scripts."""
    distribution(session.site, "one", "", version="1.2.3", summary="The first")
    distribution(session.site, "two-words", "", summary="Größe 日本")
    write(session.plugins_root / "three.py", "")
    write(session.plugins_root / "README.txt", "not a plugin")
    write(session.plugins_root / "myapp.yml", YAML_PLUGIN)
    session.tutor("plugins", "enable", "one", "two-words", "one")
    session.tutor("plugins", "list")
    found = json.loads(session.tutor("plugins", "list", "--json").out)["plugins"]
    assert [row["name"] for row in found] == ["myapp", "one", "three", "two-words"]
    session.tutor("plugins", "list", "-e", "--json")
    golden(session)


def test_append_and_remove(session: Session, golden: Golden) -> None:
    """Lists: what is there already is not added again, what is not there is not removed."""
    name = "OPENEDX_EXTRA_PIP_REQUIREMENTS"
    session.tutor("config", "save", "--append", f"{name}=one", "-a", f"{name}=two", "-a", f"{name}=one")
    session.tutor("config", "printvalue", name)
    session.tutor("config", "save", "--remove", f"{name}=one", "-A", f"{name}=nothing")
    session.tutor("config", "printvalue", name)
    session.tutor("config", "save", "-a", "PLUGIN_INDEXES=https://plugins.example.com")
    session.tutor("config", "printvalue", "PLUGIN_INDEXES")
    session.tutor("config", "save", "--unset", name, "-U", "PLUGIN_INDEXES")
    session.tutor("config", "printvalue", name)
    assert name not in (session.root / "config.yml").read_text()
    golden(session)


@pytest.mark.parametrize(
    ("typed", "printed", "stored"),
    [
        ("PLATFORM_NAME=My school", "My school", "My school"),
        ("PLATFORM_NAME='quoted'", "quoted", "quoted"),
        ("PLATFORM_NAME=1.10", "1.10", "1.10"),
        ("PLATFORM_NAME=yes", "yes", "yes"),
        ("PLATFORM_NAME=", "", ""),
        ("PLATFORM_NAME=a=b", "a=b", "a=b"),
        ("PLATFORM_NAME={{ LMS_HOST }} school", "local.openedx.io school", "{{ LMS_HOST }} school"),
        ("CADDY_HTTP_PORT=8080", "8080", 8080),
        ("ENABLE_HTTPS=true", "true", True),
        ("ENABLE_HTTPS={{ RUN_SMTP }}", "true", "{{ RUN_SMTP }}"),
        ("PLUGIN_INDEXES=[a, 'b']", "[a, b]", ["a", "b"]),
        ("MOUNTS=[]", "[]", []),
        ("MY_OWN={a: {b: [1, true, null]}}", "{a: {b: [1, true, null]}}", {"a": {"b": [1, True, None]}}),
        ("MY_OWN=12:30", "750", 750),
        ("MY_OWN='12:30'", "12:30", "12:30"),
        ("MY_OWN=1_000", "1000", 1000),
        ("MY_OWN='1_000'", "1_000", "1_000"),
        ("MY_OWN='on'", "on", "on"),
        ("MY_OWN='~'", "~", "~"),
        ("MY_OWN=", "", ""),
        ('MY_OWN="line\\n  two \\n"', "line\n  two \n", "line\n  two \n"),
        ('MY_OWN="tab\\tand: colon # hash"', "tab\tand: colon # hash", "tab\tand: colon # hash"),
    ],
)
def test_values(typed: str, printed: str, stored: object, session: Session) -> None:
    """What is typed is YAML, what is stored reads back the same, what is printed is the value."""
    name = typed.partition("=")[0]
    session.tutor("config", "save", "--set", typed)
    assert serialize.load((session.root / "config.yml").read_bytes())[name] == stored
    assert session.tutor("config", "printvalue", name).out == f"{printed}\n"
    content = (session.root / "config.yml").read_bytes()
    session.tutor("config", "save")
    assert (session.root / "config.yml").read_bytes() == content


def test_nothing_is_rewritten_that_was_not_asked_for(session: Session) -> None:
    """The rest of config.yml keeps its order, comments, quotes and even its mistakes."""
    path = session.root / "config.yml"
    secrets = path.read_text()
    mine = (
        "# Our school\n"
        "\n"
        "PLATFORM_NAME:   'The   School'   # as on the door\n"
        'CONTACT_EMAIL: "office@example.com"\n'
        "MY_OWN: [1,  2,3]  # a list\n"
        "MY_OTHER:\n"
        "    - {a: yes, b: 0o17}\n"
        "    -   12:30:45\n"
        "ANCHORED: &x {k: v}\n"
        "ALIAS: *x\n"
        "FOLDED: >\n"
        "  one\n"
        "  two\n"
        "BLOCK: |+\n"
        "  one\n"
        "\n"
        "# before the secrets\n"
    )
    path.write_text(mine + secrets + "# the end\n")
    session.tutor("config", "save")
    assert path.read_text() == mine + secrets + "# the end\n"
    session.tutor("config", "save", "--set", "LANGUAGE_CODE=fr")
    lines = path.read_text().splitlines()
    assert "LANGUAGE_CODE: fr" in lines
    for line in (mine + secrets).splitlines():
        if line not in ("MY_OWN: [1,  2,3]  # a list", "    -   12:30:45", "    - {a: yes, b: 0o17}"):
            assert " ".join(line.split()) in [" ".join(each.split()) for each in lines], line
    values = serialize.load(path.read_bytes())
    assert {k: v for k, v in values.items() if k != "LANGUAGE_CODE"} == serialize.load(mine + secrets)


def test_environment_variables_are_not_saved(session: Session) -> None:
    """They win over config.yml for the length of a command, and are found in the environment alone."""
    session.tutor("config", "save", "--set", "PLATFORM_NAME=Saved")
    content = (session.root / "config.yml").read_bytes()
    env = {"TUTOR_PLATFORM_NAME": "From outside", "TUTOR_NOT_A_SETTING": "x", "TUTOR_VERSION": "0"}
    assert session.tutor("config", "printvalue", "PLATFORM_NAME", env=env).out == "From outside\n"
    session.tutor("config", "save", env=env)
    assert (session.root / "config.yml").read_bytes() == content
    assert "From outside" in (session.root / "env/apps/openedx/config/lms.env.yml").read_text()
    session.tutor("config", "save", "--set", "LANGUAGE_CODE=fr", env=env)
    assert b"From outside" not in (session.root / "config.yml").read_bytes()


def test_unique_values_from_variables_are_not_saved(empty_session: Session) -> None:
    """A password given from outside is neither generated nor written."""
    session = empty_session
    session.tutor("config", "save", env={"TUTOR_MYSQL_ROOT_PASSWORD": "fromoutside"})
    assert "MYSQL_ROOT_PASSWORD" not in (session.root / "config.yml").read_text()


def test_overrides_are_not_frozen(session: Session) -> None:
    """A plugin's override is in force while it is enabled, and never in config.yml."""
    distribution(session.site, "myapp", 'config = {"set": {"PLATFORM_NAME": "Overridden"}}\n')
    session.tutor("plugins", "enable", "myapp")
    session.tutor("config", "save", "--set", "LANGUAGE_CODE=fr")
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Overridden\n"
    assert "Overridden" not in (session.root / "config.yml").read_text()
    session.tutor("config", "save", "--set", "PLATFORM_NAME=Mine")
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "Mine\n"
    session.tutor("config", "save", "--unset", "PLATFORM_NAME")
    session.tutor("plugins", "disable", "myapp")
    assert session.tutor("config", "printvalue", "PLATFORM_NAME").out == "My Open edX\n"


def test_env_only(session: Session, golden: Golden) -> None:
    """`--env-only` renders with a value, and leaves config.yml alone."""
    before = (session.root / "config.yml").read_bytes()
    session.tutor("config", "save", "--env-only", "--set", "LANGUAGE_CODE=fr")
    assert (session.root / "config.yml").read_bytes() == before
    session.tutor("config", "printvalue", "LANGUAGE_CODE")
    distribution(session.site, "myapp", 'config = {"add": {"SECRET": "{{ 8|random_string }}"}}\n')
    session.tutor("plugins", "enable", "--no-save", "myapp")
    session.tutor("config", "save", "-e", code=1)
    golden(session)


def test_order_of_plugins(session: Session) -> None:
    """Patches come in the order of the list of plugins."""
    for name in ("bbb", "aaa"):
        distribution(session.site, name, f'patches = {{"lms-env": "ORDER_{name}: 1"}}\n')
    (session.root / "config.yml").write_text("PLUGINS: [bbb, aaa]\n")
    session.tutor("config", "save")
    text = (session.root / "env/apps/openedx/config/lms.env.yml").read_text()
    assert text.index("ORDER_bbb") < text.index("ORDER_aaa")


def test_name_in_upper_case_and_with_dashes(session: Session) -> None:
    """The prefix of a plugin's settings is its name in upper case, with `_` for `-`."""
    distribution(session.site, "My-App", 'config = {"defaults": {"GREETING": "hello"}}\n')
    session.tutor("plugins", "enable", "My-App")
    assert session.tutor("config", "printvalue", "MY_APP_GREETING").out == "hello\n"


def test_command_of_a_plugin(session: Session, golden: Golden) -> None:
    """It is a command of tutor, under the plugin's name; it never takes the place of ours."""
    source = """
        import click

        @click.command(help="Greet somebody.")
        @click.argument("name")
        def command(name: str) -> None:
            click.echo(f"hello {name}")
        """
    for name in ("greet", "config"):
        distribution(session.site, name, source)
    session.tutor("plugins", "enable", "greet", "config")
    session.tutor("greet", "world")
    session.tutor("greet", "--help")
    session.tutor("config", "printvalue", "LMS_HOST")
    session.tutor("plugins", "disable", "greet")
    session.tutor("greet", "world", code=1)
    golden(session)


def test_root_option(session: Session) -> None:
    """`--root` wins over the variable."""
    other = session.root.parent / "other"
    assert session.tutor("--root", str(other), "config", "printroot").out == f"{other}\n"
    session.tutor("-r", str(other), "config", "save")
    assert (other / "config.yml").is_file()
    assert session.tutor("config", "printroot").out == f"{session.root}\n"


HELP = [
    [],
    ["config"],
    *(["config", name] for name in ("edit", "printroot", "printvalue", "save")),
    ["plugins"],
    *(["plugins", name] for name in ("disable", "enable", "list", "printroot")),
    ["help"],
]


@pytest.mark.parametrize("words", HELP, ids=lambda words: "-".join(words) or "tutor")
def test_help(words: list[str], session: Session, golden: Golden) -> None:
    """Read them as a newcomer would."""
    # In processes of their own: click keeps the help option of a command that somebody looked at before.
    shown = session.process(*words, "--help").out
    assert session.process("help", *words).out.strip() == shown.strip()
    del session.transcript[session.transcript.index(f"$ tutor help {' '.join(words)}".rstrip()) :]
    golden(session)


def test_without_arguments(session: Session) -> None:
    """The help."""
    assert session.tutor().out == session.tutor("--help").out
    assert "No such command" in session.tutor("nothing", code=1).err
    assert "No such command" in session.tutor("help", "nothing", code=1).err


def test_enabling_a_plugin_that_needs_a_setting(session: Session, golden: Golden) -> None:
    """Some published ones have settings without a usable default: the error says how to give them one."""
    source = """
        patches = {"openedx-common-settings": "BUCKET = '{{ STORE_BUCKET }}'"}
        """
    distribution(session.site, "store", source)
    before = project_state(session.root)
    session.tutor("plugins", "enable", "store", code=1)
    session.tutor("plugins", "enable", "store", "--set", "STORE_BUCKET=files", "--no-save", code=1)
    assert project_state(session.root) == before
    session.tutor("plugins", "enable", "store", "--set", "STORE_BUCKET=files")
    session.tutor("config", "printvalue", "STORE_BUCKET")
    session.tutor("plugins", "disable", "store")
    golden(session)
    assert "STORE_BUCKET: files" in (session.root / "config.yml").read_text()


def test_plugins_see_the_settings_that_come_with_them(session: Session) -> None:
    """When they are loaded, and when all are: some copy a file that a setting names."""
    source = """
        import os
        from tutor import config, hooks

        def chosen(name):
            return config.get_user(os.environ["TUTOR_ROOT"]).get(name)

        at_import = chosen("STORE_BUCKET")

        @hooks.Actions.PLUGINS_LOADED.add()
        def _loaded():
            line = f"# {at_import} {chosen('STORE_BUCKET')} {chosen('STORE_OLD')}"
            hooks.Filters.ENV_PATCHES.add_item(("caddyfile", line))
        """
    distribution(session.site, "store", source, group="tutor.plugin.v1")
    session.tutor("config", "save", "--set", "STORE_OLD=old")
    session.tutor("plugins", "enable", "store", "--set", "STORE_BUCKET=files")
    caddyfile = session.root / "env/apps/caddy/Caddyfile"
    assert "# files files old" in caddyfile.read_text()
    session.tutor("config", "save", "--unset", "STORE_OLD", "--set", "STORE_BUCKET=others")
    assert "others None" in caddyfile.read_text()


def test_files_that_a_plugin_writes_when_it_is_loaded_go_with_it(session: Session) -> None:
    """They are kept aside, as they may be the user's."""
    source = """
        import os

        folder = os.path.join(os.environ["TUTOR_ROOT"], "env", "plugins", "copies")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "certificate"), "w") as file:
            file.write("mine")
        """
    distribution(session.site, "copies", source)
    written = session.root / "env" / "plugins" / "copies" / "certificate"
    session.tutor("plugins", "enable", "copies")
    assert written.read_text() == "mine"
    session.tutor("plugins", "disable", "copies")
    assert not written.parent.exists()
    assert (session.root / ".tutor" / "edited" / "plugins" / "copies" / "certificate").read_text() == "mine"


def test_overrides_of_several_plugins_are_documents_of_their_own(session: Session) -> None:
    """Each is a Kubernetes manifest; they need not begin with a separator."""
    for name in ("lms", "cms"):
        manifest = f"apiVersion: v1\\nkind: Service\\nmetadata:\\n  name: {name}\\n"
        distribution(session.site, name, f'patches = {{"k8s-override": "{manifest}"}}')
    session.tutor("plugins", "enable", "lms", "cms")
    found = yaml.safe_load_all((session.root / "env" / "k8s" / "override.yml").read_text())
    assert [document["metadata"]["name"] for document in found if document] == ["cms", "lms"]
