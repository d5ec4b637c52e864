"""The mechanism of hooks: order, contexts, origins, one registry for each project."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from tests.kit import DATA
from tutor import hooks
from tutor.core.hooks import (
    Action,
    Context,
    Filter,
    Layer,
    Origin,
    Registry,
    activate,
    clear_all,
    current,
    filters,
    priorities,
)
from tutor.exceptions import PluginError

FACTS: dict[str, Any] = json.loads((DATA / "contract/hooks.json").read_text())
HERE = __file__


@pytest.fixture(autouse=True)
def _own_registry(registry: Registry) -> None:
    """Each test has its own."""


def test_actions_run_in_order_of_priority() -> None:
    """Lower first; among equals, in order of declaration; 0 is a priority like any other."""
    action: Action[[list[str]]] = Action()
    for name, priority in (
        ("default", None),
        ("low", priorities.LOW),
        ("high", priorities.HIGH),
        ("default-2", priorities.DEFAULT),
        ("zero", 0),
        ("negative", -1),
        ("high-2", priorities.HIGH),
    ):

        def callback(log: list[str], name: str = name) -> None:
            log.append(name)

        action.add(priority=priority)(callback)
    log: list[str] = []
    action.do(log)
    assert log == ["negative", "zero", "high", "high-2", "default", "default-2", "low"]


def test_filters_change_a_value() -> None:
    """Each function gets what the one before it returned, and the arguments."""
    number: Filter[int, [int]] = Filter()

    @number.add()
    def add(value: int, by: int) -> int:
        return value + by

    @number.add(priority=priorities.HIGH)
    def double(value: int, by: int) -> int:
        return value * 2

    assert number.apply(5, 3) == 13
    assert add(1, 1) == 2, "the decorator gives back the function"
    assert double(2, 0) == 4


def test_items_and_functions_mix() -> None:
    """By priority, as they come."""
    names: Filter[list[str], []] = Filter()
    names.add_item("one")
    names.add_items(["two", "three"])
    names.add_item("first", priority=priorities.HIGH)

    @names.add(priority=priorities.LOW)
    def upper(value: list[str]) -> list[str]:
        return [item.upper() for item in value]

    assert list(names.iterate()) == ["FIRST", "ONE", "TWO", "THREE"]
    assert names.apply(["zero"])[0] == "ZERO"


def test_items_are_read_when_they_are_added() -> None:
    """What happens to the list later is not our business."""
    names: Filter[list[str], []] = Filter()
    given = ["one"]
    names.add_items(given)
    given.append("two")
    start: list[str] = []
    assert names.apply(start) == ["one"]
    assert start == [], "the value that a caller gives stays as it is"


def test_contexts() -> None:
    """Contributions are found, and forgotten, by context; a context inside of another counts for both."""
    names: Filter[list[str], []] = Filter()
    outer, inner = Context("outer"), Context("inner")
    names.add_item("none")
    with outer.enter():
        names.add_item("outer")
        with inner.enter():
            names.add_item("inner")
    assert list(names.iterate_from_context("outer")) == ["outer", "inner"]
    assert list(names.iterate_from_context(inner.name)) == ["inner"]
    assert list(names.iterate_from_context(None)) == ["none", "outer", "inner"]
    names.clear(context="inner")
    assert list(names.iterate()) == ["none", "outer"]
    names.clear()
    assert list(names.iterate()) == []


def test_a_context_ends_when_something_is_raised() -> None:
    """Later contributions are outside of it."""
    names: Filter[list[str], []] = Filter()
    with pytest.raises(KeyError), Context("broken").enter():
        raise KeyError
    names.add_item("after")
    assert list(names.iterate_from_context("broken")) == []


def test_actions_of_a_context() -> None:
    """Only those run, and only those are forgotten."""
    action: Action[[list[str]]] = Action()
    with Context("app:one").enter():
        action.add()(lambda log: log.append("one"))
    action.add()(lambda log: log.append("none"))
    log: list[str] = []
    action.do_from_context("app:one", log)
    assert log == ["one"]
    action.clear(context="app:one")
    action.do(log)
    assert log == ["one", "none"]


def test_clear_all() -> None:
    """Of a context, or everything."""
    one: Filter[list[str], []] = Filter()
    two: Filter[list[str], []] = Filter()
    with Context("app:x").enter():
        one.add_item("x")
        two.add_item("x")
    one.add_item("y")
    clear_all(context="app:x")
    assert (list(one.iterate()), list(two.iterate())) == (["y"], [])
    clear_all()
    assert list(one.iterate()) == []


def test_app_contexts() -> None:
    """One for each plugin, always the same."""
    assert hooks.Contexts.app("myapp") is hooks.Contexts.app("myapp")
    assert hooks.Contexts.app("myapp").name == "app:myapp"


def line() -> int:
    """Where the caller is."""
    frame = inspect.currentframe()
    assert frame
    assert frame.f_back
    return frame.f_back.f_lineno


def test_contributions_know_their_line() -> None:
    """File and line of whoever called, for every way to contribute."""
    names: Filter[list[str], []] = Filter()
    action: Action[[]] = Action()
    first = line()
    names.add_item("one")
    names.add_items(["two"])

    @names.add()
    def callback(value: list[str]) -> list[str]:
        return [*value, "three"]

    action.add()(callback)
    found = names.collect()
    assert [(item, origin.file) for item, origin in found] == [
        (item, HERE) for item in ("one", "two", "three")
    ]
    lines = [origin.line for _, origin in found]
    assert lines[:2] == [first + 1, first + 2]
    assert lines[2] in (first + 4, first + 5)
    assert current().entries(action)[0].origin.line == first + 8


def test_contributions_know_their_plugin() -> None:
    """Whoever owns the block; the innermost counts."""
    names: Filter[list[str], []] = Filter()
    mine = Origin(Layer.PLUGIN_DEFAULT, "myapp", "1.2.3")
    with current().owner(mine):
        names.add_item("mine")
        with current().owner(Origin(Layer.PLUGIN_DEFAULT, "inner")):
            names.add_item("inner")
    names.add_item("nobody's")
    owners = [(o.plugin, o.version) for _, o in names.collect()]
    assert owners == [("myapp", "1.2.3"), ("inner", None), (None, None)]


def test_collect_follows_items_through_functions() -> None:
    """An item that a function leaves alone keeps its origin; one that it makes has the function's."""
    names: Filter[list[str], []] = Filter()
    with current().owner(Origin(plugin="one")):
        names.add_item("kept")
        names.add_item("dropped")
    with current().owner(Origin(plugin="two")):

        @names.add()
        def change(value: list[str]) -> list[str]:
            return ["new", *(item for item in value if item != "dropped")]

    assert [(item, origin.plugin) for item, origin in names.collect()] == [("new", "two"), ("kept", "one")]


