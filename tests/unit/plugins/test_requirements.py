"""What packages of plugins require: other plugins, and a release of tutor."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution
from tutor.exceptions import PluginError
from tutor.plugins import discover
from tutor.plugins.requirements import check_enabling, missing, needed_by, needs, pin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tutor.plugins import Installed


@pytest.fixture
def world(site: Path, plugins_root: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A place to install plugins."""
    monkeypatch.syspath_prepend(str(site))
    return World(site, plugins_root)


class World:
    """Installed plugins."""

    def __init__(self, site: Path, plugins_root: Path) -> None:
        self.site, self.plugins_root = site, plugins_root

    def install(self, name: str, *requires: str, group: str = "tutor.plugin.v1") -> None:
        """Install a plugin, in the package ``tutor-NAME``."""
        distribution(self.site, name, "", group=group)
        with (self.site / f"tutor_{name}-1.0.0.dist-info" / "METADATA").open("a") as file:
            file.writelines(f"Requires-Dist: {line}\n" for line in requires)

    def installed(self) -> dict[str, list[Installed]]:
        """The plugins that are installed here."""
        importlib.invalidate_caches()
        return discover(self.plugins_root)


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ([], []),
        (["tutor-b"], [["b"]]),
        (["Tutor_C>=1"], [["c"]]),
        (["tutor-a[extra]", "tutor>=22", "tutor-openedx", "nosuch"], []),
        (['tutor-b; extra == "dev"', 'tutor-c; python_version > "3"'], [["c"]]),
    ],
)
def test_plugins_that_a_package_requires(
    world: World, requirements: Iterable[str], expected: list[list[str]]
) -> None:
    """Those that are installed, where the requirement applies."""
    world.install("a", *requirements)
    world.install("b")
    world.install("c")
    installed = world.installed()
    assert needs(installed["a"][0], installed) == expected


def test_what_is_missing_and_who_needs_it(world: World) -> None:
    world.install("a", "tutor-b")
    world.install("b")
    installed = world.installed()
    assert missing(installed["a"][0], ["a"], installed) == [["b"]]
    assert missing(installed["a"][0], ["a", "b"], installed) == []
    assert needed_by("Tutor.B", ["a", "b"], installed) == ["a"]


def test_newer_tutor_is_required(world: World) -> None:
    """An older one is no reason to refuse."""
    world.install("new", "tutor>=23.0.0,<24")
    world.install("old", "tutor>=12,<13")
    world.install("v0", "tutor-openedx>=99", group="tutor.plugin.v0")
    installed = world.installed()
    check_enabling(["old", "v0"], installed)
    with pytest.raises(PluginError, match="newer tutor: it requires tutor>=23"):
        check_enabling(["new"], installed)


@pytest.mark.parametrize(
    ("lines", "fits", "newer"),
    [
        (["tutor>=22.0.0,<23.0.0"], True, False),
        (["Tutor (>=22.1.0)"], True, False),
        (["tutor>=21,<22"], False, False),
        (["tutor==22.0.3"], False, False),
        (["tutor!=22.1.0"], False, False),
        (["tutor~=23.0"], False, True),
        (["tutor>22.1.0"], False, True),
        (["tutor==23.*"], False, True),
        (["tutor>=20", "tutor<21"], False, False),
        (["tutor[full]>=22"], True, False),
    ],
)
def test_pin(lines: list[str], fits: bool, newer: bool) -> None:
    """What a package requires of tutor, seen from 22.1.0."""
    found = pin(lines)
    assert found is not None
    assert (found.fits, found.newer) == (fits, newer)


@pytest.mark.parametrize(
    "lines", [None, [], ["tutor"], ["tutor-openedx<13"], ["tutor-mfe>=99"], ["tutor >"], [""]]
)
def test_no_pin(lines: list[str] | None) -> None:
    """Other packages, and what cannot be read, say nothing about tutor."""
    assert pin(lines) is None
