"""What a script does that uses us as a library, from opening a project to its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, fingerprint, project_state, write
from tutor.config import userfile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

PLUGIN = """
    from tutor import hooks

    hooks.Filters.CONFIG_DEFAULTS.add_item(("MINE_NAME", "of {{ LMS_HOST }}"))
    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# mine {{ MINE_NAME }}"))
"""
YAML_PLUGIN = "name: small\nversion: 1.2.3\npatches:\n  caddyfile: '# small'\n"


@pytest.fixture
def with_plugins(session: Session) -> Session:
    """A project with two plugins, one of which is enabled."""
    distribution(session.site, "mine", PLUGIN, group="tutor.plugin.v1", version="2.0")
    write(session.plugins_root / "small.yml", YAML_PLUGIN)
    session.tutor("plugins", "enable", "mine")
    return session


def test_a_script_opens_a_project_for_good(with_plugins: Session, script: Callable[[str], Any]) -> None:
    """By the actions that the command line does there: then hooks have what enabled plugins contribute."""
    found = script("""
        from tutor import config, hooks, plugins

        hooks.Actions.CORE_READY.do()
        before = list(plugins.iter_loaded())
        hooks.Actions.PROJECT_ROOT_READY.do(root)
        found = {
            "before": before,
            "loaded": list(plugins.iter_loaded()),
            "patches": [content for name, content in hooks.Filters.ENV_PATCHES.iterate()],
            "setting": config.load(root)["MINE_NAME"],
        }
    """)
    assert found == {
        "before": [],
        "loaded": ["mine"],
        "patches": ["# mine {{ MINE_NAME }}"],
        "setting": "of local.openedx.io",
    }
    assert with_plugins.root.is_dir()


def test_plugins_that_there_are(with_plugins: Session, script: Callable[[str], Any]) -> None:
    """Also without opening a project."""
    found = script("""
        from tutor import hooks, plugins

        outside = [list(plugins.iter_installed()), list(plugins.iter_info())]
        hooks.Actions.PROJECT_ROOT_READY.do(root)
        inside = [list(plugins.iter_installed()), list(plugins.iter_info())]
        hook = sorted(hooks.Filters.PLUGINS_INFO.iterate())
        found = [outside, inside, hook, plugins.is_installed("small"), plugins.is_installed("none")]
    """)
    expected = [["mine", "small"], [["mine", "2.0"], ["small", "1.2.3"]]]
    assert found == [expected, expected, expected[1], True, False]
    assert with_plugins.plugins_root.is_dir()


def test_a_plugin_that_is_a_file_is_told_with_its_place(
    session: Session, script: Callable[[str], Any]
) -> None:
    path = write(session.plugins_root / "one.py", "")
    found = script("from tutor import plugins\nfound = dict(plugins.iter_info())")
    assert found == {"one": str(path)}


@pytest.mark.parametrize("opened", [False, True])
def test_a_plugin_is_loaded_and_unloaded(
    with_plugins: Session, script: Callable[[str], Any], opened: bool
) -> None:
    """It counts as long as it is loaded, in settings and environment too, and is not enabled."""
    before = userfile.read(with_plugins.root).values
    found = script(f"""
        from tutor import config, env, hooks, plugins

        if {opened}:
            hooks.Actions.PROJECT_ROOT_READY.do(root)

        def of_small():
            return [p for p in plugins.iter_patches("caddyfile") if "small" in p]

        found = []
        for change in (plugins.load, plugins.load, plugins.unload):  # twice is once
            change("small")
            found.append([plugins.is_loaded("small"), of_small()])
        plugins.load("small")
        env.save(root, config.load(root))
    """)
    assert found == [[True, ["# small"]], [True, ["# small"]], [False, []]]
    caddyfile = (with_plugins.root / "env/apps/caddy/Caddyfile").read_text()
    assert caddyfile.count("# small") == caddyfile.count("# mine of local.openedx.io") == 1
    assert userfile.read(with_plugins.root).values == before


def test_what_a_plugin_declares_counts_once_it_is_loaded(
    with_plugins: Session, script: Callable[[str], Any]
) -> None:
    write(with_plugins.plugins_root / "late.yml", "name: late\nconfig: {defaults: {X: 'x{{ ID|length }}'}}")
    found = script("""
        from tutor import config, hooks, plugins

        hooks.Actions.PROJECT_ROOT_READY.do(root)
        before = "LATE_X" in config.load(root)
        plugins.load("late")
        hooks.Filters.CONFIG_DEFAULTS.add_item(("SCRIPTS", "own {{ LATE_X }}"))
        found = [before, config.load(root)["LATE_X"], config.load(root)["SCRIPTS"]]
    """)
    assert found == [False, "x24", "own x24"]


def test_a_plugin_that_fails_is_told_and_does_not_stop_others(
    with_plugins: Session, script: Callable[[str], Any]
) -> None:
    write(with_plugins.plugins_root / "broken.py", "raise ValueError('boo')")
    found = script("""
        from tutor import config, exceptions, plugins

        def error(name):
            try:
                plugins.load(name)
            except exceptions.TutorError as error:
                return str(error)

        settings = {"PLUGINS": ["broken", "none", "small"]}
        config.enable_plugins(settings)
        loaded = list(plugins.iter_loaded())
        config.save_enabled_plugins(settings)
        found = [error("broken"), error("none"), loaded, settings]
    """)
    assert found == [
        "Plugin broken cannot be loaded: ValueError: boo",
        "Plugin none is not installed",
        ["small"],
        {"PLUGINS": ["small"]},
    ]


def test_a_plugin_is_made_known(session: Session, script: Callable[[str], Any]) -> None:
    """A file of Python, wherever it lies: then it can be loaded. It is not, by that alone."""
    path = write(session.root.parent / "elsewhere" / "far.py", PLUGIN)
    found = script(f"""
        from tutor import hooks, plugins
        from tutor.plugins.v1 import discover_module

        found = []
        for opened in (False, True):
            if opened:
                hooks.Actions.PROJECT_ROOT_READY.do(root)
            discover_module({str(path)!r})
            found.append([plugins.is_installed("far"), plugins.is_loaded("far")])
            plugins.load("far")
            found.append([plugins.is_loaded("far"), len(list(plugins.iter_patches("caddyfile")))])
            plugins.unload("far")
    """)
    assert found == [[True, False], [True, 1]] * 2


def test_what_a_script_contributes_counts_in_commands_that_it_runs(
    with_plugins: Session, script: Callable[[str], Any]
) -> None:
    """In all projects; as a company's own entry point does it."""
    script("""
        from tutor import hooks
        from tutor.commands.cli import main

        hooks.Filters.CONFIG_DEFAULTS.add_item(("COMPANY_NAME", "Us at {{ LMS_HOST }}"))
        hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# company {{ COMPANY_NAME }}"))
        named = ("PLATFORM_NAME", "Ours")
        hooks.Actions.CORE_READY.add()(lambda: hooks.Filters.CONFIG_OVERRIDES.add_item(named))
        try:
            main(["config", "save"])
        except SystemExit as ended:
            found = ended.code
    """)
    caddyfile = (with_plugins.root / "env/apps/caddy/Caddyfile").read_text()
    assert "# company Us at local.openedx.io" in caddyfile
    assert "# mine of local.openedx.io" in caddyfile
    assert "Ours" in (with_plugins.root / "env/apps/openedx/config/lms.env.yml").read_text()


