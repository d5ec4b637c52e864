"""``plugins.lock``: exactly which plugins a project runs with, made for review under version control."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml

from tutor import serialize
from tutor.exceptions import PluginError
from tutor.plugins.digest import of_distribution, of_file
from tutor.plugins.installing import origin_of
from tutor.plugins.requirements import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tutor.plugins.discovery import Installed

FILENAME = "plugins.lock"
FORMAT_VERSION = 1
#: The source of a package that an index, the registry, has.
INDEX = "index"
_HEADER = """\
# The plugins of this project, made by: tutor plugins lock
# To make a machine equal to it: tutor plugins sync. Keep this file under version control.
"""


@dataclass(frozen=True, slots=True, order=True)
class Locked:
    """One plugin.

    Args:
        name: as it is enabled.
        package: the package that it is in; ``None`` for a file in the folder of plugins.
        version: of the package, or as the file says.
        source: ``index``, the URL that it was installed from, or the name of the file.
        sha256: its digest; ``None`` where it is run from the folder in which it is developed.
    """

    name: str
    package: str | None
    version: str | None
    source: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Lock:
    """What the file holds.

    Args:
        plugins: in order of their names.
        images: name of an image → digest, where the engine knew it.
    """

    plugins: tuple[Locked, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)

    def serialized(self) -> bytes:
        """The file, byte for byte the same for the same content."""
        plugins = [
            {key: value for key, value in _entry(plugin).items() if value is not None}
            for plugin in sorted(self.plugins, key=lambda plugin: plugin.name)
        ]
        content: dict[str, Any] = {"format_version": FORMAT_VERSION, "plugins": plugins}
        if self.images:
            content["images"] = dict(sorted(self.images.items()))
        text = yaml.dump(content, sort_keys=False, default_flow_style=False, allow_unicode=True, width=10**6)
        return (_HEADER + text).encode()


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as the file says.

    Args:
        kind: what makes it equal; ``unknown`` where only the user can.
        name: of the plugin.
        have: version, or digest, that is there.
        want: the one in the file.
        locked: the entry in the file, unless the plugin is to go.
    """

    kind: Literal["install", "change", "reinstall", "uninstall", "unknown"]
    name: str
    have: str | None
    want: str | None
    locked: Locked | None = None

    @property
    def message(self) -> str:
        """One line."""
        version = self.locked.version if self.locked else None
        digests = f"its digest is {_short(self.have)}, not {_short(self.want)}"
        text = {
            "install": f"{self.name} {self.want or ''} is not installed",
            "change": f"{self.name} is {self.have}, not {self.want}",
            "reinstall": f"{self.name} {version or ''} is not the one of {FILENAME}: {digests}",
            "uninstall": f"{self.name} {self.have or ''} is installed, and not in {FILENAME}",
            "unknown": self._about_a_file(digests),
        }
        return text[self.kind].replace("  ", " ")

    def _about_a_file(self, digests: str) -> str:
        if self.want is None:
            return f"{self.name} is a file that is not in {FILENAME}"
        if self.have is None:
            return f"{self.name} is a file of {FILENAME}, and is not there"
        return f"{self.name} is a file, and not the one of {FILENAME}: {digests}"


def now(installed: Mapping[str, list[Installed]]) -> tuple[Locked, ...]:
    """The plugins that are installed, as they would be locked."""
    return tuple(
        sorted(map(_locked, (p for found in installed.values() for p in found)), key=lambda p: p.name)
    )


