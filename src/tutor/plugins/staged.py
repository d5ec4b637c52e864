"""Packages that were fetched and are not installed yet: what they are, and which of them are needed."""

from __future__ import annotations

import importlib.metadata as importlib_metadata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.plugins.discovery import GROUPS
from tutor.plugins.requirements import OURS, applying, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.metadata import Distribution

    from packaging.requirements import Requirement

    from tutor.plugins.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Staged:
    """A package that can be installed.

    Args:
        name: as its author writes it.
        version: of the package.
        requires: its requirements, as in its metadata.
        plugins: (kind, name) of the plugins in it.
        files: paths that it installs, relative to the folder of packages.
        scripts: names of the commands that it installs.
        wanted: what the user asked for and this is the answer to; ``None`` for what that requires.
    """

    name: str
    version: str
    requires: tuple[str, ...]
    plugins: tuple[tuple[str, str], ...]
    files: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    wanted: Wanted | None = None

    @property
    def key(self) -> str:
        """The name as names are compared."""
        return canonical(self.name)

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"

    @property
    def arguments(self) -> list[str]:
        """For the installer: exactly this version, or the very file, folder or URL that the user named."""
        if self.wanted is not None and self.wanted.direct:
            return self.wanted.arguments
        return [f"{self.name}=={self.version}"]

    @property
    def is_guest(self) -> bool:
        """Whether it is for tutor: then what it requires of tutor is left out when it is installed."""
        return bool(self.plugins) or any(canonical(r.name) in OURS for r in self.applying())

    def applying(self) -> list[Requirement]:
        """Its requirements that apply here, with the extras that were asked for."""
        return applying(self.requires, self.wanted.extras if self.wanted else ())


def describe(distribution: Distribution, wanted: Wanted | None = None) -> Staged:
    """Read the metadata of a package that is not installed: of an unpacked one, or of a wheel."""
    points = list(distribution.entry_points)
    return Staged(
        name=distribution.metadata["Name"],
        version=distribution.version,
        requires=tuple(distribution.requires or ()),
        plugins=tuple((GROUPS[p.group], p.name) for p in points if p.group in GROUPS),
        files=tuple(str(path) for path in distribution.files or ()),
        scripts=tuple(p.name for p in points if p.group in ("console_scripts", "gui_scripts")),
        wanted=wanted,
    )


def installed_packages() -> dict[str, Distribution]:
    """The packages of the environment in which we run, by name. The first on the path counts."""
    found: dict[str, Distribution] = {}
    for distribution in importlib_metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(canonical(name), distribution)
    return found


def needed(staged: Mapping[str, Staged], installed: Mapping[str, Distribution]) -> list[Staged]:
    """The packages to install: those that were asked for, and what they require and is not there yet."""
    chosen: dict[str, Staged] = {}
    waiting = [package for package in staged.values() if package.wanted is not None]
    while waiting:
        package = waiting.pop(0)
        if package.key in chosen:
            continue
        chosen[package.key] = package
        for requirement in package.applying():
            name = canonical(requirement.name)
            if name in staged and name not in OURS and not satisfied(requirement, installed):
                waiting.append(staged[name])
    return list(chosen.values())


def satisfied(
    requirement: Requirement, installed: Mapping[str, Distribution], seen: frozenset[str] = frozenset()
) -> bool:
    """Whether a requirement is met by what is installed, and what that requires is too. Tutor is left out."""
    name = canonical(requirement.name)
    if name in OURS or name in seen:
        return True
    distribution = installed.get(name)
    if distribution is None or not requirement.specifier.contains(distribution.version, prereleases=True):
        return False
    return all(
        satisfied(inner, installed, seen | {name})
        for inner in applying(distribution.requires, requirement.extras)
    )


def conflicts(chosen: Iterable[Staged], installed: Mapping[str, Distribution]) -> Iterator[str]:
    """Requirements that would be broken by installing packages, and are not broken now. Tutor's own count."""
    new = {package.key: package for package in chosen}
    everything = {
        name: (distribution.metadata["Name"], distribution.version, applying(distribution.requires))
        for name, distribution in installed.items()
        if name not in new
    } | {name: (package.name, package.version, package.applying()) for name, package in new.items()}
    for name, (title, version, requirements) in everything.items():
        for requirement in requirements:
            other = new.get(canonical(requirement.name))
            if other is None or other.key in OURS or _fits(requirement, other.version):
                continue
            before = installed.get(other.key)
            if name not in new and before is not None and not _fits(requirement, before.version):
                continue  # as wrong as it was
            yield f"{title} {version} requires {requirement.name}{requirement.specifier}, not {other.title}"


def _fits(requirement: Requirement, version: str) -> bool:
    return requirement.specifier.contains(version, prereleases=True)
