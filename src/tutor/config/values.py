"""Values of settings: how they are read from text, and what type they must have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tutor.config.secrets import shown
from tutor.config.table import FORMS, core_settings
from tutor.core.hooks import Layer
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from tutor.config.table import Setting
    from tutor.core.hooks import Origin

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


def parse(name: str, text: str, origin: Origin | None = None) -> Any:
    """Return the value that ``text`` means in YAML, for the setting ``name``.

    A setting declared as a string takes scalars as they were typed: ``1.10`` stays ``1.10``. What starts
    like a template is one: to YAML, ``{{ LMS_HOST }}`` would be a mapping that cannot be.

    Args:
        name: of the setting.
        text: as typed.
        origin: where it was typed, if not on the command line.

    Raises:
        ConfigError: the text is not YAML.
    """
    if text.lstrip().startswith(("{{", "{%")):
        return text.strip()
    import yaml

    from tutor.serialize import load

    try:
        value = load(text)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "it cannot be read"
        variable = origin is not None and origin.layer is Layer.ENVIRONMENT
        raise ConfigError(
            f"The value of {name} is not YAML: {problem}",
            where=f"environment variable TUTOR_{name}"
            if variable
            else f"command line, {name}={shown(name, text)}",
            hint=f"unset TUTOR_{name}" if variable else f"quote it: --set '{name}=\"VALUE\"'",
        ) from None
    setting = core_settings().get(name)
    if setting and setting.type == "string" and not isinstance(value, (str, list, dict)):
        return text.strip()
    return value


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
