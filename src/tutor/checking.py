"""Checking what was rendered, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.plan import Manifest, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tutor.env.render import RenderedFile, RenderedTree
    from tutor.env.validate import UnknownPatch
    from tutor.project import Project


def check_rendered(
    project: Project, tree: RenderedTree, *, lenient: bool = False
) -> tuple[list[UnknownPatch], list[str]]:
    """Check what was rendered now, and the names of patches.

    Args:
        project: opened.
        tree: what was rendered.
        lenient: only warn of files of the user and of plugins that stay as they are.

    Returns:
        Patches that nothing uses, and warnings.

    Raises:
        RenderError: a file is no valid one of its format, or a patch has a misspelt name.
    """
    rendered = [file for path, file in tree.files.items() if path not in project.renderer.restored]
    if not rendered and not project.renderer.patches:
        return [], []
    from tutor.env.compose_projects import Surroundings, check_projects, is_affected
    from tutor.env.validate import check_files, check_patch_names

    unknown, warnings = check_patch_names(tree, project.renderer.patches), []
    if rendered:
        changed = list(_changed(project.root, rendered))
        check_files(changed, project.settings)
        if is_affected({file.path for file in changed}):
            enabled = {plugin.name for plugin in project.loaded}
            around = Surroundings(project.environment, project.settings, project.values, enabled)
            warnings = check_projects(tree.files, around, lenient=lenient)
    return unknown, warnings


def _changed(root: Path, files: Iterable[RenderedFile]) -> Iterator[RenderedFile]:
    """Those that are not as they were when they passed the checks; what is no text has none to pass."""
    known = Manifest.read(root).files
    for file in files:
        try:
            file.content.decode()
        except UnicodeDecodeError:
            continue
        same = file.path in known and read(root / "env" / file.path) == file.content
        if not same or file.digest != known[file.path]:
            yield file
