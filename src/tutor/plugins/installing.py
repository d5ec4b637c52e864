"""Installing, upgrading and uninstalling packages of plugins: checked whole before, all or nothing."""

from __future__ import annotations

import contextlib
import importlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from tutor.__about__ import __version__
from tutor.exceptions import PluginError
from tutor.plugins.requirements import OURS, canonical, needed_by, pin
from tutor.plugins.snapshot import Snapshot
from tutor.plugins.staged import Staged, conflicts, installed_packages, needed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from importlib.metadata import Distribution

    from tutor.plugins.discovery import Installed
    from tutor.plugins.indexes import IndexEntry
    from tutor.plugins.installers import Installer, Place
    from tutor.plugins.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Installation:
    """What is about to be installed.

    Args:
        packages: all of them, those that were asked for first.
        before: versions that they replace, by package.
        notes: what the user should know about them.
        work: folder with what was fetched.
    """

    packages: tuple[Staged, ...]
    before: Mapping[str, str]
    notes: tuple[str, ...]
    work: Path

    @property
    def plugins(self) -> list[str]:
        """Names of the plugins in the packages."""
        return [name for package in self.packages for _, name in package.plugins]


@contextlib.contextmanager
def prepared(
    wanted: Sequence[Wanted],
    installer: Installer,
    installed: Mapping[str, list[Installed]],
    *,
    force: bool = False,
    again: Collection[str] = (),
) -> Iterator[Installation]:
    """Fetch what is wanted and check it; for the length of the block. Nothing is installed.

    Args:
        wanted: what to install.
        installer: fetches it.
        installed: plugins by name.
        force: also what is made for a newer tutor.
        again: packages that are installed also where that version is there.

    Raises:
        PluginError: something cannot be fetched, is no plugin, or does not go with what is there.
    """
    with tempfile.TemporaryDirectory(prefix="tutor-fetched-") as folder:
        staged = installer.stage(wanted, Path(folder))
        packages = installed_packages()
        chosen = [p for p in needed(staged, packages) if p.key in again or not _is_there(p, packages)]
        _check(chosen, installed, force=force)
        for conflict in conflicts(chosen, packages):
            raise PluginError(
                f"Nothing was installed, because it would break what is there: {conflict}",
                where="requirements of packages",
                hint="choose another version: tutor plugins install 'PACKAGE<VERSION'",
            )
        before = {p.key: packages[p.key].version for p in chosen if p.key in packages}
        yield Installation(tuple(chosen), before, tuple(_notes(chosen)), Path(folder))


def _is_there(package: Staged, installed: Mapping[str, Distribution]) -> bool:
    """Whether that version is installed. A file, a folder or a URL may hold another one of that number."""
    direct = package.wanted is not None and package.wanted.direct
    there = installed.get(package.key)
    return not direct and there is not None and there.version == package.version and not origin_of(there)


def _check(chosen: Iterable[Staged], installed: Mapping[str, list[Installed]], *, force: bool) -> None:
    owners: dict[str, str] = {}
    for package in chosen:
        if package.wanted is not None and package.key in OURS:
            raise PluginError(
                f"{package.wanted.label} is not a plugin but tutor itself; nothing was installed",
                where=f"package {package.title}",
                hint="pip install --upgrade tutor",
            )
        if package.wanted is not None and not package.plugins:
            raise PluginError(
                f"{package.wanted.label} is not a plugin: it has no entry point of the group tutor.plugin.v1 "
                "or tutor.plugin.v0; nothing was installed",
                where=f"package {package.title}",
                hint="tutor plugins search",
            )
        _check_version(package, force=force)
        for _, name in package.plugins:
            others = [p.place for p in installed.get(name, ()) if canonical(p.place) != package.key]
            other = owners.setdefault(name, package.name)
            if other != package.name:
                others.append(other)
            if others:
                raise PluginError(
                    f"Two plugins would have the name {name}: that of {others[0]} and that of "
                    f"{package.title}; nothing was installed",
                    where=f"package {package.title}",
                    hint=f"tutor plugins uninstall {others[0]}, or install only one of them",
                )


def _check_version(package: Staged, *, force: bool) -> None:
    demand = pin(package.requires)
    if demand is None or not demand.newer or force:
        return
    older = f"{package.name}<{int(__version__.split('.')[0]) + 1}"
    raise PluginError(
        f"{package.title} is made for a newer tutor: it requires {demand.text}, this is {__version__}; "
        f"nothing was installed",
        where=f"package {package.title}",
        hint=f"an older version: tutor plugins install '{older}', or all the same: --force",
    )


def _notes(chosen: Iterable[Staged]) -> Iterator[str]:
    for package in chosen:
        demand = pin(package.requires)
        others = [r.name for r in package.applying() if canonical(r.name) == "tutor-openedx"]
        if demand is not None and not demand.fits:
            yield f"{package.title} requires {demand.text}; this is {__version__}, and is left as it is"
        elif others:
            yield (
                f"{package.title} requires tutor-openedx, which tutor was called before API v1; "
                "it is left out"
            )


