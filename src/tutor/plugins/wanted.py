"""What the user asks to install: from a word on the command line, or an index, to an installer's argument."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.config.userfile import nearest
from tutor.exceptions import PluginError
from tutor.plugins.indexes import find_entry, to_install
from tutor.plugins.requirements import OURS, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.plugins.indexes import IndexEntry

_EDITABLE = re.compile(r"(?:-e|--editable)(?:[ =]+|$)")
_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9]*\+)?[A-Za-z][A-Za-z0-9]*://")
#: ``NAME @ URL`` is a requirement although it may end like a file.
_NAMED_URL = re.compile(r"[\w.-]+\s*(\[[^\]]*\])?\s*@\s")
_FILE = re.compile(r".*\.(whl|zip|tar\.(gz|bz2|xz)|tgz)", re.IGNORECASE)
_EXTRAS = re.compile(r"(?P<path>.*?)(?P<extras>\[[A-Za-z0-9._, -]*\])?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to install.

    Args:
        label: as the user named it, for messages.
        argument: for the installer, without ``-e``.
        package: the package's name, unless it is a file, a folder or a URL without a name.
        extras: of the package.
        direct: it is a file, a folder or a URL, not looked up in a registry.
        editable: it is run from its folder.
    """

    label: str
    argument: str
    package: str | None = None
    extras: tuple[str, ...] = ()
    direct: bool = False
    editable: bool = False

    @property
    def arguments(self) -> list[str]:
        """For the installer."""
        return ["-e", self.argument] if self.editable else [self.argument]


def from_names(names: Iterable[str], entries: Iterable[IndexEntry]) -> list[Wanted]:
    """Look up what the user named: names in the indexes first, then as pip would take them.

    Raises:
        PluginError: a name is in no index and no package, a file is not there, tutor itself is named.
    """
    entries = list(entries)
    found = []
    for name in dict.fromkeys(names):
        entry = find_entry(name, entries)
        if entry is not None:
            entry = to_install(entry)
            found.append(parse(entry.src, label=name, folder=_folder_of(entry)))
        else:
            found.append(parse(name, known=[e.name for e in entries]))
    return found


def parse(
    text: str, *, label: str | None = None, folder: Path | None = None, known: Iterable[str] | None = None
) -> Wanted:
    """Read a requirement, a file, a folder or a URL.

    Args:
        text: as for pip; may start with ``-e``.
        label: how messages call it.
        folder: what relative paths start from; the current folder unless given.
        known: names in the indexes, when ``text`` is what the user typed and might be none of them.

    Raises:
        PluginError: it is none of these.
    """
    label = label or text
    rest = _EDITABLE.sub("", text.strip(), count=1)
    editable = rest != text.strip()
    rest = rest.strip().strip("'\"") if editable else rest
    if rest.startswith("-") or not rest:
        raise _no_package(label, "is an option, not a package")
    if _URL.match(rest):
        return Wanted(label, rest, direct=True, editable=editable)
    is_path = rest.startswith((".", "/", "~")) or _FILE.fullmatch(rest)
    if editable or (is_path and not _NAMED_URL.match(rest)):
        return _path(label, rest, folder, editable=editable)
    return _requirement(label, rest, known)


def _path(label: str, text: str, folder: Path | None, *, editable: bool) -> Wanted:
    found = _EXTRAS.fullmatch(text)
    path, extras = (found["path"], found["extras"] or "") if found else (text, "")
    absolute = os.path.abspath(os.path.join(folder or Path.cwd(), os.path.expanduser(path)))
    if not Path(absolute).exists():
        raise _no_package(label, f"is not there: {absolute}")
    if Path(absolute).is_dir() and not any(
        Path(absolute, n).is_file() for n in ("pyproject.toml", "setup.py")
    ):
        raise _no_package(label, "is a folder without a package: it has neither pyproject.toml nor setup.py")
    names = tuple(n.strip() for n in extras.strip("[]").split(",") if n.strip())
    return Wanted(label, absolute + extras, extras=names, direct=True, editable=editable)


def _requirement(label: str, text: str, known: Iterable[str] | None) -> Wanted:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise _no_package(
            label, "is neither the name of a plugin or package, nor a file, a folder or a URL"
        ) from None
    name = canonical(requirement.name)
    if name in OURS:
        raise PluginError(
            f"{requirement.name} is not a plugin but tutor itself, which installing plugins never changes",
            where="command line",
            hint="pip install --upgrade tutor",
        )
    # A word that is in no index may be a slip, and anybody may publish a package of any name.
    if known is not None and text == requirement.name and "tutor" not in name:
        near = nearest(text, known)
        raise PluginError(
            f"No index has a plugin {text}" + (f"; did you mean {near}?" if near else ""),
            where="command line",
            hint=f"tutor plugins update, or name its package: tutor plugins install tutor-{text}",
        )
    return Wanted(label, text, name, tuple(sorted(requirement.extras)), direct=requirement.url is not None)


def _no_package(label: str, problem: str) -> PluginError:
    return PluginError(
        f"{label} {problem}",
        where="what to install",
        hint="tutor plugins search, tutor plugins install --help",
    )


def _folder_of(entry: IndexEntry) -> Path | None:
    """Relative paths in an index that is a file start from its folder."""
    from tutor.plugins.index_fetch import local_path, scheme_of
    from tutor.plugins.indexes import location

    if not entry.index or scheme_of(entry.index) not in ("", "file"):
        return None
    return local_path(location(entry.index)).parent
