"""Entry points are found as importlib.metadata finds them."""

from __future__ import annotations

import importlib.machinery
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import distribution, write
from tutor.plugins import packages
from tutor.plugins.discovery import GROUPS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def alone(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Python's own finders, and two folders on the path: the plugins' and another."""
    finders = [importlib.machinery.PathFinder, metadata.MetadataPathFinder]
    monkeypatch.setattr(sys, "meta_path", finders)
    (tmp_path / "other").mkdir()
    monkeypatch.setattr(sys, "path", [str(site), str(tmp_path / "other"), str(tmp_path / "nowhere")])
    return site


def facts(points: list[Any]) -> list[tuple[Any, ...]]:
    """What is known about entry points, the same for both kinds."""
    return [
        (
            *(p.group, p.name, p.value, p.module, p.attr, p.dist.metadata["Name"], p.dist.version),
            *(p.dist.metadata["Summary"], list(p.dist.requires or ()), str(p.dist.locate_file("x"))),
        )
        for p in points
    ]


def both() -> list[Any]:
    """The entry points, found in both ways and the same."""
    found = packages.points(GROUPS)
    expected = [point for group in GROUPS for point in metadata.entry_points(group=group)]
    assert facts(found) == facts(expected)
    return found


def test_same_as_the_standard_library(alone: Path, tmp_path: Path) -> None:
    """Both groups, objects in modules, requirements, the same package twice, packages without plugins."""
    distribution(alone, "one", "")
    distribution(alone, "two", "", group="tutor.plugin.v1", attribute="a.b", package="Tutor_Two.X")
    distribution(tmp_path / "other", "one", "", version="2.0")
    distribution(alone, "no", "", group="console_scripts")
    for info in alone.glob("tutor_one*"):
        with (info / "METADATA").open("a") as file:
            file.write("Requires-Dist: tutor<23,>=22\nRequires-Dist: x ; y\n\nText: a")
        (info / "entry_points.txt").write_text(
            "# all\n[console_scripts]\nx = y:z\n\n[tutor.plugin.v0]\none = tutorone\n"
        )
    found = both()
    assert [(p.name, type(p)) for p in found] == [("one", packages.Point), ("two", packages.Point)]


def test_loading_one(alone: Path) -> None:
    """The module, or the object in it."""
    distribution(alone, "pkgs", "class a:\n    b = 5\n", attribute="a.b", package="pkgs_of_this_test")
    (point,) = packages.points(GROUPS)
    assert point.load() == 5
    del sys.modules["pkgs_of_this_test"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("entry_points.txt", "[tutor.plugin.v1]\none = tutorone [extra]\n"),
        ("METADATA", "Name: x\nVersion: 1\nSummary: of\n        two lines\n"),
    ],
)
def test_what_is_unusual_is_left_to_the_standard_library(alone: Path, file: str, text: str) -> None:
    """Extras, and values of several lines."""
    distribution(alone, "one", "", group="tutor.plugin.v1")
    write(next(alone.glob("*.dist-info")) / file, text)
    (point,) = packages.points(GROUPS)
    assert isinstance(point, metadata.EntryPoint)


def test_packages_of_the_old_format(alone: Path) -> None:
    """They are found by the standard library."""
    info = alone / "tutor_old-1.0.egg-info"
    write(info / "PKG-INFO", "Metadata-Version: 1.0\nName: tutor-old\nVersion: 1.0\n")
    write(info / "entry_points.txt", "[tutor.plugin.v0]\nold = tutorold\n")
    (point,) = packages.points(GROUPS)
    assert (point.name, point.dist.version) == ("old", "1.0")


def test_an_archive_on_the_path(alone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The standard library looks into it."""
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("zipped-1.dist-info/METADATA", "Name: zipped\nVersion: 1\n")
        archive.writestr("zipped-1.dist-info/entry_points.txt", "[tutor.plugin.v1]\nzipped = zipped\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "a.zip")])
    assert [p.name for p in packages.points(GROUPS)] == ["zipped"]


def test_nothing_is_remembered(alone: Path) -> None:
    """A package that is installed, changed in place or removed is seen at once."""
    distribution(alone, "one", "")
    assert [p.name for p in both()] == ["one"]
    info = next(alone.glob("*.dist-info"))
    (info / "entry_points.txt").write_text("[tutor.plugin.v0]\nsix = tutorone\n")
    assert [p.name for p in both()] == ["six"]
    (info / "entry_points.txt").unlink()
    assert not both()
