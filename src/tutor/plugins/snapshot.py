"""The files of some packages as they are now, to put them back if an installation fails."""

from __future__ import annotations

import contextlib
import importlib.metadata as importlib_metadata
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.plugins.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.plugins.staged import Staged


@dataclass(slots=True)
class Snapshot:
    """What a folder of packages holds of some of them.

    Args:
        folder: where packages are installed.
        scripts: where their commands are.
        names: the packages, by the name under which they are compared.
        backup: an empty folder, for copies.
    """

    folder: Path
    scripts: Path
    names: frozenset[str]
    backup: Path
    _kept: dict[Path, Path] = field(default_factory=dict)
    _absent: list[Path] = field(default_factory=list)

    def take(self, packages: Iterable[Staged]) -> None:
        """Copy the files of the packages that are there, and note which of the new ones are not."""
        self.backup.mkdir(parents=True, exist_ok=True)
        for path in self._present():
            copy = self.backup / str(len(self._kept))
            shutil.copy2(path, copy, follow_symlinks=False)
            self._kept[path] = copy
        for package in packages:
            paths = [self.folder / file for file in package.files if _is_inside(file)]
            paths += [self.scripts / name for name in package.scripts if _is_inside(name)]
            self._absent += [path for path in paths if not os.path.lexists(path)]

    def restore(self) -> None:
        """Put everything back: remove what was installed since, and copy what was there before."""
        for path in [*self._present(), *self._metadata(), *self._absent]:
            if path not in self._kept:
                self._remove(path)
        for path in self._kept:
            _remove_compiled(path)
        for path, copy in self._kept.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            shutil.copy2(copy, path, follow_symlinks=False)

    def _present(self) -> Iterator[Path]:
        """Existing files of the packages, as their own records say."""
        for distribution in importlib_metadata.distributions(path=[str(self.folder)]):
            name = distribution.metadata["Name"]
            if not name or canonical(name) not in self.names:
                continue
            for file in list(distribution.files or ()):
                path = Path(os.path.abspath(self.folder / str(file)))
                if path.is_file() or path.is_symlink():
                    yield path

    def _metadata(self) -> Iterator[Path]:
        """Files about the packages, also of one whose record was not written any more."""
        for info in self.folder.glob("*.dist-info"):
            if canonical(info.name.removesuffix(".dist-info").rpartition("-")[0]) in self.names:
                yield from (path for path in info.rglob("*") if not path.is_dir())

    def _remove(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()
        _remove_compiled(path)
        folder = path.parent
        while folder not in (self.folder, self.scripts) and folder.is_relative_to(self.folder):
            try:
                folder.rmdir()  # only when it is empty
            except OSError:
                break
            folder = folder.parent


def _remove_compiled(path: Path) -> None:
    """Remove what Python made of a module, and the folder of such files when it was the last one."""
    compiled = path.parent / "__pycache__"
    if path.suffix == ".py" and compiled.is_dir():
        for file in compiled.glob(f"{path.stem}.*.pyc"):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            compiled.rmdir()


def _is_inside(relative: str) -> bool:
    return not os.path.isabs(relative) and ".." not in Path(relative).parts