def test_collect_follows_copies_of_items() -> None:
    """A function that makes each pair anew contributes only what it changed."""
    values: Filter[list[tuple[str, list[int]]], []] = Filter()
    with current().owner(Origin(plugin="one")):
        values.add_items([("a", [1]), ("b", [2]), ("b", [2]), ("c", [3])])
    with current().owner(Origin(plugin="two")):

        @values.add()
        def change(value: list[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
            copies = [(name, [*numbers, 9] if name == "c" else [*numbers]) for name, numbers in value]
            return [*copies, ("b", [2])]

    found = [(name, origin.plugin) for (name, _), origin in values.collect()]
    assert found == [("a", "one"), ("b", "one"), ("b", "one"), ("c", "two"), ("b", "two")]


def test_a_function_that_returns_nothing() -> None:
    """Forgetting to return is an error of whoever wrote it, with the place; not of what reads the list."""
    names: Filter[list[str], []] = Filter()
    with current().owner(Origin(plugin="forgetful")):

        @names.add()
        def change(value: list[str]) -> list[str]:
            value.append("more")
            return None  # type: ignore[return-value]  # the mistake

    for read in (names.collect, lambda: list(names.iterate())):
        with pytest.raises(PluginError, match="returns nothing") as error:
            read()
        assert f"plugin forgetful ({HERE}:" in str(error.value.where)
        assert error.value.origins[0].plugin == "forgetful"


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin(), "tutor (default)"),
        (Origin(Layer.ENVIRONMENT), "tutor (environment variable)"),
        (Origin(Layer.CONFIG_FILE, file="/x/config.yml", line=3), "/x/config.yml:3"),
        (Origin(plugin="a"), "plugin a"),
        (Origin(plugin="a", version="1"), "plugin a 1"),
        (Origin(plugin="a", version="1", file="/a.py"), "plugin a 1 (/a.py)"),
        (Origin(plugin="a", file="/a.py", line=2), "plugin a (/a.py:2)"),
    ],
)
def test_origins_in_words(origin: Origin, text: str) -> None:
    """As messages have them."""
    assert str(origin) == text


