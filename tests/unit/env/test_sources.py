"""Folders of templates: what is found in them, and what is looked at for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.kit import write
from tutor.env.sources import Sources


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Two folders with templates, one that is none, and one that is not there."""
    write(tmp_path / "a/app/one", "1")
    write(tmp_path / "b/app/one", "2")
    write(tmp_path / "b/app/deep/two", "2")
    write(tmp_path / "b/.git/three", "3")
    write(tmp_path / "file", "")
    return Sources([str(tmp_path / name) for name in ("a", "b", "file", "missing")])


def test_the_first_folder_that_has_a_file_gives_it(sources: Sources) -> None:
    """A folder of that name is no file."""
    a, b = sources.roots[:2]
    assert sources.find("app/one") == a
    assert sources.find("app/deep/two") == b
    assert sources.find(".git/three") == b
    assert sources.find("app/deep") is None
    assert sources.find("other") is None


def test_all_files_under_a_name_are_there_but_those_of_skipped_folders(sources: Sources) -> None:
    """In the order of the folders."""
    a, b = sources.roots[:2]
    assert list(sources.under("app")) == [(a, "app/one"), (b, "app/one"), (b, "app/deep/two")]
    assert list(sources.under("app/deep/two")) == [(b, "app/deep/two")]
    assert list(sources.under(".git")) == [(b, ".git/three")]
    assert list(sources.under("other")) == []


def test_to_find_a_file_of_the_first_folder_no_folder_is_listed(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most templates are the core's, and plugins have a hundred folders."""
    listed: list[str] = []
    names = os.listdir

    def noted(folder: str) -> list[str]:
        listed.append(folder)
        return names(folder)

    monkeypatch.setattr(os, "listdir", noted)
    assert sources.find("app/one") == sources.roots[0]
    assert listed == []
    sources.find("app/deep/two")
    assert listed == list(sources.roots)


def test_what_is_forgotten_is_asked_for_anew(sources: Sources) -> None:
    """A file that was read is the same as long as the same one would be found, with the same content."""
    a, b = sources.roots[:2]
    deep, one = (sources.is_same(n, os.path.join(r, n)) for r, n in ((b, "app/deep/two"), (a, "app/one")))
    write(Path(a, "app/deep/two"), "2")
    write(Path(a, "app/one"), "3")
    assert deep()
    assert one()
    sources.forget()
    assert not deep()
    assert not one()
    Path(a, "app/deep/two").unlink()
    write(Path(a, "app/one"), "1")
    sources.forget()
    assert deep()
    assert one()
    Path(a, "app/one").unlink()
    Path(b, "app/deep/two").unlink()
    sources.forget()
    assert not deep()
    assert not one()


def test_to_find_a_file_no_folder_is_walked(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugins make renderers for one file each."""
    walked: list[str] = []
    walk = os.walk

    def noted(folder: str) -> Any:
        walked.append(folder)
        return walk(folder)

    monkeypatch.setattr(os, "walk", noted)
    sources.find("app/deep/two")
    assert walked == []
    list(sources.under("app"))
    assert len(walked) == 2
