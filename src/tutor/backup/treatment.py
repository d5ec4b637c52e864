"""How data is kept in backups, and how plugins say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutor.core.hooks import CORE
from tutor.env.failures import Text
from tutor.exceptions import PluginError

if TYPE_CHECKING:
    from tutor.core.hooks import Origin
    from tutor.env.render import Renderer
    from tutor.jobs.scripts import Script

KEYS = ("dump", "restore", "skip", "live", "exclude")


@dataclass(frozen=True, slots=True)
class Treatment:
    """How some data is kept.

    Args:
        dump: service and script that prints the data; without it, the files are copied.
        restore: service and script that reads what the other one printed.
        skip: leave it out: it can be made again, as a cache.
        live: services that write to it go on while its files are copied.
        exclude: patterns of paths in it that are left out, as `tar` takes them.
        suffix: of the member in the archive.
        origin: who says so.
    """

    dump: Script | None = None
    restore: Script | None = None
    skip: bool = False
    live: bool = False
    exclude: tuple[str, ...] = ()
    suffix: str = "dump"
    origin: Origin = CORE


def declared(renderer: Renderer, name: Any, how: Any, origin: Origin) -> Treatment:
    """What a plugin declares about some of its data, with its scripts rendered.

    Raises:
        PluginError: it makes no sense.
        RenderError: a script cannot be rendered.
    """
    if not isinstance(name, str) or not isinstance(how, dict):
        raise _wrong(origin, "expected the name of a folder or a volume, and a dictionary")
    unknown = [key for key in how if key not in KEYS]
    if unknown:
        raise _wrong(origin, f"{name}: {unknown[0]!r} is none of {', '.join(KEYS)}")
    if ("dump" in how) != ("restore" in how):
        raise _wrong(origin, f"{name}: what is dumped must be restored: dump and restore go together")
    exclude = how.get("exclude", ())
    if isinstance(exclude, str) or not all(isinstance(pattern, str) for pattern in exclude):
        raise _wrong(origin, f"{name}: exclude is not a list of patterns")
    return Treatment(
        dump=_script(renderer, name, how, "dump", origin),
        restore=_script(renderer, name, how, "restore", origin),
        skip=how.get("skip") is True,
        live=how.get("live") is True,
        exclude=tuple(exclude),
        origin=origin,
    )


def _script(renderer: Renderer, name: str, how: dict[str, Any], key: str, origin: Origin) -> Script | None:
    if key not in how:
        return None
    try:
        service, source = how[key]
    except (TypeError, ValueError):
        service, source = None, None
    if not isinstance(service, str) or not isinstance(source, str):
        raise _wrong(origin, f"{name}: {key} is not a service and a script")
    title = f"{key} of {name}"
    return service, renderer.render_text(source, Text(f"<{title}>", source, origin, title))


def _wrong(origin: Origin, reason: str) -> PluginError:
    who = f"Plugin {origin.plugin}" if origin.plugin else "The core"
    remedy = f"correct the plugin, or: tutor plugins disable {origin.plugin}" if origin.plugin else None
    return PluginError(f"{who} declares BACKUP_DATA wrongly: {reason}", where=str(origin), hint=remedy)
