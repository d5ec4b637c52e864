"""What guests hand to hooks is checked as the catalogue declares it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tutor import hooks
from tutor.core.hooks import Filter, Layer, Origin, Registry, activate, current, door
from tutor.core.hooks.registry import SLIPS
from tutor.exceptions import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

GUEST = Origin(Layer.PLUGIN_DEFAULT, "guest")
F = hooks.Filters
#: Type in the catalogue → kinds that stand for it.
KINDS = {
    "str": (door.TEXT, door.PATH, door.PATTERN),
    "Any": (door.ANYTHING, door.WRITTEN),
    "bool": (door.TRUTH,),
    "click.Command": (door.COMMAND,),
    "dict[str, Any]": (door.MAPPING,),
    "dict[str, str]": (door.MAPPING,),
    "Callable[..., Any]": (door.FUNCTION,),
    "Callable[[Any], Iterable[tuple[str, str]]]": (door.JOB,),
    "str | tuple[str, ...]": (door.FOLDER,),
    "tuple[str, ...]": (door.TEXTS,),
}


@pytest.fixture(autouse=True)
def _empty_registry() -> Iterator[None]:
    """Each test has one, without what the core contributes."""
    with activate(Registry()):
        yield


def _types() -> dict[str, tuple[bool, list[str]]]:
    """What the catalogue declares: name → (whether it is a list, types of the parts of an item)."""
    found = {}
    for name, declared in F.__annotations__.items():
        whole: Any = ast.parse(declared, mode="eval").body
        node: Any = whole.slice.elts[0]
        listed = isinstance(node, ast.Subscript) and ast.unparse(node.value) == "list"
        item = node.slice if listed else node
        parts: list[Any] = [item]
        if isinstance(item, ast.Subscript) and ast.unparse(item.value) == "tuple":
            inner: Any = item.slice
            parts = inner.elts
        found[name] = (listed, list(map(ast.unparse, parts)))
    return found


def test_shapes_are_those_of_the_catalogue() -> None:
    """Each hook has one, of as many parts, each of the type's kind."""
    types = _types()
    assert types.keys() == door.SHAPES.keys()
    for name, (listed, parts) in types.items():
        shape = door.SHAPES[name]
        assert (shape.listed, len(shape.names), len(shape.kinds)) == (listed, len(parts), len(parts)), name
        assert all(k in KINDS[p] for p, k in zip(parts, shape.kinds, strict=True)), (name, parts)


def test_hooks_know_their_names() -> None:
    """Those of the catalogue; one that a plugin defines is not checked, whatever it is called."""

    class Mine:
        CONFIG_DEFAULTS: Filter[list[int], []] = Filter()

    assert (F.CONFIG_DEFAULTS.hook, hooks.Actions.ENV_SAVED.hook) == ("CONFIG_DEFAULTS", "ENV_SAVED")
    with current().owner(GUEST):
        Mine.CONFIG_DEFAULTS.add_item(5)
    assert list(Mine.CONFIG_DEFAULTS.iterate()) == [5]


@pytest.mark.parametrize(
    ("hook", "item"),
    [
        ("CONFIG_DEFAULTS", ["NAME", 1]),
        ("CONFIG_DEFAULTS", ("NAME", Path("/a"))),
        ("CONFIG_UNIQUE", ("NAME", {"a": [1, None, 2.5, True]})),
        ("ENV_PATCHES", ["lms-env", type("Text", (str,), {})("A: 1")]),
        ("ENV_TEMPLATE_ROOTS", Path("/a")),
        ("ENV_TEMPLATE_TARGETS", ["a", "plugins"]),
        ("ENV_PATTERNS_IGNORE", re.compile("a")),
        ("IMAGES_BUILD", ["name", ["plugins", "a"], "tag", []]),
        ("IMAGES_BUILD", ("name", Path("a"), "tag", ("--a",))),
        ("CLI_DO_COMMANDS", lambda: ()),
    ],
)
def test_what_works_is_let_in(hook: str, item: Any) -> None:
    """Published plugins hand over lists for tuples, paths for texts, and classes of texts."""
    with current().owner(GUEST):
        getattr(F, hook).add_item(item)
    assert [item for item, _ in getattr(F, hook).collect()] == [item]


