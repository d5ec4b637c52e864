"""Published plugins that both programs can render together: found by letting both do it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.subjects import CACHE, PEER
from tests.compat.packages import fetch, newest, releases

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from benchmarks.subjects import Program, Project
    from tests.compat.packages import Release

_KNOWN = CACHE / "published.json"


def projects(programs: tuple[Program, Program], folder: Path) -> tuple[tuple[Project, Project], list[str]]:
    """Projects on which those plugins are enabled that both programs save, one after the other.

    Returns:
        The projects, and the releases, as ``PACKAGE==VERSION``.
    """
    # The newest release of each package that the tests know is tried, those that others build on first.
    found = newest(r for r in releases().values() if not (r.cannot or r.uninstallable or r.apart))
    failed = fetch(found)
    found = [release for release in found if release.pin not in failed]
    companions = {pin.partition("==")[0] for release in found for pin in release.companions}
    found.sort(key=lambda release: release.package not in companions)
    site = folder / "site"
    link(found, site, programs)
    theirs, ours = (program.on(folder, site) for program in programs)
    known = _known(found)
    if known is None:
        known = [release.pin for release in found if _both_render((theirs, ours), release)]
        _remember(found, known)
    enabled = [release for release in found if release.pin in known]
    settings = {name: value for release in enabled for name, value in release.settings}
    chosen = {"PLUGINS": [release.name for release in enabled], **settings}
    return (programs[0].on(folder, site, chosen), programs[1].on(folder, site, chosen)), known


def _known(tried: list[Release]) -> list[str] | None:
    """Those that both saved when the same ones were tried before: that takes ten minutes."""
    try:
        content = json.loads(_KNOWN.read_text())
    except (OSError, ValueError):
        return None
    same = content["peer"] == PEER and content["tried"] == [release.pin for release in tried]
    return list(content["enabled"]) if same else None


def _remember(tried: list[Release], enabled: list[str]) -> None:
    content = {"peer": PEER, "tried": [release.pin for release in tried], "enabled": enabled}
    _KNOWN.write_text(json.dumps(content, indent=1))


def _both_render(pair: tuple[Project, Project], release: Release) -> bool:
    """Whether both enable one more plugin and save; if not, both get the settings back that they had."""
    sets = [word for name, value in release.settings for word in ("--set", f"{name}={value}")]
    before = [(project.root / "config.yml", _content(project.root / "config.yml")) for project in pair]
    if all(
        (not sets or project.works("config", "save", *sets))
        and project.works("plugins", "enable", release.name)
        and project.works("config", "save")
        for project in pair
    ):
        return True
    for path, content in before:
        path.write_bytes(content)
    return False


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def link(found: Iterable[Release], site: Path, programs: Iterable[Program]) -> None:
    """Put plugins and what they require into one folder; what comes with either program is left to it."""
    site.mkdir(parents=True)
    known = {path.name for program in programs for path in program.site.iterdir()}
    for release in found:
        for folder in (release.folder, release.requirements):
            for path in folder.iterdir() if folder.is_dir() else ():
                taken = folder != release.folder and path.name in known
                if not taken and path.name != "bin" and not (site / path.name).exists():
                    (site / path.name).symlink_to(path)
