"""Names that published plugins import, with the signatures that they call: they stay."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.kit import DATA, Session, distribution, write
from tutor import config, hooks, images, utils
from tutor.commands.cli import cli
from tutor.commands.context import Context
from tutor.commands.k8s import K8sContext, k8s
from tutor.commands.local import LocalContext
from tutor.config import userfile
from tutor.core.hooks import Filter, Registry, activate, current
from tutor.engines.run import ProcessRunner
from tutor.exceptions import EngineError
from tutor.hooks import Filters
from tutor.project import opened

if TYPE_CHECKING:
    from pathlib import Path

#: Module → name → its parameters, as text; the parameters of a command, as a list; ``null`` for all else.
FROZEN: dict[str, dict[str, str | list[str] | None]] = json.loads(
    (DATA / "contract" / "names.json").read_text()
)


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in FROZEN.items() for name in names]
)
def test_name_is_there_with_its_signature(module: str, name: str) -> None:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    expected = FROZEN[module][name]
    if isinstance(expected, list):
        assert set(expected) <= {parameter.name for parameter in found.params}
    elif expected is not None:
        assert _parameters(found) == expected


def _parameters(function: Any) -> str:
    stars: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    found = inspect.signature(function).parameters.values()
    return " ".join(stars.get(parameter.kind, "") + parameter.name for parameter in found)


@pytest.mark.parametrize(
    "module", ["click", "yaml", "importlib_resources", "importlib_metadata", "pkg_resources"]
)
def test_modules_that_plugins_do_not_declare_come_with_us(module: str) -> None:
    # Not imported: importlib_metadata puts itself in the place of Python's own for the rest of the process.
    assert importlib.util.find_spec(module)


def test_commands_of_plugins_in_the_group_of_kubernetes() -> None:
    command = click.Command("added")
    k8s.add_command(command)
    try:
        assert k8s.commands["added"] is command
    finally:
        del k8s.commands["added"]


def test_contexts_give_runners(root: Path) -> None:
    config: dict[str, Any] = {}
    assert isinstance(LocalContext(str(root)), Context)
    assert LocalContext(str(root)).job_runner(config).root == str(root)
    with pytest.raises(EngineError):
        K8sContext(str(root)).job_runner(config).run_task("lms", "true")


def test_execute_in_place_of_ours_runs_what_engines_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[tuple[str, ...], str | None]] = []
    monkeypatch.setattr(utils, "execute", lambda *command: seen.append((command, os.environ.get("X"))))
    assert ProcessRunner().run(["docker", "ps"], environment={"X": "1"}) == 0
    assert seen == [(("docker", "ps"), "1")]
    assert "X" not in os.environ


def test_execute_says_what_failed() -> None:
    with pytest.raises(EngineError, match="exit code 3"):
        utils.execute(sys.executable, "-c", "raise SystemExit(3)")
    assert utils.check_output(sys.executable, "-c", "print('here')") == b"here\n"


def test_an_image_is_built_by_the_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As mfe builds its lock file."""
    log = tmp_path / "log"
    docker = write(
        tmp_path / "docker",
        f"""\
        #!/bin/sh
        echo "$@" >>{log}
        [ "$1" = version ] && echo '{{"Server": {{"Version": "27.0.0"}}}}'
        [ "$1" = compose ] && echo 2.30.0
        exit 0
        """,
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    images.build("folder", "tag:1", "--no-cache")
    assert "build --tag tag:1 --no-cache folder" in log.read_text().splitlines()


def test_cached_values_stay_until_another_plugin_is_loaded() -> None:
    """What is contributed meanwhile is not seen, as in the incumbent."""
    names: Filter[list[str], []] = Filter()
    calls = []

    @hooks.lru_cache
    def found() -> list[str]:
        calls.append(1)
        return list(names.iterate())

    with activate(Registry()):
        names.add_item("a")
        assert found() == found() == ["a"]
        assert len(calls) == 1
        names.add_item("b")
        assert found() == ["a"]
        current().touch()
        assert found() == ["a", "b"]
    with activate(Registry()):
        assert found() == []


def test_cached_values_stay_when_computing_them_contributes() -> None:
    """What a function of a filter adds each time is no news; it is there once for each time it ran."""
    apps: Filter[list[str], []] = Filter()
    slots: Filter[list[str], []] = Filter()
    calls = []

    @hooks.lru_cache
    def found() -> list[str]:
        calls.append("found")
        return apps.apply(["core"])

    @hooks.lru_cache
    def slots_of(app: str) -> list[str]:
        calls.append(app)
        return [slot for slot in slots.iterate() if slot.startswith(app)]

    with activate(Registry()):

        @apps.add()
        def _with_slot(value: list[str]) -> list[str]:
            slots.add_items(f"{app}.logo" for app in value)
            return value

        for _ in range(3):
            assert found() == ["core"]
            assert slots_of("core") == ["core.logo"]
        assert calls == ["found", "core"]
        apps.add_item("second")
        current().touch()
        assert found() == ["core", "second"]
        assert calls == ["found", "core", "found"]


WHEN_LOADED = """
    from tutor import hooks
    from tutor.core.hooks import Filter

    APPS = Filter()
    SLOTS = Filter()

    @APPS.add()
    def _slots(apps):
        SLOTS.add_item("slot")
        return [*apps, "app"]

    @hooks.lru_cache
    def apps():
        return APPS.apply([])

    @hooks.Actions.PLUGINS_LOADED.add()
    def _images():
        for app in apps():
            hooks.Filters.IMAGES_PULL.add_item((app, app))

    hooks.Filters.ENV_TEMPLATE_VARIABLES.add_items([("apps", apps), ("slots", SLOTS.iterate)])
    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# {{ apps()|join }} {{ slots()|join(' ') }}"))
"""


def test_what_is_computed_when_plugins_are_loaded_is_not_computed_again(session: Session) -> None:
    """The slots of a published plugin stood twice in a file: it contributes one each time."""
    distribution(session.site, "when", WHEN_LOADED, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "when")
    assert "# app slot\n" in (session.root / "env/apps/caddy/Caddyfile").read_text()


LATER = """
    from tutor import config, hooks
    from tutor.core.hooks import Filter

    HOSTS = Filter()
    CALLS = []

    @HOSTS.add()
    def _host(hosts):
        return hosts + [config.load(root())["LMS_HOST"]]

    @hooks.lru_cache
    def hosts():
        CALLS.append(1)
        return HOSTS.apply([])

    def root():
        import click
        return click.get_current_context().params["root"]

    hooks.Filters.ENV_TEMPLATE_VARIABLES.add_items([("caching_hosts", hosts), ("CACHING_CALLS", CALLS)])
    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# {{ caching_hosts() }} {{ caching_hosts() }}"))
    hosts()
    before = len(CALLS)
    hosts()
    assert len(CALLS) == before
    hooks.Actions.PLUGIN_LOADED.do("caching")
    hosts()
    assert len(CALLS) == before + 1
"""


def test_cached_values_that_ask_for_settings_are_those_of_the_settings_that_count(session: Session) -> None:
    """Not of those that were there when the plugin was loaded; a plugin may have them forgotten, too."""
    distribution(session.site, "caching", LATER, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "caching")
    session.tutor("config", "save", "--set", "LMS_HOST=second.io")
    assert "# ['second.io'] ['second.io']" in (session.root / "env/apps/caddy/Caddyfile").read_text()


PLUGIN = """\
    import os
    from tutor import env, hooks

    @hooks.Actions.ENV_SAVED.add()
    def _write(root, config):
        env.write_to(config["LMS_HOST"], os.path.join(root, "plugins", "late", "host.txt"))

    @hooks.Actions.CONFIG_LOADED.add()
    def _contribute(config):
        hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# " + config["CMS_HOST"]))
"""


def test_files_written_after_saving_go_with_the_plugin(session: Session) -> None:
    distribution(session.site, "late", PLUGIN, group="tutor.plugin.v1")
    path = session.root / "env" / "plugins" / "late" / "host.txt"
    session.tutor("plugins", "enable", "late")
    assert path.read_text() == "local.openedx.io"
    assert "# studio.local.openedx.io" in (session.root / "env/apps/caddy/Caddyfile").read_text()
    assert "nothing to change" in session.tutor("config", "save").err
    session.tutor("config", "save", "--set", "LMS_HOST=other.io")
    assert path.read_text() == "other.io"
    session.tutor("plugins", "disable", "late")
    assert not path.exists()
    assert not path.parent.exists()


def test_edited_files_of_plugins_are_kept_aside(session: Session) -> None:
    distribution(session.site, "late", PLUGIN, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "late")
    path = session.root / "env" / "plugins" / "late" / "host.txt"
    path.write_text("mine")
    session.tutor("config", "save")
    assert path.read_text() == "local.openedx.io"
    assert (session.root / ".tutor" / "edited" / "plugins" / "late" / "host.txt").read_text() == "mine"


READS_WHEN_LOADED = """
    import os

    import click
    from tutor import config, hooks

    root = click.get_current_context().params["root"]
    assert root == os.environ["TUTOR_ROOT"]
    hooks.Filters.CONFIG_DEFAULTS.add_item(("EARLY_OWN", "{{ LMS_HOST }}"))
    found = config.load(root)
    hooks.Filters.CONFIG_DEFAULTS.add_item(("EARLY_SAW", found["CMS_HOST"] + " " + found["EARLY_OWN"]))

    @hooks.Filters.ENV_TEMPLATE_VARIABLES.add()
    def _variables(items):
        return [*items, ("early_root", click.get_current_context().params["root"])]

    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# root {{ early_root }}"))
"""


def test_settings_and_root_are_there_when_a_plugin_is_loaded(session: Session) -> None:
    """Some read settings when they are imported, with the root that the command line was given."""
    distribution(session.site, "early", READS_WHEN_LOADED, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "early")
    assert f"# root {session.root}\n" in (session.root / "env/apps/caddy/Caddyfile").read_text()
    session.tutor("config", "save", "--set", "LMS_HOST=my.org")
    seen = session.tutor("config", "printvalue", "EARLY_SAW").out
    assert seen.split() == ["studio.my.org", "my.org"]


def test_settings_are_there_for_a_process_without_a_command(session: Session) -> None:
    distribution(session.site, "early", READS_WHEN_LOADED, group="tutor.plugin.v1")
    with session.environment({}), opened(session.root, session.plugins_root, enabled=["early"]) as project:
        assert not project.plugin_errors
        assert project.values["EARLY_SAW"] == "studio.local.openedx.io local.openedx.io"


def test_what_a_plugin_has_seen_generated_is_what_is_saved(session: Session) -> None:
    """Some keep the settings that they are told when these are read, and render with them."""
    source = """
        from tutor import hooks

        hooks.Filters.CONFIG_UNIQUE.add_item(("KEEPS_KEY", "{{ 20|random_string }}"))
        seen = []

        @hooks.Actions.CONFIG_LOADED.add()
        def _keep(config):
            seen[:] = [config["KEEPS_KEY"]]

        hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("seen", lambda: seen[0]))
        hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# {{ seen() }} {{ KEEPS_KEY }}"))
    """
    distribution(session.site, "keeps", source, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "keeps")
    saved = userfile.read(session.root).values["KEEPS_KEY"]
    assert f"# {saved} {saved}\n" in (session.root / "env/apps/caddy/Caddyfile").read_text()


def test_settings_without_defaults_and_defaults_alone(session: Session) -> None:
    session.tutor("config", "save", "--set", "LMS_HOST=my.org")
    variables = {"TUTOR_PLATFORM_NAME": "Mine"}
    with session.environment(variables), opened(session.root, session.plugins_root):
        chosen = config.load_minimal(str(session.root))
        defaults = config.load_defaults()
        Filters.CONFIG_DEFAULTS.add_item(("ADDED", "{{ LMS_HOST }}"))
        with_plugins = config.load_defaults()
    assert (chosen["LMS_HOST"], chosen["PLATFORM_NAME"]) == ("my.org", "Mine")
    assert "MYSQL_ROOT_PASSWORD" in chosen
    assert "CMS_HOST" not in chosen
    assert defaults["CMS_HOST"] == "studio.{{ LMS_HOST }}"
    assert "MYSQL_ROOT_PASSWORD" not in defaults
    assert with_plugins == defaults | {"ADDED": "{{ LMS_HOST }}"}


@pytest.mark.parametrize(
    ("requirement", "there"),
    [
        ("tutor<15.0.0,>=14.0.0", True),
        ("tutor (>=14.0.0,<15.0.0)", True),
        ("tutor~=14.0", True),
        ("tutor-openedx<13.0.0", True),
        ("tutor<16.0.0,>=15.0.0", False),
        ("tutor>=18", False),
        ("tutor-mfe<15.0.0", False),
    ],
)
def test_hooks_of_the_first_releases(session: Session, requirement: str, there: bool) -> None:
    """Some plugins take them for the only ones where they exist."""
    source = """\
        import os
        from tutor import hooks

        hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(os.path.join(os.path.dirname(__file__), "templates"))
        try:
            hooks.Filters.COMMANDS_INIT.add_item(("lms", ("old", "init")))
        except AttributeError:
            hooks.Filters.CONFIG_DEFAULTS.add_item(("OLD_WITHOUT", "yes"))
    """
    files = {"templates/old/init": "echo {{ LMS_HOST }}\n"}
    distribution(session.site, "old", source, group="tutor.plugin.v1", files=files)
    metadata = next(session.site.glob("*.dist-info")) / "METADATA"
    metadata.write_text(metadata.read_text() + f"Requires-Dist: {requirement}\n")
    session.tutor("plugins", "enable", "old")
    without = session.tutor("config", "printvalue", "OLD_WITHOUT", code=1 if there else 0)
    assert ("yes" in without.out) is not there


def test_commands_run_in_process(session: Session) -> None:
    """As web interfaces of plugins run them."""
    with session.environment({}), pytest.raises(SystemExit) as ended:
        cli(["config", "printroot"])
    assert ended.value.code == 0