def test_layers_are_ordered() -> None:
    """Precedence of a setting, lowest first."""
    assert [layer.title for layer in sorted(Layer)] == [
        "default",
        "plugin default",
        "plugin override",
        "config.yml",
        "environment variable",
        "command line",
    ]


def test_registries_are_separate() -> None:
    """Each project has its own; the handles reach the current one."""
    names: Filter[list[str], []] = Filter()
    names.add_item("outside")
    with activate(Registry()):
        assert list(names.iterate()) == []
        names.add_item("inside")
        assert list(names.iterate()) == ["inside"]
    assert list(names.iterate()) == ["outside"]


def test_record_and_replay() -> None:
    """What a module contributed when it was imported can be contributed to another registry, in its order."""
    names: Filter[list[str], []] = Filter()
    with current().record() as recording, Context("app:x").enter(), current().owner(Origin(plugin="x")):
        names.add_item("low", priority=priorities.LOW)
        names.add_item("default")
    with activate(Registry()) as other:
        names.add_item("before")
        other.replay(recording)
        assert list(names.iterate()) == ["before", "default", "low"]
        assert list(names.iterate_from_context("app:x")) == ["default", "low"]
        assert [o.plugin for _, o in names.collect()] == [None, "x", "x"]


def test_an_action_that_adds_while_it_runs() -> None:
    """The loop is over those that were there."""
    action: Action[[list[int]]] = Action()

    @action.add()
    def again(log: list[int]) -> None:
        log.append(1)
        action.add()(again)

    log: list[int] = []
    action.do(log)
    assert log == [1]


@pytest.mark.parametrize(
    ("catalogue", "names"),
    [
        (hooks.Actions, FACTS["actions"]),
        (hooks.Filters, FACTS["filters"]),
        (hooks.Contexts, FACTS["contexts"]),
    ],
    ids=["actions", "filters", "contexts"],
)
def test_the_catalogue_is_complete(catalogue: type, names: list[str]) -> None:
    """Every name that published plugins may use."""
    for name in names:
        assert hasattr(catalogue, name)


@pytest.mark.parametrize("kind", ["Action", "Filter", "Context"])
def test_methods_have_the_known_parameters(kind: str) -> None:
    """Names and order: plugins call with keywords too."""
    for method, parameters in FACTS["methods"][kind].items():
        found = inspect.signature(
            getattr({"Action": Action, "Filter": Filter, "Context": Context}[kind], method)
        )
        assert list(found.parameters) == parameters


def test_priorities() -> None:
    """Their values are part of the interface: plugins compute with them."""
    assert {name: getattr(priorities, name) for name in FACTS["priorities"]} == FACTS["priorities"]
    assert filters.Filter is Filter
