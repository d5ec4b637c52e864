"""Plugins that are not installed: a file, or the folder in which one is developed.

Nothing of it is run here, except what only ``setup.py`` can tell, in a process of its own. What is written is
metadata, in a folder that the caller gives; the plugin's own folder stays as it is.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.exceptions import PluginError
from tutor.plugins.discovery import GROUPS, discover
from tutor.plugins.requirements import canonical, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutor.engines.run import Runner
    from tutor.plugins.checks import Finding

PLUGIN_FILES = (".py", ".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Checkout:
    """How to load plugins that are not installed.

    Args:
        names: the plugins.
        path: folders to put on Python's path.
        plugins_root: folder of plugins that are files.
        version: of the package.
        needs: installed plugins that the package requires.
        links: file of `plugins_root` → the user's.
    """

    names: tuple[str, ...]
    path: tuple[Path, ...] = ()
    plugins_root: Path | None = None
    version: str | None = None
    needs: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)

    def shown(self, finding: Finding) -> Finding:
        """The finding with the path of the user's file."""
        file = finding.file and self.links.get(finding.file, finding.file)
        return dataclasses.replace(finding, file=file)


def prepare(target: Path, work: Path, runner: Runner) -> Checkout:
    """Make the plugins of a file or a folder loadable.

    Args:
        target: the file, or the folder.
        work: an empty folder for what has to be written.
        runner: runs ``setup.py``.

    Raises:
        PluginError: there is no plugin.
    """
    target = Path(os.path.abspath(target))
    if target.is_file():
        return _files([target], work)
    metadata = _metadata(target, work, runner)
    if metadata is not None:
        return metadata
    files = [p for p in sorted(target.iterdir()) if p.suffix in PLUGIN_FILES and p.is_file()]
    if files and not any((target / name).exists() for name in ("pyproject.toml", "setup.cfg", "setup.py")):
        return _files(files, work)
    raise PluginError(
        f"There is no plugin in {target}",
        where=str(target),
        hint=f"declare an entry point of the group {' or '.join(GROUPS)}, in pyproject.toml",
    )


def _files(paths: list[Path], work: Path) -> Checkout:
    folder = work / "files"
    folder.mkdir()
    for path in paths:
        if path.suffix not in PLUGIN_FILES:
            raise PluginError(
                f"{path.name} is no plugin: expected a YAML file or a Python module",
                where=str(path),
                hint="tutor plugins check FOLDER",
            )
        (folder / path.name).symlink_to(path)
    links = {str(folder / path.name): str(path) for path in paths}
    return Checkout(tuple(_names(folder)), (), folder, links=links)


def _names(folder: Path) -> Iterator[str]:
    """Names of the plugins that are files of a folder."""
    for name, found in discover(folder).items():
        if any(plugin.kind in ("yaml", "file") for plugin in found):
            yield name


def _metadata(folder: Path, work: Path, runner: Runner) -> Checkout | None:
    """Metadata as an installer would write it, made from what the folder declares."""
    declared = _from_pyproject(folder) or _from_setuptools(folder, work, runner)
    if declared is None:
        return None
    name, version, requires, points = declared
    modules = [
        re.split(r"[.:\s\[]", target.strip())[0] for group in points.values() for target in group.values()
    ]
    if not modules:
        return None
    # Named as an installer would: it takes the place of the same package where that is installed.
    info = work / "metadata" / f"{canonical(name).replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    header = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    header += [f"Requires-Dist: {line}" for line in requires]
    (info / "METADATA").write_text("\n".join(header) + "\n")
    (info / "entry_points.txt").write_text(
        "\n".join(
            line
            for group, items in points.items()
            for line in (f"[{group}]", *(f"{key} = {target}" for key, target in items.items()), "")
        )
    )
    names = tuple(name for group in GROUPS for name in points.get(group, {}))
    needs = tuple(dict.fromkeys(_needed(requires)))
    return Checkout(names, (info.parent, *_roots(folder, modules)), version=version, needs=needs)


