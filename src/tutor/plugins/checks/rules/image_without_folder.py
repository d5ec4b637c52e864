"""Rule: images that are built have something to be built from."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from tutor.env.patterns import left_out
from tutor.hooks import Actions, Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Action
    from tutor.plugins.checks.subject import Subject

FILE = "Dockerfile"
#: When plugins write files of their own into the environment.
MOMENTS: tuple[Action[Any], ...] = (Actions.PROJECT_ROOT_READY, Actions.CONFIG_LOADED, Actions.ENV_SAVED)


def check(subject: Subject) -> Iterator[Place]:
    """Images whose folder has no Dockerfile. One that fails to be rendered is there, and told as such."""
    targets = subject.project.renderer.targets()
    for (name, path, _, arguments), origin in subject.own(Filters.IMAGES_BUILD, subject.project.config):
        folder = posixpath.normpath(path if isinstance(path, str) else "/".join(map(str, path)))
        if folder.startswith("/") or any(str(a).startswith(("-f", "--file")) for a in arguments):
            continue
        if f"{folder}/{FILE}" not in targets:
            found = _reason(subject, folder)
            if found is not None:
                yield Place(f"Image {name} is built from env/{folder}, {found[0]}", origin, found[1])


def _reason(subject: Subject, folder: str) -> tuple[str, str] | None:
    """Why there is no Dockerfile, and what to do; nothing where the plugin may put it there itself."""
    if "{{" in folder or "{%" in folder:
        return "a path in which nothing is rendered", "write it as it is in the environment"
    reason = f"where there is no {FILE}"
    template = _template(subject, folder)
    if template is None:
        if any(subject.acts_on(moment) for moment in MOMENTS):
            return None
        return reason, f"add the template {folder.removeprefix('plugins/')}/{FILE}"
    targets = subject.project.renderer.targets()
    rendered = [posixpath.dirname(path) for path, (name, _) in targets.items() if name == template]
    if rendered:
        return f"{reason}: {template} is rendered to env/{rendered[0]}", f"build it from {rendered[0]}"
    if left_out()(template):
        remedy = f"add {posixpath.dirname(template)}/ to ENV_PATTERNS_INCLUDE"
        return f"{reason}: a pattern keeps the template {template} from being rendered", remedy
    remedy = "add its folder to ENV_TEMPLATE_TARGETS, or correct the path of the image"
    return f"{reason}: the template {template} is not rendered", remedy


def _template(subject: Subject, folder: str) -> str | None:
    """The plugin's template that is meant: that of the path, or else of the same folder somewhere else."""
    sources = subject.project.renderer.sources
    names = [n for root in subject.template_roots for n in sources.names(root) if n.endswith(f"/{FILE}")]
    meant = f"{folder.removeprefix('plugins/')}/{FILE}"
    last = f"/{posixpath.basename(folder)}/{FILE}"
    return meant if meant in names else next((name for name in names if f"/{name}".endswith(last)), None)


RULE = Rule(
    slug="image-without-folder",
    severity="warning",
    title="An image without its build folder",
    why="`tutor images build` fails. In API v0 the folder is `PLUGIN/build/IMAGE` among the plugin's "
    "templates; in API v1 it is a folder of the environment, rendered because of "
    "`ENV_TEMPLATE_TARGETS`, one of the platform's, such as `build/openedx`, or an absolute path.",
    check=check,
)
