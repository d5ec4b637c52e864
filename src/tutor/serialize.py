"""YAML in and out, with the C implementation where there is one. Plugins import it."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    return _documents(stream) if isinstance(stream, str) else yaml.load_all(stream, Loader=_Loader)


#: Texts that are remembered.
_LIMIT = 4
#: Text → its documents, marshalled.
_known: dict[str, list[bytes]] = {}
_known_as: list[Any] = []


def _documents(text: str) -> Iterator[Any]:
    """The documents of a text. Who reads the same one again gets copies, a hundred times as fast.

    A published plugin reads all manifests of the platform's jobs once for each of them.
    """
    dialect = _dialect()
    if _known_as != dialect:
        _known.clear()
        _known_as[:] = dialect
    kept = _known.get(text)
    if kept is not None:
        yield from map(marshal.loads, kept)
        return
    found: list[bytes] | None = []
    for document in yaml.load_all(text, Loader=_Loader):
        try:
            if found is not None:
                found.append(marshal.dumps(document))  # now: whoever gets it may change it
        except ValueError:
            found = None  # it has dates or other objects
        yield document
    if found is not None:
        while len(_known) >= _LIMIT:
            del _known[next(iter(_known))]
        _known[text] = found


def _dialect() -> list[Any]:
    """What reading depends on besides the text: plugins may teach PyYAML types of their own."""
    implicit = {first: list(resolvers) for first, resolvers in _Loader.yaml_implicit_resolvers.items()}
    tables = (_Loader.yaml_constructors, _Loader.yaml_multi_constructors, _Loader.yaml_path_resolvers)
    return [implicit, *map(dict, tables)]


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
