"""Which plugins are installed: read from metadata and from the plugins folder, without running them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tutor.core.named import Named
from tutor.plugins import packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Kind = Literal["v0", "v1", "yaml", "file"]
#: Entry point groups of installed packages, by API version.
GROUPS: dict[str, Kind] = {"tutor.plugin.v0": "v0", "tutor.plugin.v1": "v1"}


class Installed(Named):
    """A plugin that could be enabled.

    Args:
        name: what `tutor plugins enable` takes.
        kind: ``v0`` and ``v1`` are entry points of a package; ``yaml`` and ``file`` (Python) lie in the
            plugins folder.
        version: of the package, or as the YAML file says.
        summary: one line about it.
        place: the package's name, or the path of the file.
        source: the entry point, or the path of the file.
    """

    name: str
    kind: Kind
    version: str | None
    summary: str
    place: str
    source: Any


#: Plugins that somebody made known to this process.
_made_known: list[Installed] = []


def make_known(plugin: Installed) -> None:
    """Count a plugin among the installed ones, in this process, also where it is not found."""
    _made_known.append(plugin)


def discover(plugins_root: Path) -> dict[str, list[Installed]]:
    """Installed plugins by name, in alphabetical order. Two with one name are both listed."""
    found: dict[str, list[Installed]] = {}
    for plugin in (*_from_packages(), *_from_folder(plugins_root)):
        found.setdefault(plugin.name, []).append(plugin)
    for plugin in _made_known:
        found.setdefault(plugin.name, [plugin])
    return dict(sorted(found.items()))


def not_read(installed: Mapping[str, list[Installed]]) -> list[str]:
    """What looks like a plugin and cannot be enabled: a sentence for each."""
    found = [
        f"Package {point.dist.metadata['Name'] if point.dist else point.value} has a plugin {point.name} "
        f"in the group {point.group} of entry points, which nobody reads: there are {' and '.join(GROUPS)}"
        for point in packages.others(GROUPS)
    ]
    for name, plugins in installed.items():
        if len(plugins) > 1:
            places = " and ".join(f"{plugin.place} {plugin.version or ''}".strip() for plugin in plugins)
            found.append(f"Two plugins have the name {name}, so neither can be enabled: {places}")
    return found


def _from_packages() -> Iterator[Installed]:
    seen = set()
    for point in packages.points(GROUPS):
        kind = GROUPS[point.group]
        distribution = point.dist
        package = distribution.metadata["Name"] if distribution else point.value
        # A package that is on the path twice is still one package.
        if (kind, point.name, package) in seen:
            continue
        seen.add((kind, point.name, package))
        yield installed_from(point, kind)


def installed_from(point: Any, kind: Kind) -> Installed:
    """The plugin that an entry point stands for. Nothing is imported.

    Args:
        point: `importlib.metadata.EntryPoint`, or what stands for it in `tutor.plugins.packages`.
        kind: of the plugin.
    """
    distribution: Any = point.dist
    return Installed(
        name=point.name,
        kind=kind,
        version=distribution.version if distribution else None,
        summary=_summary(distribution),
        place=distribution.metadata["Name"] if distribution else point.value,
        source=point,
    )


def _from_folder(folder: Path) -> Iterator[Installed]:
    try:
        paths = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError:
        return
    for path in paths:
        if path.suffix in (".yml", ".yaml") and path.is_file():
            yield _yaml_plugin(path)
        elif path.suffix == ".py" and path.is_file():
            yield Installed(path.stem, "file", None, "", str(path), path)


def _yaml_plugin(path: Path) -> Installed:
    from tutor.plugins import yaml_file

    name, version = path.stem, None
    try:
        content, _ = yaml_file.read(path.read_bytes())
    except (OSError, yaml_file.NotYamlError):
        content = None  # loading it says what is wrong; a list only needs a name
    if isinstance(content, dict):
        given = content.get("name")
        name = given if given and isinstance(given, str) else name
        version = str(content["version"]) if content.get("version") else None
    return Installed(name, "yaml", version, "", str(path), path)


def _summary(distribution: Any) -> str:
    if distribution is None or "Summary" not in distribution.metadata:
        return ""
    return str(distribution.metadata["Summary"])
