"""Files that plugins write into the environment after it was saved; they go when the plugin goes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.core.hashes import sha256_of
from tutor.core.hooks import current
from tutor.env import plan as plans
from tutor.env.storage import STATE, storage_errors
from tutor.env.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator


class Guests:
    """What plugins write into the environment of one project, until the block of `watched` ends.

    Args:
        root: the project's root.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = root / plans.ENV
        self.manifest = plans.Manifest.read(root)
        #: Path in the environment → (digest, plugin).
        self.written: dict[str, tuple[str, str]] = {}

    def note(self, file: Path, content: bytes) -> None:
        """Note that a plugin is about to write a file; what the user made of it is kept aside."""
        owner = current().owner_now
        try:
            path = Path(os.path.abspath(file)).relative_to(os.path.abspath(self.environment)).as_posix()
        except ValueError:
            return  # not in the environment
        if owner is None or owner.plugin is None:
            return
        known = self.manifest.guests.get(path)
        found = plans.read(file)
        if known and found is not None and found != content and sha256_of(found) != known[0]:
            kept = Transaction(self.root)
            kept.write(f"{STATE}/edited/{path}", found, 0o600)
            kept.commit()
        self.written[path] = (sha256_of(content), owner.plugin)

    def finish(self) -> None:
        """Write down what belongs to whom."""
        before = self.manifest.serialized()
        guests = {**self.manifest.guests, **self.written}
        self.manifest.guests.clear()
        for path, guest in guests.items():
            if path in self.manifest.files:
                # A plugin's version of a file that we rendered: it is ours, as the plugin left it.
                self.manifest.files[path] = guest[0]
            elif (self.environment / path).is_file():
                self.manifest.guests[path] = guest
        after = self.manifest.serialized()
        if after != before:
            change = Transaction(self.root)
            change.write(plans.MANIFEST, after, 0o600)
            change.commit()


_watching: list[Guests] = []


@contextlib.contextmanager
def watched(root: Path) -> Iterator[None]:
    """Track what plugins write into a project's environment with `write`."""
    guests = Guests(root)
    _watching.append(guests)
    try:
        yield
    finally:
        _watching.remove(guests)
        guests.finish()


def write(file: Path, content: bytes) -> None:
    """Write a file for a plugin, whole or not at all; one that is as it should be is left alone.

    Raises:
        StorageError: the disk refuses.
    """
    if _watching:
        _watching[-1].note(file, content)
    with storage_errors(file.parent):
        for folder in reversed([p for p in file.parents if not p.exists()]):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        if file.is_file() and file.read_bytes() == content:
            return
        import tempfile

        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
