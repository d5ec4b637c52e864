"""Types of settings, shared by every layer and imported by plugins."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

from tutor.exceptions import TutorError

# As themselves, not as texts: plugins write `Config | None` where it is computed.
ConfigValue: TypeAlias = str | float | bool | list[str] | list[Any] | dict[str, Any] | dict[Any, Any] | None
Config: TypeAlias = dict[str, ConfigValue]

T = TypeVar("T")


def get_typed(config: Config, key: str, expected_type: type[T], default: T | None = None) -> T:
    """Return ``config[key]``, checked against a type.

    Args:
        config: setting name → value.
        key: name of the setting.
        expected_type: the value must be an instance of it.
        default: returned when the key is absent.

    Raises:
        TutorError: the value has another type.
    """
    value = config.get(key, default)
    if not isinstance(value, expected_type):
        raise TutorError(
            f"Setting {key} has the wrong type: {type(value).__name__} instead of {expected_type.__name__}",
            where=f"setting {key}",
            hint=f"tutor config save --set {key}=VALUE",
        )
    return value


def cast_config(config: Any) -> Config:
    """Return settings as what they are, once that is looked at.

    Raises:
        TutorError: they are no mapping of names.
    """
    if not isinstance(config, dict):
        raise TutorError(f"Settings must be a mapping of names, and this is {type(config).__name__}")
    for name in config:
        if not isinstance(name, str):
            raise TutorError(
                f"The name of a setting must be a text, and this is {type(name).__name__}: {name}"
            )
    return config
