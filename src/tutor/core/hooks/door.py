"""The door: what a guest hands to a hook is checked by the type that the catalogue declares, at once.

Each hook has a shape, which says the catalogue's type in words. Lists stand for tuples, and paths for texts,
where what uses them takes both: published plugins hand over either. A test compares shapes and types.
"""

from __future__ import annotations

import os
import re
import types
from typing import TYPE_CHECKING, Any

from tutor.core.hooks.guilty import line_of_item, remedy
from tutor.core.named import Named
from tutor.exceptions import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tutor.core.hooks.origin import Origin


class Kind(Named):
    """What a value may be.

    Args:
        title: in words, such as ``a text``.
        fits: whether a value is one.
    """

    title: str
    fits: Callable[[Any], bool]


class Shape(Named):
    """What a hook is given.

    Args:
        names: of the parts of an item; one where an item is no tuple.
        kinds: what each part has to be.
        listed: whether the hook's value is a list of items.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    listed: bool = True

    @property
    def title(self) -> str:
        """What is expected, in words."""
        return f"({', '.join(self.names)})" if len(self.names) > 1 else self.kinds[0].title

    def fault(self, item: Any) -> str | None:
        """What is wrong with an item, as the end of a sentence; nothing where it fits."""
        if len(self.names) == 1:
            return None if self.kinds[0].fits(item) else f"{described(item)}, expected {self.title}"
        if not isinstance(item, (tuple, list)):
            return f"{described(item)}, expected {self.title}"
        if len(item) != len(self.names):
            return f"a {_word(item)} of {len(item)}, expected {self.title}"
        for name, kind, part in zip(self.names, self.kinds, item, strict=True):
            if not kind.fits(part):
                of = f" of {item[0]}" if part is not item[0] and isinstance(item[0], str) else ""
                return f"{described(part)} as the {name}{of}, expected {kind.title}"
        return None


_WRITTEN = (str, int, float, bool, type(None))


def _is_written(value: Any, depth: int = 50) -> bool:
    """Whether YAML writes a value so that it is read as the same."""
    if isinstance(value, dict):
        return depth > 0 and all(type(k) in _WRITTEN and _is_written(v, depth - 1) for k, v in value.items())
    if isinstance(value, list):
        return depth > 0 and all(_is_written(item, depth - 1) for item in value)
    import datetime as dt

    return type(value) in _WRITTEN or type(value) in (dt.date, dt.datetime)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, os.PathLike) and isinstance(os.fspath(value), str))


def _are(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, (tuple, list)) and all(map(fits, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_command(value: Any) -> bool:
    import click

    return isinstance(value, click.Command)


TEXT = Kind("a text", _is_text)
PATH = Kind("the path of a folder", _is_path)
PATTERN = Kind("a regular expression", lambda value: isinstance(value, (str, re.Pattern)))
ANYTHING = Kind("a value", lambda _: True)
WRITTEN = Kind("a value that YAML can write, such as a text, a number or a list", _is_written)
FUNCTION = Kind("a function", callable)
COMMAND = Kind("a command of click", _is_command)
JOB = Kind("a command of click", lambda value: callable(value) and not isinstance(value, type))
FOLDER = Kind("a path, or its parts", lambda value: _is_path(value) or _are(_is_path)(value))
TEXTS = Kind("a list of texts", _are(_is_text))
MAPPING = Kind("a mapping", lambda value: isinstance(value, dict))
TRUTH = Kind("true or false", lambda value: value is not None)

_SETTING = Shape(("name", "value"), (TEXT, ANYTHING))
_TAGGED = Shape(("name", "tag"), (TEXT, TEXT))
_TEXTS = Shape(("item",), (TEXT,))
_LAID_OVER = Shape(("value",), (MAPPING,), listed=False)

#: By name of the hook, in the order of the catalogue.
SHAPES: dict[str, Shape] = {
    "APP_PUBLIC_HOSTS": _TEXTS,
    "BACKUP_DATA": Shape(("data", "treatment"), (TEXT, MAPPING)),
    "CLI_COMMANDS": Shape(("item",), (COMMAND,)),
    "CLI_DO_COMMANDS": Shape(("item",), (JOB,)),
    "CLI_DO_INIT_TASKS": Shape(("service", "script"), (TEXT, TEXT)),
    "COMPOSE_MOUNTS": Shape(("service", "path"), (TEXT, TEXT)),
    "COMPOSE_LOCAL_TMP": _LAID_OVER,
    "COMPOSE_LOCAL_JOBS_TMP": _LAID_OVER,
    "COMPOSE_DEV_TMP": _LAID_OVER,
    "COMPOSE_DEV_JOBS_TMP": _LAID_OVER,
    "CONFIG_DEFAULTS": _SETTING,
    "CONFIG_OVERRIDES": _SETTING,
    "CONFIG_UNIQUE": Shape(("name", "value"), (TEXT, WRITTEN)),
    "CONFIG_USER": _SETTING,
    "DOCKER_BUILD_COMMAND": _TEXTS,
    "ENV_PATCHES": Shape(("name", "content"), (TEXT, TEXT)),
    "ENV_PATTERNS_IGNORE": Shape(("item",), (PATTERN,)),
    "ENV_PATTERNS_INCLUDE": Shape(("item",), (PATTERN,)),
    "ENV_TEMPLATE_FILTERS": Shape(("name", "function"), (TEXT, FUNCTION)),
    "ENV_TEMPLATE_ROOTS": Shape(("item",), (PATH,)),
    "ENV_TEMPLATE_TARGETS": Shape(("template", "folder"), (PATH, PATH)),
    "ENV_TEMPLATE_VARIABLES": _SETTING,
    "IMAGES_BUILD": Shape(("name", "path", "tag", "arguments"), (TEXT, FOLDER, TEXT, TEXTS)),
    "IMAGES_BUILD_REQUIRED": _TEXTS,
    "IMAGES_BUILD_MOUNTS": Shape(("image", "context"), (TEXT, TEXT)),
    "IMAGES_PULL": _TAGGED,
    "IMAGES_PUSH": _TAGGED,
    "MOUNTED_DIRECTORIES": Shape(("image", "pattern"), (TEXT, PATTERN)),
    "PLUGIN_INDEXES": _TEXTS,
    "PLUGIN_INDEX_URL": Shape(("value",), (TEXT,), listed=False),
    "PLUGIN_INDEX_ENTRY_TO_INSTALL": Shape(("value",), (MAPPING,), listed=False),
    "PLUGINS_INFO": Shape(("name", "information"), (TEXT, TEXT)),
    "PLUGINS_INSTALLED": _TEXTS,
    "PLUGINS_LOADED": _TEXTS,
    "IS_FILE_RENDERED": Shape(("value",), (TRUTH,), listed=False),
    "LMS_WORKER_COMMAND": _TEXTS,
    "CMS_WORKER_COMMAND": _TEXTS,
    "TESTS": Shape(("name", "service", "command"), (TEXT, TEXT, TEXT)),
}


def check_items(hook: str, items: Iterable[Any], origin: Origin) -> None:
    """Check what a plugin adds to a list.

    Args:
        hook: its name in the catalogue.
        items: in order.
        origin: of the call.

    Raises:
        PluginError: an item has another shape than the hook's.
    """
    shape = SHAPES[hook]
    if not shape.listed:
        raise _wrong(origin, f"adds to {hook}, which is no list", f"@hooks.Filters.{hook}.add()")
    for index, item in enumerate(items):
        fault = shape.fault(item)
        if fault:
            raise _wrong(line_of_item(origin, index), f"gives {hook} {fault}")


def check_iterable(hook: str, items: Any, origin: Origin) -> tuple[Any, ...]:
    """What a plugin adds at once, as a tuple.

    Raises:
        PluginError: it is no list of items.
    """
    if isinstance(items, (str, bytes)) or not hasattr(items, "__iter__"):
        shape = SHAPES.get(hook)
        item = f" of {shape.title}" if shape else ""
        raise _wrong(origin, f"gives {hook or 'a filter'} {described(items)} as items, expected a list{item}")
    return tuple(items)


def checked_value(hook: str, before: Any, after: Any, origin: Origin) -> Any:
    """What a plugin's function makes of a value, checked; a list where there was one.

    Args:
        hook: its name in the catalogue; empty for a hook that a plugin defines.
        before: what the function was handed.
        after: what it returned.
        origin: of the function.

    Raises:
        PluginError: it returns nothing, or something else than the hook's type.
    """
    shape = SHAPES.get(hook)
    listed = shape.listed if shape else isinstance(before, list)
    name = hook or "a filter"
    if after is None and (shape or listed):
        expected = "a list" if listed else shape.title if shape else "a value"
        text = f"has a function for {name} that returns nothing, expected {expected}"
        raise _wrong(origin, text, "add: return")
    if shape is None:
        return after
    if not listed:
        fault = shape.fault(after)
        if fault:
            raise _wrong(origin, f"has a function for {name} that returns {fault}")
        return after
    if isinstance(after, (str, bytes)) or not hasattr(after, "__iter__"):
        raise _wrong(
            origin,
            f"has a function for {name} that returns {described(after)}, expected a list of {shape.title}",
        )
    after = after if isinstance(after, list) else list(after)
    known = set(map(id, before)) if isinstance(before, list) and before is not after else ()
    for item in after:
        fault = None if id(item) in known else shape.fault(item)
        if fault:
            raise _wrong(origin, f"has a function for {name} that returns a list with {fault}")
    return after


def no_function(hook: str, found: object, origin: Origin) -> PluginError:
    """The error about something that is added to a hook as a function, and is none."""
    return _wrong(origin, f"adds {described(found)} to {hook or 'a hook'} as a function")


def _wrong(origin: Origin, what: str, instead: str = "") -> PluginError:
    hint = remedy(origin)
    return PluginError(
        f"Plugin {origin.plugin} {what}", where=str(origin), hint=f"{instead}; {hint}" if instead else hint
    ).blaming(origin)


#: Type → what values of it are called; a type before those that it is derived from.
_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "None"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a text"),
    (bytes, "bytes"),
    (dict, "a mapping"),
    ((set, frozenset), "a set"),
    (type, "a class"),
    ((types.FunctionType, types.MethodType, types.BuiltinFunctionType), "a function"),
)


def described(value: Any) -> str:
    """The type of a value in words, without the value: it may be a secret."""
    if isinstance(value, (tuple, list)):
        return f"a {_word(value)} of {len(value)}"
    for kinds, word in _WORDS:
        if isinstance(value, kinds):
            return word
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _word(value: tuple[Any, ...] | list[Any]) -> str:
    return "tuple" if isinstance(value, tuple) else "list"
