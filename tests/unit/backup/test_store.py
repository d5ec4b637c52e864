"""Moving data aside, putting new data in its place, and going back: the scripts run in a real shell."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.kit import fingerprint
from tests.unit.backup.kit import ShellEngine, tar_of, tree
from tutor.backup.places import Place
from tutor.backup.store import ASIDE, CLEAN, COMMIT, MOVE_ASIDE, UNDO, Store
from tutor.engines.find import Engine
from tutor.exceptions import BackupError

NEW = {"./": None, "./new/": None, "./new/file": b"new"}


@pytest.fixture
def store() -> Store:
    """Works on folders of this machine."""
    return Store(ShellEngine(), Engine("docker", ("docker",), ("compose",)), "image", "p")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with data: odd names, a hidden file, a folder, a link."""
    folder = tmp_path / "data/my place"
    (folder / "folder").mkdir(parents=True)
    for name in ("plain", ".hidden", "-rf", "with space", "new\nline", "folder/inner"):
        (folder / name).write_text(name)
    (folder / "link").symlink_to("/nowhere")
    return Place("data/my place", str(folder))


def _write(store: Store, place: Place) -> None:
    store.unpack(place, iter([tar_of(NEW)]))


def test_copied_and_written_back(store: Store, place: Place, tmp_path: Path) -> None:
    before = fingerprint(tmp_path / "data")
    pieces: list[bytes] = []
    store.pack(place, (), pieces.append, live=False)
    shutil.rmtree(place.source)
    os.mkdir(place.source)
    store.unpack(place, iter(pieces))
    assert fingerprint(tmp_path / "data") == before


def test_what_a_plugin_excludes_is_not_copied(store: Store, place: Place, tmp_path: Path) -> None:
    pieces: list[bytes] = []
    store.pack(place, ("folder/*", "*.hidden"), pieces.append, live=False)
    other = Place("data/other", str(tmp_path / "other"))
    os.mkdir(other.source)
    store.unpack(other, iter(pieces))
    assert {"plain", "folder"} <= set(tree(tmp_path / "other"))
    assert not {"folder/inner", ".hidden"} & set(tree(tmp_path / "other"))


def test_the_new_in_the_place_of_the_old(store: Store, place: Place, tmp_path: Path) -> None:
    store.rearrange([place], MOVE_ASIDE)
    _write(store, place)
    store.rearrange([place], COMMIT)
    assert tree(tmp_path / "data/my place") == {"new": None, "new/file": "new"}


def test_undone(store: Store, place: Place, tmp_path: Path) -> None:
    before = fingerprint(tmp_path / "data")
    store.rearrange([place], MOVE_ASIDE)
    _write(store, place)
    store.rearrange([place], UNDO)
    store.rearrange([place], UNDO)
    assert fingerprint(tmp_path / "data") == before


def test_moving_aside_twice_keeps_the_first(store: Store, place: Place, tmp_path: Path) -> None:
    """A restore that is resumed: what came since is not the old data."""
    before = fingerprint(tmp_path / "data")
    store.rearrange([place], MOVE_ASIDE)
    _write(store, place)
    store.rearrange([place], MOVE_ASIDE)
    store.rearrange([place], CLEAN)
    assert [entry.name for entry in Path(place.source).iterdir()] == [ASIDE]
    store.rearrange([place], UNDO)
    assert fingerprint(tmp_path / "data") == before


def test_nothing_is_removed_that_was_not_moved_aside(store: Store, place: Place, tmp_path: Path) -> None:
    before = fingerprint(tmp_path / "data")
    store.rearrange([place], CLEAN)
    store.rearrange([place], UNDO)
    store.rearrange([place], COMMIT)
    assert fingerprint(tmp_path / "data") == before


@pytest.mark.parametrize("state", [f"{ASIDE}.new", f"{ASIDE}.back"])
def test_killed_while_entries_were_moved(store: Store, place: Place, tmp_path: Path, state: str) -> None:
    """On the way there, or on the way back: some are here, some there, and all are the old ones."""
    before = fingerprint(tmp_path / "data")
    half = tmp_path / "data/my place" / state
    half.mkdir(mode=0o700)
    for name in ("plain", "folder", "new\nline"):
        (half.parent / name).rename(half / name)
    store.rearrange([place], UNDO)
    assert fingerprint(tmp_path / "data") == before


@pytest.mark.parametrize("state", [f"{ASIDE}.new", f"{ASIDE}.back"])
def test_resumed_while_entries_were_moved(store: Store, place: Place, tmp_path: Path, state: str) -> None:
    before = fingerprint(tmp_path / "data")
    half = tmp_path / "data/my place" / state
    half.mkdir(mode=0o700)
    (half.parent / "plain").rename(half / "plain")
    store.rearrange([place], MOVE_ASIDE)
    assert [entry.name for entry in Path(place.source).iterdir()] == [ASIDE]
    store.rearrange([place], UNDO)
    assert fingerprint(tmp_path / "data") == before


def test_what_cannot_be_moved_stops_everything(
    store: Store, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a disk that is mounted there: else it would count as new data, and be removed."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "mv").write_text('#!/bin/sh\ncase "$1" in */plain) exit 1;; esac\nexec /bin/mv "$@"\n')
    (bin_folder / "mv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    with pytest.raises(BackupError, match=r"data/my place cannot be moved aside.*plain"):
        store.rearrange([place], MOVE_ASIDE)
    monkeypatch.undo()
    store.rearrange([place], UNDO)
    assert "plain" in tree(tmp_path / "data/my place")
    assert not [name for name in tree(tmp_path / "data/my place") if ASIDE in name]


def test_a_place_that_cannot_be_read_is_named(store: Store, tmp_path: Path) -> None:
    missing = Place("data/gone", str(tmp_path / "gone"))
    with pytest.raises(BackupError, match="data/gone cannot be copied"):
        store.pack(missing, (), lambda _: None, live=True)


def test_sizes(store: Store, place: Place, tmp_path: Path) -> None:
    (tmp_path / "data/my place/large").write_bytes(b"x" * 5_000_000)
    assert 5_000_000 <= store.sizes([place])["data/my place"] < 6_000_000


def test_containers_go_on_when_the_block_ends(tmp_path: Path) -> None:
    """Also when it fails: a real process waits for that."""
    engine = Engine("docker", ("sh", "-c", f'echo "$@" >>{tmp_path}/log', "sh"), ("compose",))
    runner = ShellEngine()
    store = Store(runner, engine, "image", "p")
    with pytest.raises(FileNotFoundError), store.paused(["one", "two"]):
        (tmp_path / "log").read_text()
    assert (tmp_path / "log").read_text() == "unpause one two\n"
    assert runner.commands[-1][-3:] == ["pause", "one", "two"]
