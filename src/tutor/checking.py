"""Checking what was rendered, before anything is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.cautions import did_you_mean
from tutor.env.plan import Manifest, read
from tutor.hooks import Filters

#: Files of Compose, by the end of their path.
_COMPOSE = re.compile(r"docker-compose[^/]*\.yml$")
_KEY = re.compile(rb"""(?m)^ +["']?([\w.-]+)["']?[ \t]*:""")

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

    _check_new_mounts(project, tree)
    unknown, warnings = check_patch_names(tree, project.renderer.patches), []
    if rendered:
        changed = list(_changed(project.root, rendered))
        check_files(changed, project.settings)
        if is_affected({file.path for file in changed}):
            enabled = {plugin.name for plugin in project.loaded}
            around = Surroundings(project.environment, project.settings, project.values, enabled)
            warnings = check_projects(tree.files, around, lenient=lenient)
    return unknown, warnings


def _check_new_mounts(project: Project, tree: RenderedTree) -> None:
    before, now = (values.get("MOUNTS") or [] for values in (project.user.values, project.chosen))
    new = [mount for mount in now if mount not in before] if isinstance(now, list) else []
    if not new:
        return
    from tutor.env.compose_projects import is_affected
    from tutor.env.formats.compose_file import content
    from tutor.mounting import check_mounts

    services: set[str] = set()
    for path, file in tree.files.items():
        if is_affected({path}):
            services.update(content(file.content.decode()).get("services") or ())
    check_mounts(map(str, new), map(str, now), services)


def check_tasks(project: Project, tree: RenderedTree, *, settled: bool) -> list[str]:
    """Check the init tasks of plugins: a platform is initialised with the ones that are here now.

    Args:
        project: opened.
        tree: what was rendered.
        settled: it is as it was when they passed the check.

    Returns:
        A warning for each task that no service would run.

    Raises:
        RenderError: a script cannot be rendered.
    """
    tasks = [(task, o) for task, o in Filters.CLI_DO_INIT_TASKS.collect_from_plugins() if o.plugin]
    if not tasks:
        return []
    from tutor.jobs.tasks import RENAMED, init_tasks

    if not settled:
        init_tasks(project)
    known = _services(project, tree)
    found = []
    for (named, _), origin in tasks:
        service = RENAMED.get(named, named)
        if known.isdisjoint((service, f"{service}-job")):
            found.append(
                f"plugin {origin.plugin}: there is no service {service} for an init task"
                f"{did_you_mean(service, known)} ({origin.place})"
            )
    return list(dict.fromkeys(found))


def _services(project: Project, tree: RenderedTree) -> set[str]:
    """What may be the name of a service: the keys in Compose files, those of the user's own files, too."""
    texts = [f.content for path, f in tree.files.items() if _COMPOSE.search(path)]
    texts += [
        read(path) or b""
        for path in project.environment.glob("*/docker-compose*.yml")
        if path.relative_to(project.environment).as_posix() not in tree.files
    ]
    return {name.decode(errors="replace") for text in texts for name in _KEY.findall(text)}


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
