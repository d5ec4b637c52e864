"""Plugins of API v0, whatever their form, become contributions with origins."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, write
from tutor.core.hooks import Layer, Registry, activate
from tutor.exceptions import PluginError
from tutor.hooks import Actions, Filters
from tutor.plugins import discover, loading
from tutor.plugins.loading import find, load, load_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = """
from pathlib import Path

config = {
    "add": {"SECRET": "{{ 8|random_string }}"},
    "defaults": {
        "GREETING": "hello",
    },
    "set": {"PLATFORM_NAME": "Overridden"},
}
patches = {
    "caddyfile": "# one",
    "redis-conf": '''one 1
two 2''',
}
templates = Path(__file__).parent / "templates"
hooks = {
    "init": ["mysql", "lms"],
    "pre-init": ("lms",),
    "build-image": {"myimage": "docker.io/me/myimage:{{ MY_APP_VERSION }}"},
    "remote-image": {"other": "docker.io/me/other"},
}
"""
TEMPLATES = {
    "templates/my-app/hooks/mysql/init": "echo mysql",
    "templates/my-app/hooks/lms/init": "echo lms",
    "templates/my-app/hooks/lms/pre-init": "echo before",
    "templates/my-app/apps/a.txt": "a",
}


@pytest.fixture(autouse=True)
def _path(site: Path, monkeypatch: pytest.MonkeyPatch, registry: Registry) -> Iterator[None]:
    """Plugins can be installed, and are forgotten."""
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    modules = set(sys.modules)
    yield
    for name in set(sys.modules) - modules:
        if name.startswith("tutor") and not name.startswith("tutor."):
            del sys.modules[name]
    loading._made_at_import.clear()


def loaded(name: str, plugins_root: Path) -> None:
    """Load one."""
    load(find(name, discover(plugins_root)))


def items(handle: Any, *args: Any) -> list[Any]:
    """What was contributed."""
    return [item for item, origin in handle.collect_from_plugins(*args) if origin.plugin]


def test_module(site: Path, plugins_root: Path) -> None:
    """Everything that one can declare."""
    module = distribution(site, "my-app", FULL, version="1.2.3", files=TEMPLATES)
    loaded("my-app", plugins_root)
    assert items(Filters.CONFIG_UNIQUE) == [("MY_APP_SECRET", "{{ 8|random_string }}")]
    assert items(Filters.CONFIG_DEFAULTS) == [("MY_APP_GREETING", "hello")]
    assert items(Filters.CONFIG_OVERRIDES) == [("PLATFORM_NAME", "Overridden")]
    assert items(Filters.ENV_PATCHES) == [("caddyfile", "# one"), ("redis-conf", "one 1\ntwo 2")]
    assert items(Filters.ENV_TEMPLATE_ROOTS) == [str(module.parent / "templates")]
    assert items(Filters.ENV_TEMPLATE_TARGETS) == [("my-app/apps", "plugins"), ("my-app/build", "plugins")]
    tasks = [("lms", "echo before"), ("mysql", "echo mysql"), ("lms", "echo lms")]
    assert items(Filters.CLI_DO_INIT_TASKS) == tasks
    tag = "docker.io/me/myimage:{{ MY_APP_VERSION }}"
    assert items(Filters.IMAGES_BUILD, {}) == [
        ("myimage", ("plugins", "my-app", "build", "myimage"), tag, ())
    ]
    assert (
        items(Filters.IMAGES_PULL, {}) == items(Filters.IMAGES_PUSH, {}) == [("other", "docker.io/me/other")]
    )
    assert items(Filters.PLUGINS_LOADED) == ["my-app"]


def test_origins(site: Path, plugins_root: Path) -> None:
    """Plugin, version, file and line of each."""
    module = distribution(site, "my-app", FULL, version="1.2.3", files=TEMPLATES)
    loaded("my-app", plugins_root)
    source = module.read_text().splitlines()
    for handle, key, text in (
        (Filters.CONFIG_UNIQUE, "MY_APP_SECRET", '"SECRET"'),
        (Filters.CONFIG_DEFAULTS, "MY_APP_GREETING", '"GREETING"'),
        (Filters.CONFIG_OVERRIDES, "PLATFORM_NAME", '"PLATFORM_NAME"'),
        (Filters.ENV_PATCHES, "caddyfile", '"caddyfile"'),
        (Filters.ENV_PATCHES, "redis-conf", '"redis-conf"'),
    ):
        (origin,) = (o for (name, _), o in handle.collect() if name == key)
        assert (origin.plugin, origin.version, origin.file) == ("my-app", "1.2.3", str(module))
        assert origin.layer is Layer.PLUGIN_DEFAULT
        assert text in source[(origin.line or 0) - 1]
    task = next(o for _, o in Filters.CLI_DO_INIT_TASKS.collect() if o.plugin)
    assert task.file == str(module.parent / "templates/my-app/hooks/lms/pre-init")


def test_callable_attributes(site: Path, plugins_root: Path) -> None:
    """Each may be a function without arguments; their lines are known too."""
    source = """
        def config():
            return {"defaults": {"A": 1}}

        def patches():
            found = {"caddyfile": "# one"}
            return found

        hooks = lambda: {"remote-image": {"x": "y"}}
        """
    distribution(site, "myapp", source)
    loaded("myapp", plugins_root)
    assert items(Filters.CONFIG_DEFAULTS) == [("MYAPP_A", 1)]
    assert items(Filters.IMAGES_PULL, {}) == [("x", "y")]
    assert [(patch, origin.line) for patch, origin in Filters.ENV_PATCHES.collect()] == [
        (("caddyfile", "# one"), 6)
    ]


def test_object(site: Path, plugins_root: Path) -> None:
    """The entry point may be any object: an instance, a class, a namespace."""
    source = """
        import types

        class Plugin:
            config = {"defaults": {"A": 1}}

            @property
            def patches(self):
                return {"caddyfile": "# one"}

            def hooks(self):
                return {"remote-image": {"x": "y"}}

        instance = Plugin()
        namespace = types.SimpleNamespace(config={"defaults": {"B": 2}})
        """
    distribution(site, "obj", source, attribute="instance")
    distribution(site, "space", source, attribute="namespace")
    _, errors = load_all(["obj", "space"], discover(plugins_root))
    assert not errors
    assert items(Filters.CONFIG_DEFAULTS) == [("OBJ_A", 1), ("SPACE_B", 2)]
    assert items(Filters.ENV_PATCHES) == [("caddyfile", "# one")]
    assert items(Filters.IMAGES_PULL, {}) == [("x", "y")]


def test_yaml(plugins_root: Path) -> None:
    """Like a module; the lines are those of the text."""
    write(
        plugins_root / "myapp.yml",
        """
        name: myapp
        version: 1.0.0
        config:
          defaults:
            A: 1
        patches:
          caddyfile: |
            # one
            # two
          lms-env: "A: 1"
        """.lstrip("\n"),
    )
    loaded("myapp", plugins_root)
    assert items(Filters.CONFIG_DEFAULTS) == [("MYAPP_A", 1)]
    assert [(name, origin.line) for (name, _), origin in Filters.ENV_PATCHES.collect()] == [
        ("caddyfile", 8),
        ("lms-env", 10),
    ]
    assert Filters.ENV_PATCHES.collect()[0][1].version == "1.0.0"


def test_single_file_with_hooks(plugins_root: Path) -> None:
    """API v1 in a file; its lines are those of the calls."""
    path = write(
        plugins_root / "myapp.py",
        """
        from tutor import hooks

        hooks.Filters.CONFIG_DEFAULTS.add_item(("MYAPP_A", 1))
        hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# one"))
        """,
    )
    loaded("myapp", plugins_root)
    assert items(Filters.CONFIG_DEFAULTS) == [("MYAPP_A", 1)]
    ((_, origin),) = Filters.ENV_PATCHES.collect()
    assert (origin.plugin, origin.file, origin.line) == ("myapp", str(path), 5)
    assert list(Filters.ENV_PATCHES.iterate_from_context("app:myapp")) == [("caddyfile", "# one")]


def test_single_file_with_attributes(plugins_root: Path) -> None:
    """API v0 in a file."""
    write(plugins_root / "my-app.py", 'patches = {"caddyfile": "# one"}\n')
    loaded("my-app", plugins_root)
    assert items(Filters.ENV_PATCHES) == [("caddyfile", "# one")]


def test_a_module_is_imported_once_and_contributes_to_each_project(site: Path, plugins_root: Path) -> None:
    """A second project in one process gets the same."""
    distribution(
        site,
        "hooked",
        """
        from tutor import hooks

        hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# one"))
        """,
        group="tutor.plugin.v1",
    )
    for _ in range(3):
        with activate(Registry()):
            loaded("hooked", plugins_root)
            assert items(Filters.ENV_PATCHES) == [("caddyfile", "# one")]
            assert Filters.ENV_PATCHES.collect()[0][1].plugin == "hooked"


def test_patches_from_a_folder_of_files(site: Path, plugins_root: Path) -> None:
    """The common way: the file of the patch is its origin."""
    source = """
        from pathlib import Path

        patches = {p.name: p.read_text() for p in (Path(__file__).parent / "patches").iterdir()}
        """
    module = distribution(site, "myapp", source, files={"patches/caddyfile": "# one\n# two\n"})
    loaded("myapp", plugins_root)
    ((_, origin),) = Filters.ENV_PATCHES.collect()
    assert (origin.file, origin.line) == (str(module.parent / "patches/caddyfile"), 1)


def test_one_that_fails_does_not_stop_the_others(site: Path, plugins_root: Path) -> None:
    """What is wrong is returned, in order, and each plugin is told of."""
    distribution(site, "broken", "1 / 0\n")
    distribution(site, "working", 'patches = {"caddyfile": "# one"}\n')
    told: list[str] = []
    Actions.PLUGIN_LOADED.add()(told.append)
    found, errors = load_all(["broken", "missing", "working"], discover(plugins_root))
    assert [plugin.name for plugin in found] == ["working"] == told
    assert [str(error.message).split()[1] for error in errors] == ["broken", "missing"]


@pytest.mark.parametrize(
    "raised",
    [
        "KeyError('x')",
        "SystemExit(3)",
        "SystemExit()",
        "RecursionError()",
        "OSError(2, 'x')",
        "GeneratorExit()",
        "BaseException('x')",
        "type('Mute', (Exception,), {'__str__': lambda _: 5})()",
    ],
)
def test_whatever_is_raised(raised: str, site: Path, plugins_root: Path) -> None:
    """Is the plugin's fault, at its own line, however deep it happened."""
    module = distribution(site, "myapp", f"import json\n\n\ndef deep():\n    raise {raised}\n\n\ndeep()\n")
    with pytest.raises(PluginError) as caught:
        loaded("myapp", plugins_root)
    assert f"{module}:5" in str(caught.value.where)
    assert f"raise {raised}" in str(caught.value.excerpt)
    assert caught.value.hint == "correct the plugin, or: tutor plugins disable myapp"


