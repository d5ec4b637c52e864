"""``config.yml``: the user's file. Read fast, edited without losing comments or order."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from tutor.config import kept
from tutor.core.named import Named
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILENAME = "config.yml"


class UserFile(Named):
    """What the user chose, as it stands on disk.

    Args:
        path: where the file is, or would be.
        content: its bytes; ``None`` when there is no file.
        values: setting → value, unresolved.
    """

    path: Path
    content: bytes | None
    values: dict[str, Any]

    def renamed(self, names: Mapping[str, str]) -> UserFile:
        """The file with other names for some settings, in their places, with their comments."""
        import re

        content = self.content
        if content is None or not names:
            return self
        for old, new in names.items():
            content = re.sub(rb"(?m)^([\"']?)%s\1(?=[ \t]*:)" % old.encode(), new.encode(), content, count=1)
        values = {names.get(name, name): value for name, value in self.values.items()}
        try:
            as_wanted = check(self.path, content) == values
        except ConfigError:
            as_wanted = False
        return UserFile(self.path, content, values) if as_wanted else self

    def edited(self, changed: Mapping[str, Any], removed: Iterable[str] = ()) -> bytes:
        """Return the file with some settings changed or removed, all else as it was.

        Raises:
            ConfigError: the file cannot be edited in place, such as one with a key twice.
        """
        gone = [name for name in removed if name in self.values]
        new = {k: v for k, v in changed.items() if k not in self.values or differ(self.values[k], v)}
        if self.content is not None and not gone and not new:
            return self.content
        content = (self.content or b"").removeprefix(codecs.BOM_UTF8)
        if b"\r\n" in content and content.count(b"\r\n") == content.count(b"\n"):
            # The editor knows one kind of line ends.
            return _edit(self.path, content.replace(b"\r\n", b"\n"), new, gone).replace(b"\n", b"\r\n")
        if not gone:
            from tutor.config import lines

            by_lines = lines.edited(content, new)
            # The parser has the last word.
            if by_lines is not None and repr(check(self.path, by_lines)) == repr({**self.values, **new}):
                return by_lines
        return _edit(self.path, content, new, gone)


def read(root: Path) -> UserFile:
    """Read the file of a project root.

    Raises:
        ConfigError: it is not readable, not YAML, or not a mapping of names.
    """
    path = root / FILENAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return UserFile(path, None, {})
    except OSError as error:
        from shlex import quote

        raise ConfigError(
            f"{FILENAME} cannot be read: {error.strerror}",
            where=str(path),
            hint=f"ls -ld {quote(str(path))}",
        ) from None
    values = kept.read(root, content)
    return UserFile(path, content, check(path, content) if values is None else values)


def check(path: Path, content: bytes) -> dict[str, Any]:
    """The settings in the content of a ``config.yml``.

    Raises:
        ConfigError: it is not YAML, or not a mapping of names.
    """
    import yaml

    from tutor import serialize
    from tutor.config.repeated import repeated_key

    try:
        values = serialize.load(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _broken(path, content, "it is not UTF-8 text", line) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        if str(problem).startswith("but "):
            problem = f"{getattr(error, 'context', '')} {problem}".strip()
        raise _broken(path, content, str(problem), mark.line + 1 if mark else None) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise _broken(path, content, f"expected settings, found a {type(values).__name__}", 1)
    for name in values:
        if not isinstance(name, str):
            raise _broken(path, content, f"the name {name!r} is not text", None)
    twice = repeated_key(content)
    if twice:
        raise _broken(path, content, f"{twice}; remove one of them", twice.second)
    return values


def _broken(path: Path, content: bytes, problem: str, line: int | None) -> ConfigError:
    excerpt = None
    if line is not None:
        text = content.decode(errors="replace").splitlines()
        # The text of a line may hold a secret: only the name in front of the colon is shown.
        name, colon, _ = text[line - 1].partition(":") if line <= len(text) else ("", "", "")
        excerpt = f"{line:>5} | {name}: …" if colon else f"{line:>5} | …"
    return ConfigError(
        f"{FILENAME} is broken: {problem}",
        where=f"{path}:{line}" if line else str(path),
        excerpt=excerpt,
        hint="tutor config edit",
    )


def _edit(path: Path, content: bytes, new: Mapping[str, Any], removed: Iterable[str]) -> bytes:
    import io

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    editor = YAML(typ="rt")
    editor.preserve_quotes = True
    editor.width = 10**6
    try:
        document = editor.load(content)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be edited"
        line = mark.line + 1 if mark else None
        raise _broken(path, content, str(problem).splitlines()[0], line) from None
    if document is None:
        document = CommentedMap()
    for name in removed:
        del document[name]
    for name, value in new.items():
        document[name] = _node(value)
    out = io.BytesIO()
    editor.dump(document, out)
    text = out.getvalue()
    if content and not content.strip().startswith((b"{", b"[")) and not document:
        # An empty mapping would be written as `{}`; comments of the user stay.
        return content if not list(removed) else b""
    return b"" if text.strip() == b"{}" else _with_leading_comments(content, text)


def _with_leading_comments(old: bytes, new: bytes) -> bytes:
    """Put back a file's comments where it had nothing else: the editor keeps only those beside a value."""
    filled = [line for line in old.splitlines() if line.strip() not in (b"", b"---")]
    if any(not line.lstrip().startswith(b"#") for line in filled):
        return new
    return old.rstrip(b"\n") + b"\n" + new if old.strip() else new


def _node(value: Any) -> Any:
    """The value as nodes that read the same under YAML 1.1, in which ``yes`` and ``1_000`` are no texts."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(value, dict):
        return {_node(k): _node(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_node(item) for item in value]
    from tutor import serialize

    if isinstance(value, float):
        # The editor's own spelling of a large one, 1e+100, is a text under YAML 1.1.
        from ruamel.yaml import YAML

        return YAML(typ="rt").load(serialize.one_line(value))
    if not isinstance(value, str):
        return value
    if "\n" in value and value.replace("\n", "").isprintable() and not value.startswith((" ", "\n")):
        return LiteralScalarString(value)
    try:
        plain = serialize.load(value) == value
    except Exception:  # noqa: BLE001 (whatever YAML does not read back must be quoted)
        plain = False
    return value if plain else DoubleQuotedScalarString(value)


def enabled_plugins(user: UserFile) -> list[str]:
    """Names of the plugins that the user enabled, in the order in which they are loaded.

    Raises:
        ConfigError: the setting is not a list of names.
    """
    names = user.values.get("PLUGINS") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(
            "PLUGINS has the wrong value: expected a list of plugin names",
            where=str(user.path),
            hint="tutor config edit",
        )
    return list(dict.fromkeys(names))


def differ(left: Any, right: Any) -> bool:
    """Whether two values are not the same in YAML, where ``1``, ``1.0`` and ``true`` are three values."""
    return bool(left != right) or repr(left) != repr(right)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name of which ``name`` is a misspelling: few letters differ. Case makes no difference."""
    import difflib

    known = {other.lower(): other for other in names}
    wanted = name.lower()
    most = 1 if len(wanted) < 5 else 2 if len(wanted) < 12 else 3
    found = difflib.get_close_matches(wanted, known, n=5, cutoff=0.6)
    near = sorted((distance(wanted, other), other) for other in found)
    return known[near[0][1]] if near and near[0][0] <= most else None


def distance(left: str, right: str) -> int:
    """Letters that are added, left out, replaced or exchanged with the next one, from one name to another."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]
