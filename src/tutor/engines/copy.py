"""Copying files out of a container."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.engines.compose import ComposeProject

#: Source, target, owner. The copy belongs to whoever asked for it, not to the user in the container.
_SCRIPT = 'cp -R "$1" "/tutor-copy/$2" && chown -R "$3" "/tutor-copy/$2"'


def copy_command(compose: ComposeProject, service: str, container_path: str, host_path: Path) -> list[str]:
    """The command that copies a path out of a new container of a service.

    Args:
        compose: the project.
        service: any of its services, those of jobs included.
        container_path: file or folder in the container.
        host_path: a folder to copy into, or the path of the copy in a folder that exists.

    Raises:
        EngineError: there is no such folder on this machine.
    """
    target = host_path.absolute()
    name = os.path.basename(container_path.rstrip("/"))
    folder = target
    if not target.is_dir():
        folder, name = target.parent, target.name
    if not folder.is_dir():
        raise EngineError(
            f"There is no folder {folder} to copy to",
            where="HOST_PATH",
            hint=f"mkdir -p {quote(str(folder))}",
        )
    owner = f"{os.getuid()}:{os.getgid()}"
    options = ["--rm", "--no-deps", "--no-TTY", "--user", "0", "--entrypoint", "sh"]
    options += ["--volume", f"{folder}:/tutor-copy"]
    script = ["-c", _SCRIPT, "copyfrom", container_path, name, owner]
    return compose.command("run", *options, service, *script, jobs=True)
