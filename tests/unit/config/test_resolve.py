"""Layers and resolution: which value wins, templates at any depth, cycles."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tutor.config.settings import Settings, from_environment
from tutor.core.hooks import CORE, Layer, Origin
from tutor.env.render import Renderer
from tutor.exceptions import ConfigError, RenderError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from tutor.core.hooks import Registry

PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "myapp", "1.0", "/myapp.py", 3)


@pytest.fixture(autouse=True)
def _own_registry(registry: Registry) -> None:
    """No plugin contributes."""


def values(**settings: Any) -> Any:
    """Resolved settings, all given by the user."""
    found = Settings()
    for name, value in settings.items():
        found.add(name, value, Origin(Layer.CONFIG_FILE))
    return Renderer(found).settings


@pytest.mark.parametrize("layers", list(itertools.permutations(Layer, 3)))
def test_the_highest_layer_wins(layers: tuple[Layer, ...]) -> None:
    """In whatever order they are added."""
    settings = Settings()
    for layer in layers:
        settings.add("A", layer.name, Origin(layer))
    assert settings.winner("A").value == max(layers).name
    assert [c.origin.layer for c in settings.layers("A")] == sorted(layers)


def test_the_last_of_a_layer_wins() -> None:
    """Plugins' order decides."""
    settings = Settings()
    for name in ("one", "two"):
        settings.add("A", name, Origin(Layer.PLUGIN_OVERRIDE, name))
    settings.add("A", "default", CORE)
    assert settings.winner("A").value == "two"
    (conflict,) = settings.conflicts()
    assert [c.origin.plugin for c in conflict.contributions] == ["one", "two"]
    settings.add("A", "mine", Origin(Layer.CONFIG_FILE))
    assert settings.conflicts() == []


def test_equal_overrides_are_no_conflict() -> None:
    """Two plugins may agree."""
    settings = Settings()
    for name in ("one", "two"):
        settings.add("A", 1, Origin(Layer.PLUGIN_OVERRIDE, name))
    assert settings.conflicts() == []


def test_unique_values() -> None:
    """Missing until somebody gives them a value, at whatever layer."""
    settings = Settings()
    settings.add_unique("A", "{{ 8|random_string }}", CORE)
    assert settings.missing_unique() == ["A"]
    assert "A" in settings
    assert list(settings) == ["A"]
    settings.add("A", "x", Origin(Layer.ENVIRONMENT))
    assert settings.missing_unique() == []
    assert settings.winner("A").value == "x"


def test_declared() -> None:
    """By the core or a plugin's defaults: the user's file and an override alone declare nothing."""
    settings = Settings()
    settings.add("USER", 1, Origin(Layer.CONFIG_FILE))
    settings.add("OVERRIDE", 1, Origin(Layer.PLUGIN_OVERRIDE))
    settings.add("PLUGIN", 1, PLUGIN)
    settings.add_unique("UNIQUE", 1, PLUGIN)
    assert [n for n in settings if settings.declared(n)] == ["PLUGIN", "UNIQUE"]


def test_environment_variables() -> None:
    """Those with our prefix, but for the options of the command line."""
    found = from_environment({"TUTOR_A": "1", "TUTOR_ROOT": "/x", "TUTOR_PLUGINS_ROOT": "/y", "HOME": "/z"})
    assert found == {"A": "1"}


def test_nested_templates() -> None:
    """Over as many steps as it takes, in lists and mappings, in their names too."""
    found = values(
        A="a",
        B="{{ A }}b",
        C="{{ B }}c",
        LIST=["{{ C }}", ["{{ A }}", 1], {"{{ A }}": "{{ B }}"}],
        NUMBER=3,
        FLAG=True,
        NONE=None,
    )
    assert found["C"] == "abc"
    assert found["LIST"] == ["abc", ["a", 1], {"a": "ab"}]
    assert (found["NUMBER"], found["FLAG"], found["NONE"]) == (3, True, None)


def test_templates_get_values_with_their_types() -> None:
    """A flag is a flag, a list a list."""
    found = values(
        F=False, L=[1, 2], A="{% if F %}yes{% else %}no{% endif %}", B="{{ L|length }}", C="{{ L }}"
    )
    assert (found["A"], found["B"], found["C"]) == ("no", "2", "[1, 2]")


