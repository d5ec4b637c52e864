"""The digest of a plugin: of what Python would run of it, whoever installed it, and where.

It is the SHA-256 of a text with one line for each file of the distribution, ``SHA-256  PATH``, in order of
the paths, which are relative to the folder of packages. So a wheel has the same digest before and after it
was installed. Left out is what differs from one installation to the other: compiled modules, files outside of
the folder of packages (commands, which name their Python), and the installers' own notes in ``*.dist-info``,
of which only ``entry_points.txt`` counts.
"""

from __future__ import annotations

import hashlib
import importlib.metadata as importlib_metadata
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tutor.plugins.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import Distribution

    from tutor.plugins.staged import Staged


def of_distribution(distribution: Distribution) -> str | None:
    """The digest of an installed package; ``None`` where it is run from a folder of its own (editable)."""
    files: dict[str, bytes] = {}
    for file in distribution.files or ():
        path = file.as_posix()
        if not counts(path):
            continue
        if path.endswith(".pth") or PurePosixPath(path).name.startswith("__editable__"):
            return None
        try:
            files[path] = Path(str(distribution.locate_file(file))).read_bytes()
        except OSError:
            files[path] = b""  # recorded, and gone: the digest differs
    code = any("dist-info" not in path for path in files)
    return digest(files) if code else None


def of_wheel(path: Path) -> str:
    """The digest that a wheel will have when it is installed."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and counts(name)]
        return digest({name: archive.read(name) for name in names})


def of_file(path: Path) -> str:
    """The SHA-256 of a plugin that is one file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(files: Mapping[str, bytes]) -> str:
    """The digest of files, by path."""
    lines = (f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def counts(path: str) -> bool:
    """Whether a file is part of the digest."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == ".." or path.startswith("/") or parts[0].endswith(".data"):
        return False
    if parts[0].endswith((".dist-info", ".egg-info")):
        return parts[-1] == "entry_points.txt" and len(parts) == 2
    return "__pycache__" not in parts and not path.endswith((".pyc", ".pyo"))


def of_staged(work: Path, package: Staged) -> str | None:
    """The digest of a package that was fetched: a wheel (pip), or unpacked (uv)."""
    for path in sorted(work.rglob("*.whl")):
        name, version = path.name.split("-")[:2]
        if canonical(name) == package.key and version == package.version:
            return of_wheel(path)
    for folder in sorted(p for p in work.iterdir() if p.is_dir()):
        for distribution in importlib_metadata.distributions(path=[str(folder)]):
            if canonical(distribution.metadata["Name"]) == package.key:
                return of_distribution(distribution)
    return None
