"""Generations: kept whole, kept once, forgotten when there are too many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tutor.core.hooks import CORE, Layer, Origin
from tutor.env.apply import apply
from tutor.env.history import PACKS, History, KeptSetting, Snapshot, note_deployed
from tutor.env.origins import PatchUse, Span
from tutor.env.plan import plan_environment
from tutor.env.render import RenderedFile, RenderedTree
from tutor.env.storage import HISTORY
from tutor.exceptions import ConfigError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "myapp", "1.0", "/myapp.py", 5)


def put(root: Path, keep: int = 20, **files: str) -> None:
    """Apply files as one generation."""
    put_all(root, files, keep)


def put_all(root: Path, files: dict[str, str], keep: int = 20) -> None:
    """Apply files, by path."""
    config, time = b"A: 1\n", "2026-01-01T00:00:00+00:00"
    spans = (Span(1, 1, PatchUse("lms-env", PLUGIN)),)
    tree = RenderedTree({p: RenderedFile(p, c.encode(), p, CORE, spans) for p, c in files.items()})
    settings = {"A": KeptSetting("{{ B }}", 1, True, PLUGIN)}
    definitions: dict[str, tuple[object, Origin]] = {"A": ("{{ B }}", PLUGIN)}
    snapshot = Snapshot(
        "config save", time, config, definitions, lambda: settings, tree, {"myapp": "1.0"}, keep
    )
    apply(root, config, tree, plan_environment(root, tree), snapshot)


def packed(root: Path) -> list[int]:
    """How many contents each pack has."""
    return [len(digests) for digests in History.read(root).packs.values()]


def test_everything_comes_back(root: Path) -> None:
    put(root, a="1", b="2")
    history = History.read(root)
    (generation,) = history.generations
    assert (generation.number, generation.command, generation.plugins) == (1, "config save", {"myapp": "1.0"})
    assert history.content(generation.config) == b"A: 1\n"
    assert history.settings(generation) == {"A": KeptSetting("{{ B }}", 1, True, PLUGIN)}
    file = history.tree(generation).file("a")
    assert (file.content, file.spans[0].patch.origin) == (b"1", PLUGIN)
    assert set(history.tree(generation).rendered(["myapp"]).files) == {"a", "b"}


def test_the_same_again_is_no_generation(root: Path) -> None:
    put(root, a="1")
    before = (root / HISTORY).read_bytes()
    put(root, a="1")
    assert (root / HISTORY).read_bytes() == before


def test_what_stays_costs_nothing(root: Path) -> None:
    """One file of many changes: one content and one list of files are new."""
    files = {f"f{n}": f"{n}" for n in range(50)}
    put_all(root, files)
    put_all(root, {**files, "f49": "changed"})
    assert packed(root) == [53, 2]


def test_only_its_owner_may_read_it(root: Path) -> None:
    put(root, a="1")
    assert (root / ".tutor").stat().st_mode & 0o777 == 0o700
    for path in [root / HISTORY, *(root / PACKS).iterdir()]:
        assert path.stat().st_mode & 0o777 == 0o600


def test_old_ones_go(root: Path) -> None:
    """With what only they had; and what the others need stays."""
    for number in range(6):
        put(root, keep=2, stays="same", changes=f"{number}")
    history = History.read(root)
    assert [g.number for g in history.generations] == [5, 6]
    for generation in history.generations:
        assert set(history.tree(generation).rendered([]).files) == {"stays", "changes"}
    assert sorted(path.stem for path in (root / PACKS).iterdir()) == sorted(history.packs) == ["1", "5", "6"]


def test_old_ones_go_without_a_look_at_the_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each needs is noted with it; where it is not yet, by an older release, it is noted now."""
    for number in range(3):
        put(root, keep=3, stays="same", changes=f"{number}")
    kept = json.loads((root / HISTORY).read_bytes())
    assert [g.pop("packs") for g in kept["generations"]] == [["1"], ["1", "2"], ["1", "3"]]
    (root / HISTORY).write_text(json.dumps(kept))
    put(root, keep=3, stays="same", changes="3")
    assert [g.packs for g in History.read(root).generations] == [["1", "2"], ["1", "3"], ["1", "4"]]
    monkeypatch.setattr(History, "content", None)
    put(root, keep=3, stays="another", changes="4")
    assert [g.packs for g in History.read(root).generations] == [["1", "3"], ["1", "4"], ["1", "5"]]
    assert sorted(path.stem for path in (root / PACKS).iterdir()) == ["1", "3", "4", "5"]


def test_the_one_that_runs_stays(root: Path) -> None:
    put(root, keep=1, a="0")
    note_deployed(root, "local", {"redis:7": "abc"})
    for number in range(1, 4):
        put(root, keep=1, a=f"{number}")
    history = History.read(root)
    assert [g.number for g in history.generations] == [1, 4]
    running = history.running("local")
    assert running is not None
    assert (running.number, running.images) == (1, {"redis:7": "abc"})
    assert history.running("dev") is None


def test_one_that_is_gone(root: Path) -> None:
    for number in range(3):
        put(root, keep=2, a=f"{number}")
    with pytest.raises(ConfigError, match="Generation 1 is kept no more: those from 2 to 3 are") as caught:
        History.read(root).get(1)
    assert "KEPT_GENERATIONS" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="Generation 7 is not there"):
        History.read(root).get(7)


@pytest.mark.parametrize("how", ["gone", "broken", "another"])
def test_damaged(how: str, root: Path) -> None:
    """Is said, and nothing wrong comes back."""
    put(root, a="1")
    history = History.read(root)
    path = root / PACKS / "1.zip"
    if how == "gone":
        path.unlink()
    elif how == "broken":
        path.write_bytes(path.read_bytes()[:50])
    else:
        put(root, a="2")
        path.write_bytes((root / PACKS / "2.zip").read_bytes())
    with pytest.raises(StorageError, match="The history is damaged"):
        history.content(history.generations[0].config)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format_version": 99}', '{"format_version": 1}'])
def test_a_history_that_cannot_be_read_is_an_empty_one(content: str, root: Path) -> None:
    put(root, a="1")
    (root / HISTORY).write_text(content)
    assert History.read(root).last is None
    put(root, a="2")
    assert [g.number for g in History.read(root).generations] == [1]
    assert json.loads((root / HISTORY).read_text())["format_version"] == 1