def _needed(requires: list[str]) -> Iterator[str]:
    """Installed plugins that the package requires, each after those that it requires itself."""
    wanted = {name_of(line) for line in requires}
    for name, found in discover(Path(os.devnull)).items():
        if any(plugin.kind in ("v0", "v1") and canonical(plugin.place) in wanted for plugin in found):
            yield from _needed(list(found[0].source.dist.requires or ()))
            yield name


_Declared = tuple[str, str, list[str], dict[str, dict[str, str]]]


def _from_pyproject(folder: Path) -> _Declared | None:
    """What the standard tables say, or Poetry's; ``None`` where they declare no plugin."""
    content = _toml(folder / "pyproject.toml")
    project = content.get("project") or {}
    poetry = (content.get("tool") or {}).get("poetry") or {}
    points = project.get("entry-points") or poetry.get("plugins") or {}
    points = {group: dict(items) for group, items in points.items() if group in GROUPS}
    if not points:
        return None
    name = project.get("name") or poetry.get("name") or folder.name
    version = project.get("version") or poetry.get("version") or _written_version(folder) or "0"
    return str(name), str(version), [str(line) for line in project.get("dependencies") or ()], points


def _toml(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PluginError(
            f"{path.name} cannot be read: {error}", where=str(path), hint="correct it"
        ) from None
    return content


def _written_version(folder: Path) -> str | None:
    """The version that an ``__about__.py`` has, where the project file says that it is somewhere else."""
    for path in sorted(folder.rglob("__about__.py")):
        found = re.search(
            r"""^__version__\s*=\s*["']([^"']+)""", path.read_text(errors="replace"), re.MULTILINE
        )
        if found:
            return found[1]
    return None


def _from_setuptools(folder: Path, work: Path, runner: Runner) -> _Declared | None:
    """What setuptools makes of ``setup.py`` and ``setup.cfg``. That runs them."""
    from email.parser import HeaderParser
    from importlib import metadata

    if not any((folder / name).is_file() for name in ("setup.py", "setup.cfg")):
        return None
    base = work / "egg"
    # On a copy, without what is large: setup scripts write where they are.
    copy = work / "copy"
    shutil.copytree(
        folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules", ".venv", ".tox")
    )
    base.mkdir()
    if not (copy / "setup.py").is_file():
        (copy / "setup.py").write_text("from setuptools import setup\nsetup()\n")
    script = (
        "import os, runpy, sys; os.chdir(sys.argv.pop(1)); runpy.run_path('setup.py', run_name='__main__')"
    )
    argv = [sys.executable, "-c", script, str(copy), "--quiet", "egg_info", "--egg-base", str(base)]
    result = runner.capture(argv, environment={"PYTHONWARNINGS": "ignore"})
    found = next(base.glob("*.egg-info"), None)
    if result.code or found is None:
        raise PluginError(
            f"setup.py does not say what is in the package: {result.reason}",
            where=str(folder / "setup.py"),
            hint="python setup.py egg_info",
        )
    distribution = metadata.PathDistribution(found)
    header = HeaderParser().parsestr((found / "PKG-INFO").read_text())
    points: dict[str, dict[str, str]] = {}
    for point in distribution.entry_points:
        if point.group in GROUPS:
            points.setdefault(point.group, {})[point.name] = point.value
    return (header["Name"], header["Version"], list(distribution.requires or ()), points) if points else None


def _roots(folder: Path, modules: list[str]) -> Iterator[Path]:
    """Folders in which the modules lie: the project's, `src`, or another one directly below."""
    below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    for root in (folder, folder / "src", *below):
        if any((root / module).is_dir() or (root / f"{module}.py").is_file() for module in modules):
            yield root
            return
    raise PluginError(
        f"There is no module {modules[0]} in {folder}", where=str(folder), hint="correct the entry point"
    )
