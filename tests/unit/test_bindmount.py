"""Mounts: recognised by what they are, and by plugins by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import write
from tutor import bindmount
from tutor.exceptions import RenderError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("registry")


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """The platform's code, under another name."""
    folder = tmp_path / "my-fork"
    write(folder / "manage.py", "")
    (folder / "lms").mkdir()
    (folder / "cms").mkdir()
    return folder


def test_the_platform_is_recognised_by_what_is_in_it(platform: Path) -> None:
    assert bindmount.recognised(str(platform)).is_platform
    assert bindmount.parse_mount(str(platform)) == [("openedx", str(platform), "/openedx/edx-platform")]
    assert bindmount.build_contexts(str(platform)) == [
        ("openedx", "edx-platform", str(platform)),
        ("openedx-dev", "edx-platform", str(platform)),
    ]
    assert bindmount.installing_images(str(platform)) == []


@pytest.mark.parametrize(
    ("file", "content", "package", "plugs_in"),
    [
        ("setup.py", "setup(\n    name='xblock-poll',\n    version='1')\n", "xblock-poll", True),
        ("setup.py", 'setup(name="quiz", entry_points={"xblock.v1": ["q = q:Q"]})\n', "quiz", True),
        ("setup.cfg", "[metadata]\nversion = 1\nname = feedback-xblock\n", "feedback-xblock", True),
        ("setup.cfg", "[options]\nname = x\n[metadata]\nname = mine\n", "mine", False),
        ("pyproject.toml", '[project]\nversion = "1"\nname = "edx-search"\n', "edx-search", True),
        (
            "pyproject.toml",
            '[project]\nname = "mine"\n[project.entry-points."lms.djangoapp"]\nmine = "mine:App"\n',
            "mine",
            True,
        ),
        ("pyproject.toml", '[tool.x]\nname = "no"\n', None, False),
        ("README", "name = xblock", None, False),
    ],
)
def test_packages_are_recognised_by_their_metadata(
    file: str, content: str, package: str | None, plugs_in: bool, tmp_path: Path
) -> None:
    write(tmp_path / "code" / file, content)
    host = str(tmp_path / "code")
    found = bindmount.recognised(host)
    assert (found.package, found.plugs_in) == (package, plugs_in)
    expected = [("openedx", host, "/mnt/code")] if plugs_in else []
    assert bindmount.parse_mount(host) == expected
    contexts = bindmount.build_contexts(host)
    assert contexts == [(i, "mnt-code", host) for i in ("openedx", "openedx-dev") if plugs_in]


def test_plugins_add_by_name(tmp_path: Path) -> None:
    Filters.COMPOSE_MOUNTS.add_items([("notes", "/app"), ("notes-job", "/app")])
    Filters.IMAGES_BUILD_MOUNTS.add_item(("notes", "notes-src"))
    Filters.MOUNTED_DIRECTORIES.add_item(("openedx", "no.*"))
    host = str(tmp_path / "notes")
    assert bindmount.parse_mount(host) == [
        ("openedx", host, "/mnt/notes"),
        ("notes", host, "/app"),
        ("notes-job", host, "/app"),
    ]
    assert bindmount.build_contexts(host) == [
        ("openedx", "mnt-notes", host),
        ("openedx-dev", "mnt-notes", host),
        ("notes", "notes-src", host),
    ]


@pytest.mark.parametrize(
    ("name", "mounts", "contexts"),
    [
        ("edx-platform", [("openedx", "/openedx/edx-platform")], [("openedx", "edx-platform")]),
        (
            "my-xblock-of-polls",
            [("openedx", "/mnt/my-xblock-of-polls")],
            [("openedx", "mnt-my-xblock-of-polls")],
        ),
        ("openedx-platform", [], []),
        ("opaque-keys-fork", [("openedx", "/mnt/opaque-keys-fork")], [("openedx", "mnt-opaque-keys-fork")]),
        ("my-opaque-keys", [], []),
        ("school-theme", [("search", "/mnt/school-theme")], [("search", "mnt-school-theme")]),
        ("old-school", [], []),
    ],
)
def test_folders_are_recognised_by_how_their_names_begin(
    name: str, mounts: list[tuple[str, str]], contexts: list[tuple[str, str]], tmp_path: Path
) -> None:
    """As the core and plugins say, whatever is in them."""
    Filters.MOUNTED_DIRECTORIES.add_item(("search", "school"))
    host = str(tmp_path / name)
    assert bindmount.parse_mount(host) == [(service, host, place) for service, place in mounts]
    found = [(image, context) for image, context, _ in bindmount.build_contexts(host)]
    assert [item for item in found if item[0] != "openedx-dev"] == contexts
    assert ("openedx-dev" in dict(found)) == ("openedx" in dict(found))


def test_a_pattern_that_is_none_is_the_plugins_mistake() -> None:
    Filters.MOUNTED_DIRECTORIES.add_item(("openedx", "("))
    with pytest.raises(RenderError, match="'\\(' in MOUNTED_DIRECTORIES is no regular expression"):
        bindmount.parse_mount("/code/any")


def test_a_mount_that_says_where_it_belongs_is_not_interpreted(platform: Path) -> None:
    mount = f"lms, cms:{platform}:/here"
    assert bindmount.parse_mount(mount) == [
        ("lms", str(platform), "/here"),
        ("cms", str(platform), "/here"),
    ]
    assert bindmount.build_contexts(mount) == []
    assert bindmount.normalised(mount) == f"lms,cms:{platform}:/here"


def test_paths_are_kept_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert bindmount.normalised("~/x/../y") == bindmount.normalised("y") == str(tmp_path / "y")