def install(installation: Installation, installer: Installer, place: Place) -> None:
    """Install what was prepared, all or nothing.

    Raises:
        PluginError: the installer failed; everything is as it was.
    """
    names = frozenset(package.key for package in installation.packages)
    snapshot = Snapshot(place.folder, place.scripts, names, installation.work / "before")
    snapshot.take(installation.packages)
    ours = _version_of_tutor()
    try:
        installer.install(installation.packages, installation.work)
        importlib.invalidate_caches()
        _verify(installation, ours)
    except BaseException:
        snapshot.restore()
        importlib.invalidate_caches()
        raise


def _verify(installation: Installation, ours: str | None) -> None:
    packages = installed_packages()
    for package in installation.packages:
        there = packages.get(package.key)
        if there is None or there.version != package.version:
            found = f"finds {there.version}" if there else "does not find it"
            raise PluginError(
                f"{package.title} was installed, but Python {found}; it was removed again",
                where=f"package {package.title}",
                hint="python -m pip debug, and look for another folder with that package on the path",
            )
    if _version_of_tutor() != ours:
        raise PluginError("The installer touched tutor itself; everything was put back", where="installer")


def _version_of_tutor() -> str | None:
    found = installed_packages().get("tutor")
    return found.version if found else None


def origin_of(distribution: Distribution) -> str | None:
    """The folder, file or URL that a package was installed from; ``None`` for the registry."""
    text = distribution.read_text("direct_url.json")
    try:
        return str(json.loads(text)["url"]) if text else None
    except (ValueError, KeyError, TypeError):
        return None


def to_upgrade(
    names: Iterable[str], installed: Mapping[str, list[Installed]], entries: Iterable[IndexEntry]
) -> tuple[list[Wanted], list[str]]:
    """What to fetch to upgrade plugins: their index entry, or the package of the same name.

    Args:
        names: of plugins or packages, or ``all``.
        installed: plugins by name.
        entries: of the indexes.

    Returns:
        What to install, and a sentence for each plugin that cannot be upgraded.

    Raises:
        PluginError: there is no such plugin.
    """
    from tutor.plugins.indexes import find_entry, to_install
    from tutor.plugins.wanted import parse

    entries = list(entries)
    names = list(dict.fromkeys(names))
    chosen = all_packages(installed) if names == ["all"] else [p for n in names for p in named(n, installed)]
    wanted, left = [], []
    for plugin in {canonical(p.place): p for p in chosen}.values():
        if plugin.kind not in ("v0", "v1"):
            left.append(f"{plugin.name} is a file, which is not upgraded: {plugin.place}")
            continue
        entry = find_entry(plugin.name, entries)
        origin = origin_of(plugin.source.dist)
        if origin is not None:
            left.append(f"{plugin.place} was installed from {origin}, and is not upgraded")
            continue
        requirement = parse(to_install(entry).src, label=plugin.name) if entry else parse(plugin.place)
        # An index may have another package of that name: the one that is there is upgraded.
        if requirement.package != canonical(plugin.place):
            requirement = parse(plugin.place, label=plugin.name)
        wanted.append(requirement)
    return wanted, left


def all_packages(installed: Mapping[str, list[Installed]]) -> list[Installed]:
    """The installed plugins that are in packages."""
    return [p for found in installed.values() for p in found if p.kind in ("v0", "v1")]


def named(name: str, installed: Mapping[str, list[Installed]]) -> list[Installed]:
    """The plugins that a plugin's or a package's name stands for.

    Raises:
        PluginError: there are none.
    """
    from tutor.config.userfile import nearest

    found = installed.get(name) or [
        plugin for plugin in all_packages(installed) if canonical(plugin.place) == canonical(name)
    ]
    if not found:
        near = nearest(name, installed)
        raise PluginError(
            f"Plugin {name} is not installed" + (f"; did you mean {near}?" if near else ""),
            where="command line",
            hint="tutor plugins list",
        )
    return found


def to_uninstall(
    names: Iterable[str], installed: Mapping[str, list[Installed]], enabled: Sequence[str]
) -> list[str]:
    """The packages to remove, so that plugins are gone.

    Args:
        names: of plugins or packages.
        installed: plugins by name.
        enabled: plugins that must go on working.

    Raises:
        PluginError: one is enabled, is required by an enabled plugin, or is not in a package.
    """
    packages: dict[str, str] = {}
    for plugin in (plugin for name in names for plugin in named(name, installed)):
        if plugin.kind not in ("v0", "v1"):
            raise PluginError(
                f"Plugin {plugin.name} is a file, not a package",
                where=plugin.place,
                hint=f"rm {quote(str(plugin.place))}",
            )
        packages[canonical(plugin.place)] = plugin.place
    for key, package in packages.items():
        own = [p.name for p in all_packages(installed) if canonical(p.place) == key]
        in_use = [name for name in own if name in enabled]
        if in_use:
            raise PluginError(
                f"{package} is not uninstalled, because {_plugins(in_use)} enabled",
                where="config.yml, setting PLUGINS",
                hint=f"tutor plugins disable {' '.join(in_use)}",
            )
        users = [name for name in needed_by(package, enabled, installed) if name not in own]
        if users:
            raise PluginError(
                f"{package} is not uninstalled, because {_plugins(users)} enabled and requires it",
                where=f"requirements of the package of plugin {users[0]}",
                hint=f"tutor plugins disable {' '.join(users)}",
            )
    return list(packages.values())


def _plugins(names: Sequence[str]) -> str:
    return f"plugin {names[0]} is" if len(names) == 1 else f"plugins {' and '.join(names)} are"
