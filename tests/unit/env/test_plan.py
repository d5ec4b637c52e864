"""The plan: what would change, and what somebody else did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit import fingerprint, write
from tutor.env.apply import apply
from tutor.env.plan import Manifest, plan_environment
from tutor.env.render import RenderedFile, RenderedTree
from tutor.exceptions import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.env.plan import EnvironmentPlan


def tree(**files: str) -> RenderedTree:
    """Files by path; ``__`` stands for a slash."""
    from tutor.core.hooks import CORE

    paths = {path.replace("__", "/"): content for path, content in files.items()}
    return RenderedTree({p: RenderedFile(p, c.encode(), p, CORE) for p, c in paths.items()})


def put(root: Path, rendered: RenderedTree, *, clean: bool = False) -> EnvironmentPlan:
    """Plan and apply."""
    plan = plan_environment(root, rendered, clean=clean)
    apply(root, None, rendered, plan)
    return plan


def test_from_nothing(root: Path) -> None:
    """Everything is new; planning writes nothing."""
    rendered = tree(a="1", d__b="2")
    plan = plan_environment(root, rendered)
    assert (plan.created, plan.changed, plan.removed, plan.edited, plan.unchanged) == (
        ("a", "d/b"),
        (),
        (),
        (),
        0,
    )
    assert not plan.empty
    assert not root.exists()
    apply(root, b"A: 1\n", rendered, plan)
    assert (root / "env/d/b").read_bytes() == b"2"
    assert (root / "config.yml").read_bytes() == b"A: 1\n"


def test_again(root: Path) -> None:
    """Nothing to do, and nothing is touched."""
    put(root, tree(a="1"))
    before = {p: p.stat().st_mtime_ns for p in (root / "env").rglob("*")}
    plan = put(root, tree(a="1"))
    assert plan.empty
    assert plan.unchanged == 1
    assert {p: p.stat().st_mtime_ns for p in (root / "env").rglob("*")} == before


def test_changed_and_removed(root: Path) -> None:
    """Files of ours that are rendered no more go, with the folders that become empty."""
    put(root, tree(a="1", d__e__b="2", c="3"))
    plan = put(root, tree(a="changed", c="3"))
    assert (plan.created, plan.changed, plan.removed, plan.edited) == ((), ("a",), ("d/e/b",), ())
    assert sorted(p.name for p in (root / "env").rglob("*")) == ["a", "c"]


def test_modes(root: Path) -> None:
    """A file that lost its mode gets it back, which is no edit that would have to be kept."""
    put(root, tree(a="1"))
    (root / "env/a").chmod(0o600)
    plan = put(root, tree(a="1"))
    assert (plan.changed, plan.edited) == (("a",), ())
    assert (root / "env/a").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("then", ["changed", "removed"])
def test_edited(then: str, root: Path) -> None:
    """An edit by hand is seen, and kept aside, whether we would change the file or remove it."""
    put(root, tree(d__a="1", b="2"))
    write(root / "env/d/a", "by hand")
    plan = put(root, tree(d__a="2", b="2") if then == "changed" else tree(b="2"))
    assert plan.edited == ("d/a",)
    assert (root / ".tutor/edited/d/a").read_text() == "by hand"
    assert (root / ".tutor/edited/d/a").stat().st_mode & 0o777 == 0o600


def test_an_edit_that_is_what_we_would_write(root: Path) -> None:
    """Is nothing to keep."""
    put(root, tree(a="1"))
    write(root / "env/a", "2")
    assert plan_environment(root, tree(a="2")).edited == ()


def test_a_foreign_file_where_ours_goes(root: Path) -> None:
    """It is kept aside like an edit."""
    write(root / "env/a", "theirs")
    plan = put(root, tree(a="ours"))
    assert plan.edited == ("a",)
    assert (root / ".tutor/edited/a").read_text() == "theirs"


def test_deleted_by_hand(root: Path) -> None:
    """What is missing is written; what is gone already needs no removing."""
    put(root, tree(a="1", b="2"))
    (root / "env/a").unlink()
    (root / "env/b").unlink()
    plan = put(root, tree(a="1"))
    assert (plan.created, plan.removed) == (("a",), ())


def test_foreign_files(root: Path) -> None:
    """Stay, unless all that is not rendered has to go."""
    put(root, tree(a="1"))
    mine = write(root / "env/mine/x", "mine")
    assert plan_environment(root, tree(a="1")).removed == ()
    plan = put(root, tree(a="1"), clean=True)
    assert plan.removed == ("mine/x",)
    assert not mine.parent.exists()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"format_version": 99, "files": {}}', '{"format_version": 1, "files": []}'],
)
def test_a_manifest_that_cannot_be_read(content: str, root: Path) -> None:
    """Is as none: then we own nothing, and remove nothing."""
    put(root, tree(a="1"))
    write(root / ".tutor/manifest.json", content)
    assert Manifest.read(root).files == {}
    plan = plan_environment(root, tree(b="1"))
    assert plan.removed == ()


def test_a_folder_in_the_place_of_a_file(root: Path) -> None:
    """Is an error with the path, and nothing is written."""
    (root / "env/a").mkdir(parents=True)
    before = fingerprint(root)
    with pytest.raises(StorageError):
        plan_environment(root, tree(a="1"))
    assert fingerprint(root) == before
