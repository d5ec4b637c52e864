"""Applying a plan: the only place that writes ``config.yml`` and the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutor.config.userfile import FILENAME
from tutor.env import plan as plans
from tutor.env.history import record
from tutor.env.storage import STATE, storage_errors
from tutor.env.transaction import Transaction

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.env.history import Snapshot
    from tutor.env.plan import EnvironmentPlan
    from tutor.env.render import RenderedTree

#: Where files that somebody edited by hand are kept before they are overwritten.
EDITED = f"{STATE}/edited"


def apply(
    root: Path,
    config: bytes | None,
    tree: RenderedTree | None = None,
    plan: EnvironmentPlan | None = None,
    snapshot: Snapshot | None = None,
) -> None:
    """Write ``config.yml`` and the environment, all or nothing.

    Args:
        root: the project's root; made if it is not there.
        config: content of ``config.yml``; ``None`` leaves it alone.
        tree: the rendered environment; ``None`` leaves it alone.
        plan: what of the tree differs from the disk.
        snapshot: what is kept as a generation; ``None`` keeps none.

    Raises:
        StorageError: the disk refused; everything is as it was.
    """
    changes = Transaction(root)
    if tree is not None and plan is not None:
        _add_environment(root, changes, tree, plan)
    if config is not None and config != plans.read(root / FILENAME):
        # A link, such as into a folder under version control, stays one: what it leads to is written.
        link = (root / FILENAME).is_symlink()
        changes.write(os.path.realpath(root / FILENAME) if link else FILENAME, config, 0o600)
    if snapshot is not None:
        record(changes, root, snapshot)
    environment = root / plans.ENV
    with storage_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        if environment.is_dir() and environment.stat().st_mode & 0o777 != 0o700:
            environment.chmod(0o700)
    changes.commit()


def _add_environment(root: Path, changes: Transaction, tree: RenderedTree, plan: EnvironmentPlan) -> None:
    for path in plan.edited:
        content = plans.read(root / plans.ENV / path)
        if content is not None:
            changes.write(_free(root, f"{EDITED}/{path}", content), content, 0o600)
    for path in (*plan.created, *plan.changed):
        file = tree.files[path]
        changes.write(f"{plans.ENV}/{path}", file.content, plans.mode(file))
    for path in plan.removed:
        changes.remove(f"{plans.ENV}/{path}")
    manifest = plan.manifest.serialized()
    if plans.read(root / plans.MANIFEST) != manifest:
        changes.write(plans.MANIFEST, manifest, 0o600)


def _free(root: Path, path: str, content: bytes) -> str:
    """Where an edited file is kept: not in the place of another one that was kept before."""
    for number in range(1, 1000):
        name = path if number == 1 else f"{path}.{number}"
        if plans.read(root / name) in (None, content):
            return name
    return path
