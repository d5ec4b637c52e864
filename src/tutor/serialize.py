"""YAML in and out, with the C implementation where there is one. Plugins import it."""

from __future__ import annotations

import marshal
import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _BlockDumper(_Dumper):  # type: ignore[misc]  # chosen at run time
    """Texts of several lines as blocks, which is how people write them."""


def _represent_text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_BlockDumper.add_representer(str, _represent_text)


def load(stream: Any) -> Any:
    """Read one YAML document from a text, bytes or file.

    Raises:
        yaml.YAMLError: it is none; also where a date has a month too many, or a number too many digits.
    """
    try:
        return yaml.load(stream, Loader=_Loader)  # noqa: S506 (a safe loader, in C)
    except UnicodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise yaml.MarkedYAMLError(problem=str(error)) from None


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


def dump_all(documents: Iterable[Any], fileobj: Any) -> None:
    """Write YAML documents to a file."""
    yaml.dump_all(documents, fileobj, Dumper=_BlockDumper, default_flow_style=False, allow_unicode=True)


def parse(v: Any) -> Any:
    """Read a value as YAML, as typed on a command line; what is no YAML is a text."""
    try:
        return load(v)
    except yaml.YAMLError:
        return v


def parse_key_value(text: str) -> tuple[str, Any] | None:
    """The name and the value in ``NAME=VALUE``, if that is what a text is. The value is YAML."""
    found = re.fullmatch(r"([\w-]+)=(.*)", text, re.ASCII | re.DOTALL)
    return (found[1], parse(found[2]) if found[2] else "") if found else None


def str_format(content: Any) -> str:
    """Return a value as one would type it: a text as it is, all else in one line of YAML."""
    return content if isinstance(content, str) else one_line(content)


def one_line(content: Any) -> str:
    """Return a value as one line of YAML; as Python shows it, where YAML has none of its kind."""
    try:
        text = yaml.dump(content, Dumper=_Dumper, default_flow_style=True, width=10**6, allow_unicode=True)
    except yaml.representer.RepresenterError:
        return repr(content)
    return str(text).removesuffix("...\n").strip()
