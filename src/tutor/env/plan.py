"""What writing a rendered tree would change. Reads the disk, writes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.core.hashes import sha256_of
from tutor.core.named import Named
from tutor.env.storage import STATE, storage_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tutor.env.render import RenderedFile, RenderedTree

ENV = "env"
MANIFEST = f"{STATE}/manifest.json"
FORMAT_VERSION = 1


class Manifest(Named):
    """What is ours in the environment.

    Args:
        files: what we rendered: path → SHA-256 of the content.
        guests: what plugins wrote after that: path → (SHA-256 of the content, plugin).
    """

    files: dict[str, str] = {}
    guests: dict[str, tuple[str, str]] = {}

    @classmethod
    def read(cls, root: Path) -> Manifest:
        """The manifest of a project; empty where there is none, or where it cannot be read."""
        import json

        try:
            content: Any = json.loads((root / MANIFEST).read_bytes())
            files = content["files"]
            if content["format_version"] != FORMAT_VERSION or not isinstance(files, dict):
                return cls()
            guests = {str(p): (str(d), str(plugin)) for p, (d, plugin) in content.get("guests", {}).items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()
        return cls({str(path): str(digest) for path, digest in files.items()}, guests)

    def serialized(self) -> bytes:
        """The manifest as it is stored."""
        import json

        content: dict[str, Any] = {"format_version": FORMAT_VERSION, "files": self.files}
        if self.guests:
            content["guests"] = self.guests
        return json.dumps(content, sort_keys=True).encode()


class EnvironmentPlan(Named):
    """Changes to the environment, by path in it.

    Args:
        created: files that are not there yet.
        changed: files whose content or mode differs.
        removed: files of ours that are rendered no more.
        edited: files that we would change or remove, and that somebody else wrote or edited.
        unchanged: number of files that stay.
    """

    created: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    unchanged: int
    manifest: Manifest

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.created or self.changed or self.removed)


def plan_environment(
    root: Path,
    tree: RenderedTree,
    *,
    clean: bool = False,
    disabled: Iterable[str] = (),
    same: Collection[str] = (),
) -> EnvironmentPlan:
    """Compare a tree with what is on disk.

    Args:
        root: the project's root.
        tree: the rendered environment.
        clean: remove files that are not ours too.
        disabled: plugins that go now: some write files of their own into their folder when they are loaded.
        same: files whose contents in the tree are those of the disk, from where they were just read.
    """
    manifest = Manifest.read(root)
    environment = root / ENV
    created, changed, edited, digests = [], [], [], {}
    for path, file in tree.files.items():
        digests[path] = file.digest
        live = environment / path
        content = file.content if path in same and os.path.exists(live) else read(live)
        if content is None:
            created.append(path)
        elif content != file.content or os.stat(live).st_mode & 0o777 != mode(file):
            changed.append(path)
            if content != file.content and sha256_of(content) != manifest.files.get(path):
                edited.append(path)
    removed = []
    guests = {p: g for p, g in manifest.guests.items() if g[1] in tree.plugins and p not in tree.files}
    gone = {p: digest for p, (digest, _) in manifest.guests.items() if p not in guests}
    for path, digest in {**manifest.files, **gone}.items():
        content = None if path in tree.files else read(environment / path)
        if content is not None:
            removed.append(path)
            if sha256_of(content) != digest:
                edited.append(path)
    ours = {*tree.files, *removed, *guests}
    for folder in (f"plugins/{name}" for name in disabled):
        left = [p for p in (f"{folder}/{f}" for f in _all_files(environment / folder)) if p not in ours]
        removed += left
        edited += left
    if clean:
        ours = {*tree.files, *removed, *guests}
        foreign = [p for p in _all_files(environment) if p not in ours]
        removed += foreign
    return EnvironmentPlan(
        created=tuple(created),
        changed=tuple(changed),
        removed=tuple(removed),
        edited=tuple(edited),
        unchanged=len(tree.files) - len(created) - len(changed),
        manifest=Manifest(digests, guests),
    )


def mode(file: RenderedFile) -> int:
    """Permissions of a file of the environment.

    Readable by all, as users in containers have to read what is mounted; the environment's folder keeps
    other users of this machine out.
    """
    return 0o755 if file.executable else 0o644


def read(path: Path) -> bytes | None:
    """Content of a file; ``None`` when there is none.

    Raises:
        StorageError: something is there that cannot be read, such as a folder.
    """
    with storage_errors(path.parent):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


def _all_files(folder: Path) -> list[str]:
    return sorted(
        str(Path(parent, file).relative_to(folder)) for parent, _, files in os.walk(folder) for file in files
    )