def test_types_of_core_settings() -> None:
    """A template gives text: a flag of the core is one all the same."""
    found = values(RUN_SMTP=False, ENABLE_HTTPS="{{ RUN_SMTP }}", CADDY_HTTP_PORT="{{ 8000 + 80 }}")
    assert found["ENABLE_HTTPS"] is False
    assert found["CADDY_HTTP_PORT"] == 8080


def test_each_value_is_computed_once() -> None:
    """A random one is the same for everybody who asks."""
    found = values(A="{{ 8|random_string }}", B="{{ A }}", C="{{ A }}")
    assert found["B"] == found["C"] == found["A"]


def test_unknown_names() -> None:
    """Strictly; but a template may ask whether there is one."""
    found = values(A="{{ B }}", C="{% if B is defined %}yes{% else %}no{% endif %}", D="{{ B|default('x') }}")
    assert (found["C"], found["D"]) == ("no", "x")
    assert found.get("NOPE", 3) == 3
    assert "NOPE" not in found
    with pytest.raises(RenderError, match="there is no setting B"):
        found["A"]
    with pytest.raises(KeyError):
        found["NOPE"]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"A": "{{ A }}"}, "A → A"),
        ({"A": "{{ B }}", "B": "{{ A }}"}, "A → B → A"),
        ({"A": "{{ B }}", "B": "x{{ C }}", "C": ["{{ D }}"], "D": "{{ B }}"}, "B → C → D → B"),
    ],
)
def test_cycles(settings: dict[str, Any], path: str) -> None:
    """The way around is shown, with each value and where it is from."""
    with pytest.raises(ConfigError, match=f"in a cycle: {path}") as caught:
        values(**settings)["A"]
    assert "(config.yml)" in str(caught.value.excerpt)
    assert caught.value.hint


def test_a_unique_setting_that_starts_from_what_it_overrides() -> None:
    """A plugin overrides a setting with one of its own that is generated from what the setting was."""
    settings = Settings()
    settings.add("A", "core", CORE)
    settings.add_unique("MYAPP_A", "<{{ A }}>", PLUGIN)
    settings.add("A", "{{ MYAPP_A }}", Origin(Layer.PLUGIN_OVERRIDE, "myapp"))
    assert Renderer(settings).settings["MYAPP_A"] == "<core>"
    settings.add("MYAPP_A", "<core>", Origin(Layer.CONFIG_FILE))
    assert Renderer(settings).settings["A"] == "<core>"


def test_a_failure_says_where_it_is_from() -> None:
    """Plugin, file and line; the line is shown."""
    settings = Settings()
    settings.add("A", "ok\n{{ NOPE }}", PLUGIN)
    with pytest.raises(RenderError) as caught:
        Renderer(settings).settings["A"]
    assert "plugin myapp 1.0 (/myapp.py:4)" in str(caught.value.where)
    assert str(caught.value.excerpt).strip() == "2 | {{ NOPE }}"
    assert "tutor plugins disable myapp" in str(caught.value.hint)


def test_copies_taken_while_a_setting_is_resolved_are_not_the_last_word() -> None:
    """A plugin's function may load all settings while one is resolved that overrides another."""
    settings = Settings()
    settings.add("A", "default", CORE)
    settings.add("A", "{{ B }}{{ seen() }}", PLUGIN._replace(layer=Layer.PLUGIN_OVERRIDE))
    settings.add_unique("B", "{{ A }}-once", PLUGIN)
    settings.add("C", "{{ MISSING }}", PLUGIN)
    copies: list[dict[str, Any]] = []

    def seen() -> str:
        copies.append(found.copy())
        return ""

    Filters.ENV_TEMPLATE_VARIABLES.add_item(("seen", seen))
    found = Renderer(settings).settings
    assert found["A"] == "default-once"
    assert copies[0]["A"] == "{{ B }}{{ seen() }}"
    assert found.copy() == {"A": "default-once", "B": "default-once", "C": "{{ MISSING }}"}
    settings.add("MISSING", "here", CORE)
    assert found.copy()["C"] == "here"  # it is tried again
    copy = found.copy()
    copy["A"] = "changed"
    assert found.copy()["A"] == "default-once"
    assert found.copy(["B"])["B"] == "{{ A }}-once"