@pytest.mark.parametrize(
    ("hook", "item", "message"),
    [
        ("CONFIG_DEFAULTS", ("A", 1, 2), "gives CONFIG_DEFAULTS a tuple of 3, expected (name, value)"),
        ("CONFIG_DEFAULTS", ["A"], "gives CONFIG_DEFAULTS a list of 1, expected (name, value)"),
        ("CONFIG_DEFAULTS", "AB", "gives CONFIG_DEFAULTS a text, expected (name, value)"),
        ("CONFIG_OVERRIDES", (1, 2), "gives CONFIG_OVERRIDES a number as the name, expected a text"),
        ("CONFIG_UNIQUE", ("A", Path("/a")), "PosixPath as the value of A, expected a value that YAML can"),
        ("CONFIG_UNIQUE", ("A", [{"b": {1}}]), "a list of 1 as the value of A, expected a value that YAML"),
        ("ENV_PATCHES", ("lms-env", 5), "gives ENV_PATCHES a number as the content of lms-env, expected a"),
        ("ENV_PATCHES", ("lms-env", b"x"), "gives ENV_PATCHES bytes as the content of lms-env, expected a"),
        ("ENV_PATCHES", ("lms-env", ["x"]), "gives ENV_PATCHES a list of 1 as the content of lms-env"),
        ("ENV_PATCHES", ("lms-env", None), "gives ENV_PATCHES None as the content of lms-env"),
        ("ENV_TEMPLATE_ROOTS", None, "gives ENV_TEMPLATE_ROOTS None, expected the path of a folder"),
        ("ENV_TEMPLATE_FILTERS", ("f", 5), "a number as the function of f, expected a function"),
        ("IMAGES_BUILD", ("a", "b", "c"), "a tuple of 3, expected (name, path, tag, arguments)"),
        ("IMAGES_BUILD", ("a", "b", "c", "--d"), "a text as the arguments of a, expected a list of texts"),
        ("CLI_DO_INIT_TASKS", ("lms", ("x", "y")), "a tuple of 2 as the script of lms, expected a text"),
        ("CLI_COMMANDS", print, "gives CLI_COMMANDS a function, expected a command of click"),
        ("CLI_DO_COMMANDS", "job", "gives CLI_DO_COMMANDS a text, expected a command of click"),
        ("COMPOSE_LOCAL_TMP", {}, "adds to COMPOSE_LOCAL_TMP, which is no list"),
    ],
)
def test_what_has_another_shape_is_refused(hook: str, item: Any, message: str) -> None:
    """When it is added, with the line; and when a function returns it."""
    with current().owner(GUEST), pytest.raises(PluginError) as caught:
        getattr(F, hook).add_item(item)
    assert message in caught.value.message
    assert caught.value.message.startswith("Plugin guest ")
    assert str(caught.value.where).startswith(f"plugin guest ({__file__}:")
    if not door.SHAPES[hook].listed:
        return
    with current().owner(GUEST):
        getattr(F, hook).add()(lambda items: [*items, item])
    with pytest.raises(PluginError) as caught:
        getattr(F, hook).collect()
    assert message.rpartition(f" {hook} ")[2] in caught.value.message
    assert f"a function for {hook} that returns a list with" in caught.value.message


def test_each_line_of_a_list() -> None:
    """The item that is wrong has the place, not the call."""
    with current().owner(GUEST), pytest.raises(PluginError) as caught:
        F.CONFIG_DEFAULTS.add_items(
            [
                ("GUEST_A", 1),
                ("GUEST_B", 1, 2),  # type: ignore[list-item]  # on purpose
            ]
        )
    (origin,) = caught.value.origins
    assert origin.line is not None
    assert '("GUEST_B", 1, 2),  #' in Path(__file__).read_text().splitlines()[origin.line - 1]