def read(root: Path) -> Lock:
    """The file of a project.

    Raises:
        PluginError: there is none, or it is broken.
    """
    path = root / FILENAME
    try:
        content = serialize.load(path.read_bytes())
    except FileNotFoundError:
        raise PluginError(f"There is no {FILENAME}", where=str(path), hint="tutor plugins lock") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _broken(path, str(getattr(error, "problem", None) or error)) from None
    if not isinstance(content, dict) or not isinstance(content.get("plugins"), list):
        raise _broken(path, "expected a list of plugins")
    if content.get("format_version") != FORMAT_VERSION:
        raise _broken(
            path, f"its format is {content.get('format_version')}, this tutor reads {FORMAT_VERSION}"
        )
    images = content.get("images") or {}
    if not isinstance(images, dict) or not all(isinstance(v, str) for pair in images.items() for v in pair):
        raise _broken(path, "expected digests of images by name")
    return Lock(tuple(_read_entry(path, entry) for entry in content["plugins"]), images)


def differences(lock: Lock, installed: Mapping[str, list[Installed]]) -> Iterator[Difference]:
    """What is not as the file says, in order of names."""
    there = {plugin.name: plugin for plugin in now(installed)}
    wanted = {plugin.name: plugin for plugin in lock.plugins}
    for name in sorted({*there, *wanted}):
        have, want = there.get(name), wanted.get(name)
        if want is None and have is not None:
            kind: Literal["unknown", "uninstall"] = "uninstall" if have.package else "unknown"
            yield Difference(kind, name, have.version if have.package else have.sha256, None)
        elif want is not None and have is None:
            yield Difference(
                "install" if want.package else "unknown", name, None, want.version or want.sha256, want
            )
        elif want is not None and have is not None:
            yield from _compare(have, want)


def _compare(have: Locked, want: Locked) -> Iterator[Difference]:
    if (have.package is None) != (want.package is None):
        yield Difference("unknown", want.name, have.source, want.source, want)
    elif want.package is None:
        if have.sha256 != want.sha256:
            yield Difference("unknown", want.name, have.sha256, want.sha256, want)
    elif have.version != want.version or canonical(have.package or "") != canonical(want.package):
        yield Difference("change", want.name, have.version, want.version, want)
    elif have.sha256 != want.sha256:
        yield Difference("reinstall", want.name, have.sha256, want.sha256, want)


def _locked(plugin: Installed) -> Locked:
    if plugin.kind in ("yaml", "file"):
        path = Path(plugin.source)
        return Locked(plugin.name, None, plugin.version, path.name, of_file(path))
    distribution = plugin.source.dist
    source = origin_of(distribution) or INDEX
    return Locked(plugin.name, plugin.place, plugin.version, source, of_distribution(distribution))


def _entry(plugin: Locked) -> dict[str, str | None]:
    return {
        "name": plugin.name,
        "package": plugin.package,
        "version": plugin.version,
        "source": plugin.source,
        "sha256": plugin.sha256,
    }


def _read_entry(path: Path, entry: Any) -> Locked:
    if not isinstance(entry, dict):
        raise _broken(path, "expected plugins with a name")
    values: dict[str, Any] = {
        key: entry.get(key) for key in ("name", "package", "version", "source", "sha256")
    }
    name = values["name"] if isinstance(values["name"], str) else "?"
    for key, value in values.items():
        if value is None and key not in ("name", "source"):
            continue
        if not isinstance(value, str):
            raise _broken(path, f"{key} of plugin {name} must be a text")
    if values["sha256"] is not None and (
        len(values["sha256"]) != 64 or set(values["sha256"]) - set("0123456789abcdef")
    ):
        raise _broken(path, f"sha256 of plugin {name} is no SHA-256")
    return Locked(**values)


def _broken(path: Path, problem: str) -> PluginError:
    return PluginError(
        f"{FILENAME} is broken: {problem}", where=str(path), hint="git checkout it, or: tutor plugins lock"
    )


def _short(digest: str | None) -> str:
    return digest[:12] if digest else "none"


def requirement(locked: Locked) -> str:
    """What an installer is asked for: this version from the index, or the URL."""
    if locked.source == INDEX:
        return f"{locked.package}=={locked.version}"
    return locked.source


def packages(found: Iterable[Difference]) -> list[str]:
    """Plugins whose package is to go."""
    return [difference.name for difference in found if difference.kind == "uninstall"]
