"""Where settings and patch points are used: found in the text of every template and contribution."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.env.jinja import SettingsEnvironment
from tutor.env.reads import Watch
from tutor.env.uses import Uses, names_in, uses
from tutor.explain.subject import Fact
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.project import Project


def owner(origin: Origin) -> str:
    """Whose something is, in words."""
    if origin.plugin is None:
        return "tutor"
    return f"plugin {origin.plugin}" + (f" {origin.version}" if origin.version else "")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that is rendered: a template, a patch, a task, the name of an image.

    Args:
        title: in words.
        text: not rendered.
        origin: whose it is.
        template: its name, if it is one.
    """

    title: str
    text: str
    origin: Origin
    template: str = ""

    def place(self, line: int) -> str | None:
        """File and line of one of its lines, counted from 1."""
        if self.template:
            return f"{self.template}:{line}"
        if self.origin.file is None:
            return None
        first = self.origin.line
        return self.origin.file if first is None else f"{self.origin.file}:{first + line - 1}"


def sources(project: Project) -> Iterator[Source]:
    """Everything that is rendered, besides settings."""
    seen = set()
    for root, origin in project.renderer.roots:
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(folder, name)
                template = os.path.relpath(path, root).replace(os.sep, "/")
                text = _text(path)
                if text is not None and template not in seen:
                    seen.add(template)
                    yield Source(f"template of {owner(origin)}", text, origin, template)
    for patch, contents in project.renderer.patches.items():
        for text, origin in contents:
            yield Source(f"{owner(origin)}, patch {patch}", text, origin)
    for (service, script), origin in Filters.CLI_DO_INIT_TASKS.collect():
        yield Source(f"init task of {owner(origin)} in {service}", script, origin)


def reading(project: Project, name: str) -> tuple[Fact, ...]:
    """Where a setting is read."""
    environment = SettingsEnvironment(project.renderer.sources, Watch())
    found = []
    for source in sources(project):
        if name not in source.text:
            continue
        lines = sorted(n for n, names in direct_uses(environment, source.text).names.items() if name in names)
        if lines:
            place = source.place(lines[0])
            more = "".join(f",{n - lines[0] + _last(place)}" for n in lines[1:]) if place else ""
            found.append(Fact(source.title, f"{place}{more}" if place else None, source.origin.plugin))
    for other in project.settings:
        winner = project.settings.winner(other)
        if other != name and name in names_in(environment, winner.value):
            found.append(Fact(f"setting {other}", None, winner.origin.plugin))
    for (image, _, tag, arguments), origin in Filters.IMAGES_BUILD.collect(project.config):
        if name in names_in(environment, [tag, *arguments]):
            found.append(Fact(f"image {image} of {owner(origin)}", origin.place or None, origin.plugin))
    return tuple(found)


def calling(project: Project, patch: str) -> tuple[Fact, ...]:
    """Where a patch point is."""
    environment = SettingsEnvironment(project.renderer.sources, Watch())
    found = []
    for source in sources(project):
        if patch in source.text:
            lines = [n for n, names in uses(environment, source.text).patches.items() if patch in names]
            found += [Fact(source.title, source.place(n), source.origin.plugin) for n in sorted(lines)]
    return tuple(found)


def direct_uses(environment: SettingsEnvironment, text: str) -> Uses:
    """What lines read themselves, without the conditions around them."""
    from jinja2 import TemplateError, nodes

    found = Uses()
    try:
        tree = environment.parse(text)
    except TemplateError:
        return found
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load":
            found.names.setdefault(node.lineno, set()).add(node.name)
    return found


def _last(place: str | None) -> int:
    return int((place or "0").rpartition(":")[2])


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except (OSError, ValueError):
        return None