@pytest.mark.parametrize("items", [5, None, "ab", b"ab"])
def test_items_are_a_list(items: Any) -> None:
    """A text is none, although Python takes it for one of its characters."""
    with current().owner(GUEST), pytest.raises(PluginError, match="as items, expected a list of"):
        F.ENV_PATCHES.add_items(items)


@pytest.mark.parametrize(
    ("hook", "value", "message"),
    [
        ("ENV_PATCHES", None, "returns nothing, expected a list"),
        ("ENV_PATCHES", 5, r"returns a number, expected a list of \(name, content\)"),
        ("ENV_PATCHES", "text", r"returns a text, expected a list of \(name, content\)"),
        ("COMPOSE_LOCAL_TMP", None, "returns nothing, expected a mapping"),
        ("COMPOSE_LOCAL_TMP", [], "returns a list of 0, expected a mapping"),
        ("PLUGIN_INDEX_URL", 5, "returns a number, expected a text"),
        ("IS_FILE_RENDERED", None, "returns nothing, expected true or false"),
    ],
)
def test_what_functions_return(hook: str, value: Any, message: str) -> None:
    """It is the plugin's error, with the place of the function."""
    start: Any = [] if door.SHAPES[hook].listed else {}
    with current().owner(GUEST):
        getattr(F, hook).add()(lambda _: value)
    with pytest.raises(PluginError, match=f"Plugin guest has a function for {hook} that {message}") as caught:
        getattr(F, hook).apply(start)
    assert caught.value.origins[0].file == __file__


@pytest.mark.parametrize("kind", [tuple, iter, lambda items: (item for item in items), list])
def test_other_iterables_are_lists(kind: Any) -> None:
    """Those that the incumbent takes."""
    with current().owner(GUEST):
        F.ENV_PATCHES.add()(lambda items: kind([*items, ("lms-env", "A: 1")]))
    assert F.ENV_PATCHES.apply([]) == [("lms-env", "A: 1")]
    assert list(F.ENV_PATCHES.iterate()) == [("lms-env", "A: 1")]


def test_a_generator_that_fails() -> None:
    """It fails where it is read: still it is the plugin's, at its own line."""
    with current().owner(GUEST._replace(file=__file__)):

        @F.ENV_PATCHES.add()
        def patches(items: Any) -> Any:
            yield from items
            yield 1 // 0

    with pytest.raises(PluginError, match="Plugin guest fails: ZeroDivisionError") as caught:
        F.ENV_PATCHES.collect()
    assert caught.value.excerpt is not None
    assert "yield 1 // 0" in caught.value.excerpt


def test_slips_are_noted() -> None:
    """A call of `add` with a function or an item has no effect: some published plugins do it."""
    with current().owner(GUEST):
        F.APP_PUBLIC_HOSTS.add(lambda hosts, _: hosts)  # type: ignore[arg-type]  # the slip
        F.CONFIG_DEFAULTS.add(("A", 1))  # type: ignore[arg-type]  # the slip
    told = [(item, entry.origin) for entry in current().entries(SLIPS) for item in entry.items]
    assert [text.partition(" is handed ")[::2] for text, _ in told] == [
        ("APP_PUBLIC_HOSTS.add", "a function, which is never called; write APP_PUBLIC_HOSTS.add()(function)"),
        ("CONFIG_DEFAULTS.add", "an item, which is not added; write CONFIG_DEFAULTS.add_item(item)"),
    ]
    assert {(origin.plugin, origin.file) for _, origin in told} == {("guest", __file__)}


@pytest.mark.parametrize("handle", [F.ENV_PATCHES, hooks.Actions.ENV_SAVED, F.ENV_PATCH("lms-env")])
def test_what_is_no_function(handle: Any) -> None:
    """It cannot be called."""
    with current().owner(GUEST), pytest.raises(PluginError, match="Plugin guest adds a number to "):
        handle.add()(5)


def test_scripts_that_use_us_as_a_library_are_not_guests() -> None:
    """Nobody can disable them."""
    wrong: Any = 5
    F.CONFIG_DEFAULTS.add_item(wrong)
    assert F.CONFIG_DEFAULTS.apply([]) == [wrong]
