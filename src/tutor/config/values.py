"""Values of settings: how they are read from text, and what type they must have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tutor.config.secrets import shown
from tutor.config.table import FORMS, core_settings
from tutor.core.hooks import Layer
from tutor.core.named import Named
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from tutor.config.table import Setting
    from tutor.core.hooks import Origin

# What begins a comment, an anchor, an alias, a tag or a directive in YAML, or nothing that may be.
_STRANGE = "#&*!%@`"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "list": (list, tuple),
}
_TITLES: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "null",
}


class Typed(Named):
    """A value that was typed: what it is to a plugin that declares the setting is known later.

    Args:
        name: of the setting.
        text: as typed.
        value: what it is where no plugin declares the setting as text.
    """

    name: str
    text: str
    value: Any

    @classmethod
    def of(cls, name: str, text: str) -> Typed:
        """A value that was typed on the command line; whether it can be read is seen when it is settled."""
        try:
            return cls(name, text, parse(name, text))
        except ConfigError:
            return cls(name, text, text)

    def settled(self, *, is_text: bool) -> Any:
        """The value for a setting whose type is known.

        Raises:
            ConfigError: it cannot be read.
        """
        return parse(self.name, self.text, is_text=is_text)


def parse(name: str, text: str, origin: Origin | None = None, *, is_text: bool = False) -> Any:
    """Return the value that a typed ``text`` means for the setting ``name``.

    To a text setting of the core it is the value, unless it is one whole string in quotes. To one of a plugin
    as well, but for lists, mappings, true, false and null, which plugins take in the place of texts. Others
    are read as YAML, in which nobody means to write comments, anchors, aliases or tags on a command line.

    Args:
        name: of the setting.
        text: as typed.
        origin: where it was typed, if not on the command line.
        is_text: whether a plugin declares the setting, as text.

    Raises:
        ConfigError: it begins like a list, a mapping or a string in quotes, and is none.
    """
    if found := _CONTROL.search(text):
        raise _unreadable(name, text, f"it has the control character {found[0]!r}", origin)
    setting = core_settings().get(name)
    if setting is not None and setting.type == "string":
        quoted = _quoted(text)
        return text if quoted is None else quoted
    bare = text.strip()
    if not bare:
        return text
    if bare.startswith(("{{", "{%")):
        return bare
    try:
        value = _loaded(bare)
    except ValueError as error:
        if bare[0] not in "[{'\"" or is_text:
            return text
        raise _unreadable(name, text, str(error), origin) from None
    return text if _says_text(bare, value, is_text=is_text) else value


def _says_text(bare: str, value: Any, *, is_text: bool) -> bool:
    """Whether what was typed is a text, whatever YAML makes of it."""
    first = bare[0]
    if first in _STRANGE or (" #" in bare and first not in "[{'\""):
        return True
    if isinstance(value, str):
        return first not in "'\"|>"
    if not is_text:
        return False
    return first == "-" or (first not in "[{" and not isinstance(value, (bool, type(None))))


def _loaded(text: str) -> Any:
    """What a text is in YAML.

    Raises:
        ValueError: nothing; says why.
    """
    import yaml

    from tutor.serialize import load

    try:
        return load(text)
    except yaml.YAMLError as error:
        raise ValueError(getattr(error, "problem", None) or "it cannot be read") from None


def _quoted(text: str) -> str | None:
    """What a text says that is one string in quotes, in YAML."""
    bare = text.strip()
    if len(bare) < 2 or bare[0] not in "'\"" or bare[-1] != bare[0]:
        return None
    try:
        value = _loaded(bare)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _unreadable(name: str, text: str, problem: str, origin: Origin | None) -> ConfigError:
    if origin is not None and origin.layer is Layer.ENVIRONMENT:
        where, again = f"environment variable TUTOR_{name}", f"export TUTOR_{name}="
    else:
        where, again = f"command line, {name}={shown(name, text)}", f"--set {name}="
    return ConfigError(
        f"The value of {name} is not YAML: {problem}",
        where=where,
        hint=f"close what it opens, or put a text in quotes: {again}'\"VALUE\"'",
    )


def check(setting: Setting, value: Any, origin: Origin | None = None) -> Any:
    """Return ``value`` as the type of the setting.

    Strings that can mean only one thing are converted: templates always give strings.

    Raises:
        ConfigError: wrong type, or not an allowed value; names setting, value and type.
    """
    if value is setting.default and value is not None:
        return value  # it is right; most are what they are by default
    converted = _convert(setting, value)
    expected = _TYPES[setting.type]
    if not isinstance(converted, expected) or (setting.type == "integer" and isinstance(converted, bool)):
        found = _TITLES.get(type(value), type(value).__name__)
        raise _wrong(setting, value, f"expected {_article(setting.type)}, found {found}", origin)
    if setting.pattern and not re.fullmatch(setting.pattern, str(converted)):
        raise _wrong(setting, value, f"expected {FORMS.get(setting.pattern, setting.pattern)}", origin)
    if isinstance(converted, int):
        if setting.minimum is not None and converted < setting.minimum:
            raise _wrong(setting, value, f"expected at least {setting.minimum}", origin)
        if setting.maximum is not None and converted > setting.maximum:
            raise _wrong(setting, value, f"expected at most {setting.maximum}", origin)
    return converted


def _convert(setting: Setting, value: Any) -> object:
    if setting.type == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        text = value.strip()
        if setting.type == "boolean" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if setting.type == "integer" and re.fullmatch(r"-?\d+", text):
            return int(text)
    return value


def _article(type_name: str) -> str:
    return f"an {type_name}" if type_name[0] in "aeiou" else f"a {type_name}"


def _wrong(setting: Setting, value: Any, reason: str, origin: Origin | None) -> ConfigError:
    where = f"setting {setting.name}"
    hint = f"tutor config save --set {setting.name}=VALUE"
    if origin is not None:
        where += f", {origin if origin.plugin else origin.layer.title}"
        if origin.plugin:
            hint = f"{hint} (yours wins over the plugin's)"
        elif origin.layer is Layer.ENVIRONMENT:
            hint = f"unset TUTOR_{setting.name}"
    text = shown(setting.name, value)
    return ConfigError(
        f"{setting.name} has the wrong value {repr(text) if isinstance(value, str) else text}: {reason}",
        where=where,
        hint=hint,
    ).blaming(origin)
