"""YAML in and out, with the C implementation where there is one. Plugins import it."""

from __future__ import annotations

from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _BlockDumper(_Dumper):  # type: ignore[misc]  # chosen at run time
    """Texts of several lines as blocks, which is how people write them."""


def _represent_text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_BlockDumper.add_representer(str, _represent_text)


def load(stream: Any) -> Any:
    """Read one YAML document from a text, bytes or file."""
    return yaml.load(stream, Loader=_Loader)  # noqa: S506 (a safe loader, in C)


def load_all(stream: Any) -> Any:
    """Read all YAML documents from a text, bytes or file."""
    return yaml.load_all(stream, Loader=_Loader)


def dumps(content: Any) -> str:
    """Write a YAML document."""
    return str(yaml.dump(content, Dumper=_BlockDumper, default_flow_style=False, allow_unicode=True))


def dump(content: Any, fileobj: Any) -> None:
    """Write a YAML document to a file."""
    fileobj.write(dumps(content))


def parse(text: Any) -> Any:
    """Read a value as YAML, as typed on a command line."""
    return load(text)


def str_format(content: Any) -> str:
    """Return a value as one line of YAML, such as it could be typed on a command line."""
    text = str(yaml.dump(content, Dumper=_Dumper, default_flow_style=True, width=10**6))
    return text.removesuffix("...\n").strip()
