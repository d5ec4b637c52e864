"""The support bundle: what others need to help, in one archive, with secrets and private paths masked."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.config.masking import Mask
from tutor.config.secrets import is_secret
from tutor.env.storage import storage_errors
from tutor.exceptions import StorageError, TutorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutor.doctor.check import Subject
    from tutor.project import Project

#: Lines of the log of each service.
LOG_LINES = 500
#: Files of the environment that are larger than this are left out.
LARGEST = 512 * 1024


def write(path: Path, subject: Subject, report: dict[str, Any]) -> list[str]:
    """Write a bundle, readable by its owner alone.

    Args:
        path: of the archive; must not be there yet.
        subject: what was examined.
        report: what was found.

    Returns:
        Names of the files in it.

    Raises:
        StorageError: there is such a file, or the disk refuses.
    """
    mask = _mask(subject.project)
    names = []
    with storage_errors(path.parent):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise StorageError(
                f"There is a file {path} already", where=str(path), hint="choose another name"
            ) from None
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in contents(subject, report):
                content = mask.text(text).encode()
                info = tarfile.TarInfo(f"tutor-support/{mask.text(name)}")
                info.size, info.mtime, info.mode = len(content), int(time.time()), 0o600
                archive.addfile(info, io.BytesIO(content))
                names.append(info.name)
    return names


def contents(subject: Subject, report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and text of each file, not masked yet."""
    project = subject.project
    yield "doctor.json", json.dumps(report, indent=2)
    yield "config.yml", (project.user.content or b"").decode(errors="replace")
    plugins = [
        {"name": p.name, "version": p.version, "kind": p.kind, "place": p.place}
        for found in project.installed.values()
        for p in found
    ]
    yield "plugins.json", json.dumps(plugins, indent=2)
    for path in sorted(project.environment.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            text = path.read_bytes()
            if b"\0" not in text:
                yield f"env/{path.relative_to(project.environment)}", text.decode(errors="replace")
    compose = subject.running
    if compose is None:
        return
    engine = compose.engine
    commands: dict[str, Sequence[str]] = {
        "engine/version.txt": [*engine.command, "version"],
        "engine/info.txt": [*engine.command, "info"],
        "engine/containers.txt": compose.command("ps", "--all"),
        "engine/images.txt": [*engine.command, "images"],
        "engine/logs.txt": compose.command("logs", "--no-color", "--timestamps", f"--tail={LOG_LINES}"),
    }
    for name, argv in commands.items():
        result = subject.runner.capture(argv, environment=engine.environment)
        yield name, f"{result.output}\n{result.errors}".strip() + "\n"


def _mask(project: Project) -> Mask:
    """Knows the secrets of a project, and where it and its user are at home."""
    import getpass

    for name in project.settings:
        if is_secret(name):
            with contextlib.suppress(TutorError):  # now it is known, if it can be
                project.values[name]
    paths = {
        str(project.root): "ROOT",
        str(project.root.resolve()): "ROOT",
        str(project.plugins_root): "PLUGINS",
        str(Path.home()): "HOME",
    }
    for mount in project.user.values.get("MOUNTS") or ():
        place = next((part for part in str(mount).split(":") if part.startswith(("/", "~"))), "")
        paths[place.rstrip("/")] = "MOUNT"
    with contextlib.suppress(KeyError, OSError):  # a user without a name
        paths[f"/home/{getpass.getuser()}"] = "HOME"
    return Mask.of(project, {path: name for path, name in paths.items() if len(path) > 1})