def test_the_environment_is_rendered_with_the_settings_that_are_given(
    with_plugins: Session, script: Callable[[str], Any]
) -> None:
    """Whole, with what plugins add, as a generation; settings stay, and what reads them is told of them."""
    before = (with_plugins.root / "config.yml").read_bytes()
    found = script("""
        from tutor import config, env, hooks

        seen = []
        hooks.Actions.ENV_SAVED.add()(lambda folder, settings: seen.append([folder, settings["LMS_HOST"]]))
        settings = config.load(root)
        settings["LMS_HOST"] = "given.org"
        settings["MINE_NAME"] = "given {{ CMS_HOST }}"
        env.save(root, settings)
        found = [seen, config.load(root)["LMS_HOST"]]
    """)
    assert found == [[[str(with_plugins.root / "env"), "given.org"]], "local.openedx.io"]
    caddyfile = (with_plugins.root / "env/apps/caddy/Caddyfile").read_text()
    assert "given.org" in caddyfile
    assert "# mine given studio.local.openedx.io" in caddyfile
    assert (with_plugins.root / "config.yml").read_bytes() == before
    assert "env.save" in with_plugins.tutor("history").out
    with_plugins.tutor("config", "save")
    assert "given.org" not in (with_plugins.root / "env/apps/caddy/Caddyfile").read_text()


def test_a_wrong_setting_leaves_the_environment_as_it_was(
    with_plugins: Session, script: Callable[[str], Any]
) -> None:
    before = project_state(with_plugins.root)
    found = script("""
        from tutor import config, env, exceptions

        found = []
        for wrong in ({"LMS_HOST": "{{ NOPE }}"}, {"ENABLE_HTTPS": "perhaps"}, {"MINE_NAME": "{{ "}):
            try:
                env.save(root, {**config.load(root), **wrong})
            except exceptions.TutorError as error:
                found.append(f"{error} {error.where}")
    """)
    assert len(found) == 3
    assert "NOPE" in found[0]
    assert "ENABLE_HTTPS" in found[1]
    assert "MINE_NAME" in found[2]
    assert project_state(with_plugins.root) == before


