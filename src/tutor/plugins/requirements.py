"""What packages of plugins require: of tutor, of other plugins. Read from metadata, no plugin is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.__about__ import __version__
from tutor.core.named import Named
from tutor.exceptions import PluginError
from tutor.plugins.packages import Package

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from packaging.requirements import Requirement

    from tutor.plugins.discovery import Installed

#: The packages that tutor is, or was (2019-2022), published as. No plugin gets to replace them.
OURS = frozenset(("tutor", "tutor-openedx"))
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


class Pin(Named):
    """What a package requires of tutor.

    Args:
        text: the requirement, such as ``tutor<22,>=21``.
        fits: whether this version is in it.
        newer: whether it asks for a version that is newer than this one, whose interface we may not have.
    """

    text: str
    fits: bool
    newer: bool


def canonical(name: str) -> str:
    """A package's name as it is compared: ``Tutor_MyApp`` and ``tutor-myapp`` are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(line: str) -> str:
    """The package that a requirement names, empty when it names none. Cheap."""
    found = _NAME.match(line)
    return canonical(found[1]) if found else ""


def applying(lines: Iterable[str] | None, extras: Iterable[str] = ()) -> list[Requirement]:
    """The requirements that apply on this machine. Lines that are not readable are left out."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in lines or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            found.append(requirement)
    return found


def pin(lines: Iterable[str] | None) -> Pin | None:
    """What is required of tutor, if anything is. ``tutor-openedx`` is no pin: plugins of API v0 run here."""
    ours = [line for line in lines or () if name_of(line) == "tutor"]
    if not ours:
        return None
    simple = _simple_pin(ours)
    if simple is not None:
        return simple
    requirements = [r for r in applying(ours) if r.specifier]
    if not requirements:
        return None
    specifiers = [s for r in requirements for s in r.specifier]
    text = "tutor" + ",".join(sorted((str(s) for s in specifiers), reverse=True))
    excluding = [s for s in specifiers if not s.contains(__version__, prereleases=True)]
    return Pin(text, not excluding, any(_asks_for_newer(s.operator, s.version) for s in excluding))


_SIMPLE = re.compile(r"\s*tutor\s*\(?((?:[<>]=?\s*[0-9.]+\s*,?\s*)+)\)?\s*", re.IGNORECASE)
_BOUND = re.compile(r"([<>]=?)\s*(\d+(?:\.\d+)*)")


def _simple_pin(lines: list[str]) -> Pin | None:
    """The pin of one requirement such as ``tutor<23,>=22.0``, as almost all are; ``None`` for another.

    The package that reads every requirement takes longer to import than the command that asks.
    """
    found = _SIMPLE.fullmatch(lines[0]) if len(lines) == 1 else None
    here = _release(__version__)
    if found is None or here is None:
        return None
    fits, newer, texts = True, False, []
    for operator, version in _BOUND.findall(found[1]):
        bound = _release(version) or ()
        texts.append(operator + version)
        inside = {">=": here >= bound, ">": here > bound, "<=": here <= bound, "<": here < bound}[operator]
        fits = fits and inside
        newer = newer or (not inside and operator[0] == ">")
    return Pin("tutor" + ",".join(sorted(texts, reverse=True)), fits, newer)


def _release(version: str) -> tuple[int, ...] | None:
    """The numbers of a version, to be compared: 22.0 is 22. ``None`` where there is more than numbers."""
    parts = version.split(".")
    if not all(part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _asks_for_newer(operator: str, version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version.removesuffix(".*"))
    except InvalidVersion:
        return False
    return operator in (">=", ">", "==", "===", "~=") and wanted >= Version(__version__)


def pin_of(plugin: Installed) -> Pin | None:
    """What an installed plugin's package requires of tutor."""
    return pin(_lines(plugin))


def providers(installed: Mapping[str, list[Installed]]) -> dict[str, list[str]]:
    """The plugins in each package that has some."""
    packages: dict[str, list[str]] = {}
    for name, found in installed.items():
        for other in found:
            if other.kind in ("v0", "v1"):
                packages.setdefault(canonical(other.place), []).append(name)
    return packages


def needs(
    plugin: Installed,
    installed: Mapping[str, list[Installed]],
    packages: Mapping[str, list[str]] | None = None,
) -> list[list[str]]:
    """The installed plugins that a plugin needs, by package: each inner list is what one package provides.

    Args:
        plugin: the one that needs others.
        installed: plugins by name.
        packages: their `providers`, when they are known already.
    """
    own = canonical(plugin.place)
    packages = providers(installed) if packages is None else packages
    lines = [line for line in _lines(plugin) if name_of(line) in packages and name_of(line) != own]
    if any(";" in line for line in lines):  # only then something has to be evaluated
        return [packages[canonical(requirement.name)] for requirement in applying(lines)]
    return [packages[name] for name in dict.fromkeys(map(name_of, lines))]


def check_enabling(names: Iterable[str], installed: Mapping[str, list[Installed]]) -> None:
    """Check what plugins require of tutor before they are enabled.

    Args:
        names: plugins to enable.
        installed: plugins by name.

    Raises:
        PluginError: a newer tutor is required.
    """
    for name in names:
        for plugin in installed.get(name, ()):
            demand = pin_of(plugin)
            if demand is not None and demand.newer:
                raise PluginError(
                    f"Plugin {name} is made for a newer tutor: it requires {demand.text}, "
                    f"this is {__version__}",
                    where=f"package {plugin.place} {plugin.version or ''}".rstrip(),
                    hint=f"tutor plugins enable --force {name}, to try it all the same",
                )


def missing(
    plugin: Installed,
    enabled: Collection[str],
    installed: Mapping[str, list[Installed]],
    packages: Mapping[str, list[str]] | None = None,
) -> list[list[str]]:
    """What a plugin needs, and is not enabled.

    Args:
        plugin: the one that needs others.
        enabled: names of plugins.
        installed: plugins by name.
        packages: their `providers`, when they are known already.
    """
    needed = needs(plugin, installed, packages)
    return [choices for choices in needed if not any(c in enabled for c in choices)]


def needed_by(package: str, names: Iterable[str], installed: Mapping[str, list[Installed]]) -> list[str]:
    """Those of some plugins whose package requires a package."""
    wanted = canonical(package)
    return [
        name
        for name in names
        for plugin in installed.get(name, ())
        if any(
            canonical(r.name) == wanted
            for r in applying(line for line in _lines(plugin) if name_of(line) == wanted)
        )
    ]


def _lines(plugin: Installed) -> list[str]:
    distribution = plugin.source.dist if plugin.kind in ("v0", "v1") else None
    if distribution is None:
        return []
    if isinstance(distribution, Package):
        return distribution.requires
    text = distribution.read_text("METADATA")
    if text is None:  # an old format
        return list(distribution.requires or ())
    # Every command asks for this: the parser of the standard library takes ten times as long.
    header = text.partition("\n\n")[0]
    key = "Requires-Dist:"
    return [line[len(key) :].strip() for line in header.splitlines() if line.startswith(key)]
