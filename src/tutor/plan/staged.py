"""The rendered environment in a folder of its own, for engines that read files. The live one stays."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.engines.compose import ComposeProject, Files
from tutor.env.compose_files import users_files
from tutor.env.plan import mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.change import Prepared
    from tutor.engines.compose import Flavour
    from tutor.engines.find import Engine
    from tutor.engines.images import Build


@contextlib.contextmanager
def staged(prepared: Prepared) -> Iterator[Path]:
    """Write what would be rendered to a folder that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="tutor-") as name:
        folder = Path(name)
        for path, file in prepared.tree.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            if file.executable:
                target.chmod(mode(file))
        yield folder


def staged_project(prepared: Prepared, folder: Path, flavour: Flavour, engine: Engine) -> ComposeProject:
    """The Compose project of a staged environment: the same paths on this machine as the live one.

    Args:
        prepared: what is staged.
        folder: where.
        flavour: which project of it.
        engine: where it would run.
    """
    live = flavour.files(prepared.project.environment)
    files = flavour.files(folder)
    files.folder.mkdir(parents=True, exist_ok=True)
    for path in users_files(prepared.project.environment):
        shutil.copyfile(prepared.project.environment / path, folder / path)
    name = str(prepared.project.values[flavour.project_setting])
    directory = Path(os.path.normpath(live.folder / live.services[0])).parent
    staged = Files(files.folder, files.services, files.jobs)
    return ComposeProject(name, staged, engine, directory, flavour.name)


def staged_builds(prepared: Prepared, folder: Path, builds: Iterable[Build]) -> list[Build]:
    """Builds from the staged folders, with the files in them that are not rendered."""
    environment = prepared.project.environment
    gone = set(prepared.plan.removed)
    found = []
    for build in builds:
        relative = build.folder.relative_to(environment)
        for parent, _, names in os.walk(build.folder):
            for name in names:
                path = Path(parent, name).relative_to(environment)
                if str(path) not in prepared.tree.files and str(path) not in gone:
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(environment / path, folder / path, follow_symlinks=False)
        found.append(dataclasses.replace(build, folder=folder / relative))
    return found