def test_an_interruption_is_not_the_plugins(site: Path, plugins_root: Path) -> None:
    """Ctrl-C while it loads stops the command."""
    distribution(site, "myapp", "raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        loaded("myapp", plugins_root)


def test_a_failure_inside_of_a_library_is_shown_at_the_plugins_line(site: Path, plugins_root: Path) -> None:
    """The library did nothing wrong."""
    module = distribution(site, "myapp", "import json\njson.loads('{')\n")
    with pytest.raises(PluginError) as caught:
        loaded("myapp", plugins_root)
    assert f"{module}:2" in str(caught.value.where)


def test_a_hook_function_that_fails(site: Path, plugins_root: Path) -> None:
    """A callback runs long after the plugin was loaded: it is the plugin's all the same."""
    source = """
        from tutor import hooks

        @hooks.Filters.ENV_PATCHES.add()
        def patches(value):
            raise ValueError("wrong")

        @hooks.Actions.ENV_SAVED.add()
        def saved(root, config):
            raise SystemExit(3)
        """
    module = distribution(site, "myapp", source, group="tutor.plugin.v1")
    loaded("myapp", plugins_root)
    for call in (
        lambda: items(Filters.ENV_PATCHES),
        Filters.ENV_PATCHES.collect,
        lambda: Actions.ENV_SAVED.do("", {}),
    ):
        with pytest.raises(PluginError, match="Plugin myapp fails: ") as caught:
            call()
        assert str(module) in str(caught.value.where)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("config = 3", "config of plugin myapp must be a mapping, but is int 3"),
        ("config = {1: {}}", "config of plugin myapp must be a mapping with names as keys"),
        ("config = {'add': []}", "config.add of plugin myapp must be a mapping, but is list []"),
        (
            "config = {'defaults': {1: 2}}",
            "config.defaults of plugin myapp must be a mapping with names as keys",
        ),
        ("patches = 'x'", "patches of plugin myapp must be a mapping, but is str 'x'"),
        (
            "patches = {'caddyfile': None}",
            "patches.caddyfile of plugin myapp must be a text, but is NoneType None",
        ),
        ("patches = {'caddyfile': b'x'}", "patches.caddyfile of plugin myapp must be a text, but is bytes"),
        (
            "patches = {'caddyfile': print}",
            "patches.caddyfile of plugin myapp must be a text, but is a function",
        ),
        ("hooks = []", "hooks of plugin myapp must be a mapping, but is list []"),
        ("hooks = {'init': 'lms'}", "hooks.init of plugin myapp must be a list of services"),
        ("hooks = {'init': {'lms': 'x'}}", "hooks.init of plugin myapp must be a list of services"),
        ("hooks = {'init': [1]}", "hooks.init of plugin myapp must be a list of services"),
        ("hooks = {'init': 1}", "hooks.init of plugin myapp must be a list of services"),
        ("hooks = {'build-image': 'x'}", "hooks.build-image of plugin myapp must be a mapping"),
        ("hooks = {'init': ['lms']}", "has the hook init for lms, but no template myapp/hooks/lms/init"),
        ("templates = 3", "templates of plugin myapp must be the path of a folder, but is int 3"),
        ("command = 3", "command of plugin myapp must be a click command, but is int 3"),
    ],
)
def test_wrong_shapes(source: str, message: str, site: Path, plugins_root: Path) -> None:
    """Attribute, plugin, what it should be and what it is; with file and line."""
    module = distribution(site, "myapp", f"\n\n{source}\n")
    with pytest.raises(PluginError) as caught:
        loaded("myapp", plugins_root)
    assert message in caught.value.message
    assert f"{module}:3" in str(caught.value.where)


@pytest.mark.parametrize(
    "source", ["", "config = None\npatches = None\nhooks = None\ntemplates = None", "patches = {}"]
)
def test_nothing_is_required(source: str, site: Path, plugins_root: Path) -> None:
    """A plugin may declare nothing at all."""
    distribution(site, "myapp", source)
    loaded("myapp", plugins_root)
    with contextlib.suppress(StopIteration):
        assert not items(Filters.ENV_PATCHES)


def test_find(site: Path, plugins_root: Path) -> None:
    """Missing and ambiguous ones."""
    distribution(site, "same", "", package="tutor-same")
    distribution(site, "same", "", package="tutor-same-2", version="2")
    installed = discover(plugins_root)
    with pytest.raises(PluginError, match="Plugin nope is enabled but not installed"):
        find("nope", installed)
    with pytest.raises(
        PluginError, match=r"Two plugins have the name same: tutor-same 1\.0\.0, tutor-same-2 2"
    ):
        find("same", installed)
