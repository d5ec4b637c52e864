"""Folders of templates: what is found in them, and what is looked at for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor.env.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path


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
