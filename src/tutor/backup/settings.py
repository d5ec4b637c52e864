"""Settings that come from an archive: tried first, then put in the place of those that are there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tutor import change
from tutor.config.userfile import FILENAME
from tutor.env.apply import apply
from tutor.env.lock import locked
from tutor.exceptions import BackupError, TutorError
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.backup.manifest import Manifest
    from tutor.project import Project


def rehearse(content: bytes, plugins_root: Path, manifest: Manifest, *, allow_missing: bool) -> list[str]:
    """Make sure that an environment can be made from the settings of an archive. Changes nothing.

    Args:
        content: of its ``config.yml``.
        plugins_root: folder of YAML and single-file plugins.
        manifest: its manifest, which knows the versions of its plugins.
        allow_missing: go on without plugins that cannot be loaded.

    Returns:
        Plugins of other versions than those that the archive was made with, in words.

    Raises:
        BackupError: a plugin is missing or broken; or something else is wrong with them.
    """
    with _variable("TUTOR_ROOT"), tempfile.TemporaryDirectory(prefix="tutor-") as folder:
        root = Path(folder)
        (root / FILENAME).touch(mode=0o600)
        (root / FILENAME).write_bytes(content)
        try:
            with opened(root, plugins_root) as project:
                missing = {p.name: p for p in manifest.plugins if p.name not in project.installed}
                if missing and not allow_missing:
                    wanted = " ".join(f"{p.package}=={p.version}" for p in missing.values())
                    raise BackupError(
                        f"The archive needs plugins that are not installed: {', '.join(missing)}",
                        hint=f"tutor plugins install {wanted}",
                    )
                project.require_plugins(allow_missing=allow_missing)
                change.prepare(project, change.Change(), change.Options(allow_missing=allow_missing))
                return _other_versions(project, manifest)
        except TutorError as error:
            error.message = f"Nothing was restored. {error.message}"
            error.where = (error.where or "settings of the archive").replace(folder, "the archive")
            if error.hint == "tutor config edit":  # it would edit another file
                error.hint = "use another archive: tutor local backup list"
            raise


def replace(root: Path, plugins_root: Path, content: bytes, *, allow_missing: bool) -> None:
    """Write ``config.yml``, and the environment that follows from it.

    Raises:
        TutorError: whatever is wrong.
    """
    root.mkdir(parents=True, exist_ok=True)
    with locked(root):
        apply(root, content)
    change.save(root, plugins_root, change.Change(), change.Options(allow_missing=allow_missing))


def _other_versions(project: Project, manifest: Manifest) -> list[str]:
    loaded = {plugin.name: plugin.version for plugin in project.loaded}
    return [
        f"plugin {p.name} is {loaded[p.name] or 'without a version'} here, and was {p.version} in the archive"
        for p in manifest.plugins
        if p.name in loaded and p.version and loaded[p.name] != p.version
    ]


@contextlib.contextmanager
def _variable(name: str) -> Iterator[None]:
    """Leave an environment variable as it was."""
    before = os.environ.get(name)
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before
