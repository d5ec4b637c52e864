"""What costs when plugins do it again and again: load all settings, render a single file, read manifests."""

from __future__ import annotations

import datetime as dt
import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.kit import distribution, write
from tests.unit.test_costs import costs
from tutor import env, serialize
from tutor.change import Change, save
from tutor.config.resolve import Resolver
from tutor.contributions import core_registry
from tutor.core.hooks import Filter, Registry, activate
from tutor.env import references
from tutor.env.jinja import SettingsEnvironment
from tutor.env.render import Renderer
from tutor.exceptions import RenderError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit import Session


@pytest.fixture
def registry() -> Iterator[Registry]:
    with activate(core_registry()) as made:
        yield made


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[tuple[Any, ...]]:
    """The arguments of each call of a function from now on."""
    calls: list[tuple[Any, ...]] = []
    function = getattr(owner, name)

    def count(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return function(*args, **kwargs)

    monkeypatch.setattr(owner, name, count)
    return calls


LOADING = """
    from tutor import config, hooks

    def loaded():
        import click
        found = config.load(click.get_current_context().params["root"])
        found["LMS_HOST"] += "!"  # a copy: nobody else sees it
        found["OPENEDX_EXTRA"] = 1
        return found["LMS_HOST"]

    hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("loaded", loaded))
    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# {{ LMS_HOST }} " + "{{ loaded() }} " * 30))
"""


def test_settings_that_are_loaded_again_are_not_asked_for_one_by_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each plugin gets a copy of its own."""
    distribution(session.site, "loading", LOADING, group="tutor.plugin.v1")
    calls = counted(monkeypatch, Resolver, "__getitem__")
    with session.environment({}):
        save(session.root, session.plugins_root, Change(enable=("loading",)))
        number = sum(1 for _, name in calls if name == "MOUNTS")
    assert number < 30
    line = "# local.openedx.io " + "local.openedx.io! " * 30
    assert line.strip() in (session.root / "env/apps/caddy/Caddyfile").read_text()


@pytest.mark.usefixtures("registry")
def test_settings_of_a_single_file_are_looked_at_where_it_reads_them() -> None:
    """Not one by one when it is rendered, however many there are; as they are then."""

    class Counting(dict[str, Any]):
        asked = 0

        def __getitem__(self, name: str) -> Any:
            type(self).asked += 1
            return super().__getitem__(name)

        def items(self) -> Any:
            raise AssertionError("one by one")

    settings = Counting({f"SETTING_{n}": f"{n}" for n in range(1000)})
    renderer = env.Renderer(settings)
    settings["SETTING_1"] = "later"
    assert renderer.render_str("{{ SETTING_1 }}{% if SETTING_2 %}!{% endif %}") == "1!"
    assert env.render_str(settings, "{{ SETTING_1 }}") == "later"
    assert Counting.asked == 0


def test_patches_are_collected_once_for_many_single_files(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until somebody contributes; where a function gives them, it is asked each time."""
    Filters.ENV_PATCHES.add_item(("point", "one"))
    calls = counted(monkeypatch, Filter, "collect")
    text = "{{ patch('point') }}{{ patch('other') }}"
    for _ in range(5):
        assert env.render_str({}, text) == "one"
    assert sum(1 for call in calls if call[0] is Filters.ENV_PATCHES) == 1
    Filters.ENV_PATCHES.add_item(("other", "two"))
    assert env.render_str({}, text) == "onetwo"
    with activate(core_registry()):
        assert env.render_str({}, text) == ""
    assert env.render_str({}, text) == "onetwo"
    asked: list[int] = []

    @Filters.ENV_PATCHES.add()
    def _more(patches: list[tuple[str, str]]) -> list[tuple[str, str]]:
        asked.append(1)
        return [*patches, ("point", str(len(asked)))]

    assert [env.render_str({}, "{{ patch('point', '') }}") for _ in range(3)] == ["one1", "one2", "one3"]
    assert registry.entries(Filters.ENV_PATCHES)


@pytest.fixture
def templates(tmp_path: Path, registry: Registry) -> Path:
    """A folder of templates of a plugin."""
    assert registry.entries(Filters.ENV_TEMPLATE_ROOTS) == []
    Filters.ENV_TEMPLATE_ROOTS.add_item(str(tmp_path / "templates"))
    write(tmp_path / "templates/own/file", "{% include 'own/part' %} {{ NAME }} {{ patch('point') }}")
    write(tmp_path / "templates/own/part", "{% if NAME %}part{% endif %}")
    Filters.ENV_PATCHES.add_item(("point", "{% if NAME %}{{ NAME }}{% endif %}"))
    return tmp_path / "templates/own"


@pytest.mark.usefixtures("templates")
def test_a_single_file_that_is_rendered_again_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the settings are."""
    compiled = counted(monkeypatch, SettingsEnvironment, "compile")
    for name in ("a", "b", "c"):
        assert env.render_file({"NAME": name}, "own", "file") == f"part {name} {name}"
    assert len(compiled) == 3
    made = counted(monkeypatch, SettingsEnvironment, "__init__")
    assert env.render_str({"NAME": [1]}, "{% if NAME %}{{ NAME }}{% endif %}") == "[1]"
    assert made == []


@pytest.mark.usefixtures("templates")
def test_a_single_file_that_is_rendered_from_the_same_is_rendered_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it reads is noted the second time, and compared from then on."""
    rendered = counted(monkeypatch, Renderer, "render_template")
    for _ in range(5):
        assert env.render_file({"NAME": ["a"], "OTHER": 1}, "own", "file") == "part ['a'] ['a']"
    assert len(rendered) == 2
    assert env.render_file({"NAME": ["a"], "OTHER": 2}, "own", "file") == "part ['a'] ['a']"
    assert len(rendered) == 2
    assert env.render_file({"NAME": ["b"]}, "own", "file") == "part ['b'] ['b']"
    assert len(rendered) == 3


@pytest.mark.parametrize(
    "text",
    [
        "{{ 8|random_string }}",
        "{{ counts() }}",
        "{{ 1|counting }}",
        "{% if GIVEN.append(1) %}{% endif %}{{ GIVEN|length }}",
        "{{ NAME.__class__ }}{{ GIVEN.append(1) }}{{ GIVEN|length }}",
        "{% for name in 'own'|walk_templates %}{{ name }}{% endfor %}",
        "{{ MISSING is defined }}",
        "{% for value in iter_values_named(prefix='COUNT') %}{{ value }}{% endfor %}",
    ],
)
def test_a_single_file_that_reads_more_than_data_is_rendered_each_time(templates: Path, text: str) -> None:
    """And one that changes what it reads, that asks which settings there are, or which files."""
    calls = iter(range(100))
    Filters.ENV_TEMPLATE_VARIABLES.add_items([("counts", lambda: next(calls)), ("GIVEN", [])])
    Filters.ENV_TEMPLATE_FILTERS.add_item(("counting", lambda _: next(calls)))
    write(templates / "file", text)
    settings: dict[str, Any] = {"NAME": []}
    found = []
    for number in range(5):
        found.append(env.render_file(settings, "own", "file"))
        settings[f"COUNT{number}"] = number + 1
        if number == 3:
            settings["MISSING"] = 1
            write(templates / "new", "")
    assert found[4] != found[3]
    assert len(set(found)) == 5 or text.startswith(("{{ MISSING", "{% for name"))


def test_a_single_file_is_rendered_from_what_is_there(templates: Path, tmp_path: Path) -> None:
    """Templates, folders, patches, filters, variables and settings are those of now."""
    settings: dict[str, Any] = {"NAME": ["a"]}

    def rendered() -> str:
        found = {str(env.render_file(settings, "own", "file")) for _ in range(3)}
        assert len(found) == 1
        return found.pop()

    assert rendered() == "part ['a'] ['a']"
    settings["NAME"].append("b")
    assert rendered() == "part ['a', 'b'] ['a', 'b']"
    settings["NAME"] = "{{ OTHER }}"
    settings["OTHER"] = 1
    assert rendered() == "part 1 1"
    write(templates / "part", "changed")
    assert rendered() == "changed 1 1"
    write(tmp_path / "first/own/part", "another")
    Filters.ENV_TEMPLATE_ROOTS.add_item(str(tmp_path / "first"), priority=1)
    assert rendered() == "another 1 1"
    (tmp_path / "first/own/part").unlink()
    assert rendered() == "changed 1 1"
    write(tmp_path / "first/own/part", "again")
    assert rendered() == "again 1 1"
    Filters.ENV_PATCHES.add_item(("point", "{{ OTHER|own_filter }}"))
    Filters.ENV_TEMPLATE_FILTERS.add_item(("own_filter", lambda value: value + 1))
    assert rendered() == "again 1 1\n2"
    given = [1]

    @Filters.ENV_TEMPLATE_VARIABLES.add()
    def _variable(variables: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return [*variables, ("GIVEN", given[0])]

    write(tmp_path / "first/own/part", "{{ GIVEN }}")
    assert rendered() == "1 1 1\n2"
    given[0] = 2
    assert rendered() == "2 1 1\n2"


def test_folders_that_a_function_gives_are_asked_for_each_time(templates: Path, tmp_path: Path) -> None:
    folders = ["one", "two"]
    for folder in folders:
        write(tmp_path / folder / "own/part", folder)

    @Filters.ENV_TEMPLATE_ROOTS.add(priority=1)
    def _folder(roots: list[str]) -> list[str]:
        return [str(tmp_path / folders[0]), *roots]

    assert env.render_file({}, "own", "part") == "one"
    folders.reverse()
    assert env.render_file({}, "own", "part") == "two"
    assert templates.is_dir()


def test_a_single_file_that_renders_another_keeps_its_settings(templates: Path) -> None:
    """And one that fails leaves nothing behind; the message shows the text that failed."""
    inner = "{% if NAME %}{{ NAME }}{% endif %}"
    Filters.ENV_TEMPLATE_VARIABLES.add_item(("nested", lambda: env.render_str({"NAME": "inner"}, inner)))
    write(templates / "part", "{% if NAME %}{{ nested() }} {{ NAME }}{% endif %}")
    for name in ("outer", "second"):
        assert env.render_file({"NAME": name}, "own", "part") == f"inner {name}"
    failing = "{% if NAME %}{{ MISSING }}{% endif %}"
    for text in (failing, inner, failing):
        if text is inner:
            assert env.render_str({"NAME": 1}, text) == "1"
            continue
        with pytest.raises(RenderError) as caught:
            env.render_str({"NAME": 1}, text)
        assert caught.value.excerpt == f"    1 | {failing}"


@pytest.mark.usefixtures("registry")
def test_what_a_single_file_was_rendered_with_goes_at_once() -> None:
    """Plugins give all settings for each: without a circle, nobody has to look for them."""

    class Value(str):
        __slots__ = ("__weakref__",)

    gone = []
    gc.disable()
    try:
        for number in range(3):
            value = Value(number)
            gone.append(weakref.ref(value))
            assert env.render_str({"NAME": value}, "{% if NAME %}{{ NAME }}{% endif %}") == str(number)
            del value
        assert [ref() is None for ref in gone] == [True, True, False]
    finally:
        gc.enable()


MANIFESTS = """\
kind: Job
metadata: {name: a, labels: {x: &x 1, y: *x}}
when: [1, 2.5, null, true, "1"]
---
kind: Job
metadata: {name: b}
"""


def test_manifests_that_are_read_again_are_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads them gets documents of his own, whatever others did to theirs."""
    text = f"{MANIFESTS}# {test_manifests_that_are_read_again_are_not_parsed_again.__name__}\n"
    expected = list(yaml.safe_load_all(text))
    calls = counted(monkeypatch, yaml, "load_all")
    for _ in range(3):
        found = list(serialize.load_all(text))
        assert found == expected
        found[0]["metadata"]["labels"].clear()
        found[1]["metadata"] = None
    for document in serialize.load_all(text):
        document.clear()  # while it goes on
    assert list(serialize.load_all(text)) == expected
    assert len(calls) == 1
    assert list(serialize.load_all(text.encode())) == expected
    assert len(calls) == 2


def test_manifests_are_parsed_again_when_that_gives_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates are no plain data; a mistake is one each time; types are what plugins make of them."""
    for _ in range(2):
        assert list(serialize.load_all("day: 2020-01-02")) == [{"day": dt.date(2020, 1, 2)}]
        found = serialize.load_all("a: 1\n---\n[")
        assert next(found) == {"a": 1}
        with pytest.raises(yaml.YAMLError):
            next(found)
    text = "a: !own 1"
    loader = serialize._Loader
    for number in (1, 2):
        own = {"!own": lambda _loader, _node, number=number: number}
        monkeypatch.setattr(loader, "yaml_constructors", loader.yaml_constructors | own)
        assert list(serialize.load_all(text)) == [{"a": number}]
        assert list(serialize.load_all(text)) == [{"a": number}]


def test_only_manifests_with_a_reference_are_parsed_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are those of the whole file."""
    calls = counted(monkeypatch, references, "_edits")
    plain = "# configMap here\n--- # and there\nname: a\n" * 3
    text = f"{plain}---\nv:\n  name: a\n  configMap: {{name: redis-config}}\n{plain}"
    changed = references.to_secrets(text)
    assert calls == [("---\nv:\n  name: a\n  configMap: {name: redis-config}\n# configMap here\n",)]
    assert changed == text.replace("configMap: {name", "secret: {secretName")
    assert references.to_secrets(f"%YAML 1.1\n{text}") == f"%YAML 1.1\n{text}".replace(
        "configMap: {name", "secret: {secretName"
    )


def test_a_save_compares_only_what_it_renders_with_the_disk(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To leave out the checks of files that have passed them."""
    from tutor import checking

    session.tutor("config", "save")
    write(session.plugins_root / "one.yml", "name: one\npatches: {caddyfile: '# {{ 1 + 1 }}'}\n")
    calls = counted(monkeypatch, checking, "read")
    with session.environment({}):
        prepared = save(session.root, session.plugins_root, Change(enable=("one",)))
    rendered = set(prepared.tree.files) - prepared.project.renderer.restored
    assert 0 < len(calls) <= len(rendered)


def test_an_unchanged_save_with_settings_of_old_changes_nothing(session: Session) -> None:
    """They are other settings' values; what tells that all is as it was is the same in every process."""
    write(session.plugins_root / "old.yml", "name: old\nconfig: {defaults: {A: '{{ LMS_HOST }}'}}\n")
    session.process("plugins", "enable", "old")
    session.process("config", "save")
    found = costs(session, "config", "save")
    assert found["written"] == []
    assert "tutor.env.apply" not in found["modules"]


def test_a_file_that_is_its_template_is_in_memory_once(session: Session) -> None:
    """Plugins have large ones in which nothing is rendered."""
    place = distribution(session.site, "large", LARGE, group="tutor.plugin.v1").parent
    write(place / "templates/large/apps/file", "{}\n" * 1000)
    session.tutor("plugins", "enable", "large")
    with session.environment({}):
        prepared = save(session.root, session.plugins_root, Change(set={"PLATFORM_NAME": "Other"}))
    path = "plugins/large/apps/file"
    assert path in prepared.project.renderer.restored
    source = prepared.project.renderer.sources.read(str(place / "templates/large/apps/file"))
    assert prepared.tree.files[path].content is source


LARGE = """
    import os
    from tutor import hooks

    hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(os.path.join(os.path.dirname(__file__), "templates"))
    hooks.Filters.ENV_TEMPLATE_TARGETS.add_item(("large/apps", "plugins"))
"""
