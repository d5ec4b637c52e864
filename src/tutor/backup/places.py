"""Which data there is, and how each is kept: read from the Compose files, and from what plugins declare."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.backup import databases
from tutor.backup.treatment import Treatment, declared
from tutor.core.hooks import CORE
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.project import Project

#: Folder in the project's root below which containers keep their data.
DATA = "data"
#: Services that go on while their files are copied: what they write, they write beside and rename, or append.
_LIVE = frozenset(("lms", "cms", "lms-worker", "cms-worker", "caddy", "permissions"))


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or a volume with data.

    Args:
        name: what archives call it: ``data/mysql``, or ``volumes/NAME`` for a volume that the Compose files
            call so.
        source: what is mounted into a container: an absolute path, or the full name of a volume.
    """

    name: str
    source: str

    @property
    def is_volume(self) -> bool:
        """Whether it is a volume of the engine."""
        return not self.source.startswith("/")


@dataclass(frozen=True, slots=True)
class Item:
    """Something to back up.

    Args:
        name: what archives call it.
        treatment: how it is kept.
        place: where the engine has it; ``None`` for data outside, which can only be dumped.
        services: those that write to it.
    """

    name: str
    treatment: Treatment
    place: Place | None = None
    services: tuple[str, ...] = ()

    @property
    def paused(self) -> tuple[str, ...]:
        """Services that are halted while their files are copied."""
        return () if self.treatment.live else tuple(s for s in self.services if s not in _LIVE)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All data of a platform.

    Args:
        items: what is backed up.
        left_out: what is not, each with the reason.
    """

    items: tuple[Item, ...]
    left_out: tuple[str, ...] = ()

    def item(self, name: str) -> Item | None:
        """The item that archives call so, if there is one."""
        return next((item for item in self.items if item.name == name), None)


@dataclass(slots=True)
class _Found:
    """A place, and who writes to it."""

    place: Place
    services: list[str] = field(default_factory=list)


def inventory(project: Project, content: dict[str, Any]) -> Inventory:
    """Find the data of a platform.

    Args:
        project: opened.
        content: the Compose project as Compose understands it, jobs included.

    Raises:
        PluginError: what a plugin declares makes no sense.
        RenderError: a script that it declares cannot be rendered.
    """
    found = _mounted(project.root, content)
    treatments = {name: Treatment() for name in found}
    core, left_out = databases.core_treatments(project.values)
    treatments.update(core)
    for (name, how), origin in Filters.BACKUP_DATA.collect():
        treatments[_name(name, found)] = declared(project.renderer, name, how, origin)
    items = []
    for name, treatment in treatments.items():
        if treatment.skip:
            who = "the core" if treatment.origin == CORE else f"plugin {treatment.origin.plugin}"
            left_out.append(f"{name}: {who} says that it need not be kept")
        elif name in found or treatment.dump is not None:
            known = found.get(name)
            place, services = (known.place, tuple(known.services)) if known else (None, ())
            items.append(Item(name, treatment, place, services))
        else:
            left_out.append(f"{name}: no service has it ({treatment.origin})")
    return Inventory(tuple(sorted(items, key=_order)), tuple(left_out))


def _order(item: Item) -> tuple[bool, str]:
    """Dumps come last: when they are restored, their services start, with all files in place."""
    return item.treatment.dump is not None, item.name


def _mounted(root: Path, content: dict[str, Any]) -> dict[str, _Found]:
    """Named volumes, and folders below the project's data, by name."""
    volumes = {
        key: str((volume or {}).get("name") or key) for key, volume in (content.get("volumes") or {}).items()
    }
    found: dict[str, _Found] = {}
    for service, described in (content.get("services") or {}).items():
        for mount in described.get("volumes") or ():
            place = _place(root, volumes, mount)
            if place is not None:
                entry = found.setdefault(place.name, _Found(place))
                if not mount.get("read_only") and service not in entry.services:
                    entry.services.append(service)
    return _outermost(found)


def _place(root: Path, volumes: dict[str, str], mount: dict[str, Any]) -> Place | None:
    kind, source = mount.get("type"), str(mount.get("source") or "")
    if kind == "volume" and source in volumes:
        return Place(f"volumes/{source}", volumes[source])
    if kind != "bind":
        return None
    path = Path(os.path.normpath(source))
    if path.is_file():  # its folder has what belongs to it
        path = path.parent
    data = Path(os.path.normpath(root / DATA))
    if data not in path.parents:
        return None
    return Place(f"{DATA}/{path.relative_to(data).as_posix()}", str(path))


def _outermost(found: dict[str, _Found]) -> dict[str, _Found]:
    """Places that do not lie in others; who writes to an inner one writes to the outer one."""
    kept: dict[str, _Found] = {}
    for name in sorted(found):
        outer = next((k for k in kept if name.startswith(f"{k}/")), None)
        if outer is None:
            kept[name] = found[name]
        else:
            kept[outer].services += [s for s in found[name].services if s not in kept[outer].services]
    return kept


def _name(declared_name: str, found: Iterable[str]) -> str:
    """A plugin names a folder below ``data``, or a volume by its name in the Compose file."""
    volume = f"volumes/{declared_name}"
    return volume if volume in found else declared_name.strip("/")
