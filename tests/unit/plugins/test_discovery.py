"""What is installed is read without running any of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit import distribution, write
from tutor.plugins import discover

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _path(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugins can be installed."""
    monkeypatch.syspath_prepend(str(site))


def test_packages_of_both_interfaces(site: Path, plugins_root: Path) -> None:
    """Name, version and summary come from the metadata."""
    distribution(site, "old", "1/0", version="2.0", summary="An old one")
    distribution(site, "new", "1/0", group="tutor.plugin.v1", version="3.0")
    found = discover(plugins_root)
    assert [(p.name, p.kind, p.version, p.place) for p in (found["old"][0], found["new"][0])] == [
        ("old", "v0", "2.0", "tutor-old"),
        ("new", "v1", "3.0", "tutor-new"),
    ]
    assert found["old"][0].summary == "An old one"


def test_files(plugins_root: Path) -> None:
    """YAML and Python; the rest is not ours, nor are folders."""
    write(plugins_root / "one.yml", "name: named\nversion: 0.1\n")
    write(plugins_root / "two.yaml", "patches: {}\n")
    write(plugins_root / "three.py", "1/0\n")
    write(plugins_root / "four.txt", "")
    (plugins_root / "folder.yml").mkdir()
    found = discover(plugins_root)
    assert {name: p.kind for name, (p, *_) in found.items() if p.kind in ("yaml", "file")} == {
        "named": "yaml",
        "two": "yaml",
        "three": "file",
    }
    assert found["named"][0].version == "0.1"


@pytest.mark.parametrize("content", ["a: [", "- list", "", "\x00", "name: [1]", "name:", "name: ''"])
def test_broken_files_are_listed(content: str, plugins_root: Path) -> None:
    """By the name of the file; what is wrong is said when they are loaded."""
    write(plugins_root / "broken.yml", content)
    assert "broken" in discover(plugins_root)


def test_no_folder(tmp_path: Path) -> None:
    """It need not exist."""
    assert isinstance(discover(tmp_path / "nowhere"), dict)


def test_two_of_one_name(site: Path, plugins_root: Path) -> None:
    """Both are listed: which one was meant is not ours to guess."""
    distribution(site, "same", "", package="tutor-same")
    distribution(site, "same", "", package="tutor-same-2")
    write(plugins_root / "same.yml", "{}")
    assert [p.place for p in discover(plugins_root)["same"]] == [
        "tutor-same",
        "tutor-same-2",
        str(plugins_root / "same.yml"),
    ]


def test_one_package_on_the_path_twice(
    site: Path, plugins_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is one plugin."""
    distribution(site, "once", "")
    monkeypatch.setattr(sys, "path", [str(site), f"{site}/", *sys.path])
    assert len(discover(plugins_root)["once"]) == 1


def test_nothing_is_imported(site: Path, plugins_root: Path) -> None:
    """In a process of its own."""
    distribution(site, "loud", "print('imported')\n", files={"other.py": "print('imported')\n"})
    write(plugins_root / "loud_file.py", "print('imported')\n")
    script = "import sys; from pathlib import Path; from tutor.plugins import discover; "
    script += "print(sorted(discover(Path(sys.argv[1])))); print('tutorloud' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}", str(plugins_root)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "imported" not in done.stdout
    assert "'loud', 'loud_file'" in done.stdout
    assert done.stdout.endswith("False\n")