def test_a_first_environment_without_a_file(script: Callable[[str], Any], session: Session) -> None:
    """Of a project that is not there yet, as tests of plugins do it."""
    other = session.root.parent / "other"
    found = script(f"""
        from tutor import config, env, exceptions

        try:
            config.load({str(other)!r})
        except exceptions.TutorError as error:
            refused = error.hint
        settings = config.load_full({str(other)!r})
        there = os.path.exists({str(other)!r})
        env.save({str(other)!r}, settings)
        found = [refused, there, settings["ID"], config.load_minimal(root)["ID"]]
    """)
    assert found[:2] == ["tutor config save", False]
    assert found[3] == userfile.read(session.root).values["ID"] != found[2]
    assert (other / "env/local/docker-compose.yml").is_file()
    assert not (other / "config.yml").exists()


def test_settings_are_saved_and_read_again(session: Session, script: Callable[[str], Any]) -> None:
    """In a project that is open, too: what counts is what stands in the file now."""
    found = script("""
        from tutor import config, hooks

        hooks.Actions.PROJECT_ROOT_READY.do(root)
        user = config.get_user(root)
        user["LMS_HOST"] = "saved.org"
        del user["OPENEDX_SECRET_KEY"]
        config.save_config_file(root, user)
        found = [config.get_user(root), config.load(root)["CMS_HOST"], config.load_full(root)["LMS_HOST"]]
    """)
    saved = userfile.read(session.root).values
    assert found == [saved, "studio.saved.org", "saved.org"]
    assert saved["LMS_HOST"] == "saved.org"
    assert "OPENEDX_SECRET_KEY" not in saved


def test_plugins_may_save_when_the_environment_was(session: Session) -> None:
    """What they call takes the lock that the change holds."""
    source = """
        import os
        from tutor import config, env, hooks

        done = []

        @hooks.Actions.ENV_SAVED.add()
        def _again(folder, settings):
            root = os.path.dirname(folder)
            if not done:
                done.append(1)
                config.save_config_file(root, {**config.get_user(root), "PLATFORM_NAME": "Saved later"})
                env.save(root, config.load(root))
    """
    distribution(session.site, "again", source, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "again")
    saved = userfile.read(session.root).values
    assert (saved["PLATFORM_NAME"], saved["PLUGINS"]) == ("Saved later", ["again"])
    assert "Saved later" in (session.root / "env/apps/openedx/config/lms.env.yml").read_text()


def test_an_environment_is_removed_and_comes_back(session: Session, script: Callable[[str], Any]) -> None:
    before = fingerprint(session.root / "env")
    script("from tutor import env\nenv.delete_env_dir(root)\nenv.delete_env_dir(root)")
    assert not (session.root / "env").exists()
    assert not [p for p in (session.root / ".tutor").iterdir() if "gone" in p.name]
    session.tutor("config", "save")
    assert fingerprint(session.root / "env") == before


def test_questions_put_answers_into_settings(session: Session) -> None:
    """And plugins ask theirs: what they put into the settings is saved."""
    source = """
        from tutor import hooks, interactive

        hooks.Filters.CONFIG_DEFAULTS.add_items([("ASKS_NAME", "of {{ LMS_HOST }}"), ("ASKS_IT", False)])

        @hooks.Actions.CONFIG_INTERACTIVE.add()
        def _ask(config):
            interactive.ask("Which name", "ASKS_NAME", config, {})
            interactive.ask_bool("Is it so", "ASKS_IT", config, {})
            interactive.ask_choice("Which one", "ASKS_CHOICE", config, {"ASKS_CHOICE": "a"}, ["a", "b"])
    """
    distribution(session.site, "asks", source, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "asks")
    answers = "y\nmy.org\n\n\n\n\n\n" + "mine\ny\nc\nb\n"
    with pytest.MonkeyPatch.context() as patch:
        import io

        patch.setattr("sys.stdin", io.StringIO(answers))
        done = session.tutor("config", "save", "--interactive")
    assert "[of my.org]" in done.err + done.out
    saved = userfile.read(session.root).values
    names = ("LMS_HOST", "ASKS_NAME", "ASKS_IT", "ASKS_CHOICE")
    assert [saved[name] for name in names] == ["my.org", "mine", True, "b"]
    assert "PLATFORM_NAME" not in saved
