"""What can be explained, and which of it a word means."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tutor.config.userfile import nearest
from tutor.env.contract import PATCH_POINTS, RETIRED_PATCHES
from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.project import Project

Kind = Literal["setting", "file", "line", "patch", "service"]
KINDS: tuple[Kind, ...] = ("setting", "file", "patch", "service")
_LINE = re.compile(r"(.+):(\d+)")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known.

    Args:
        text: in words.
        place: file and line, where known.
        plugin: whose it is, if it is a plugin's.
        wins: it is the one that counts, among several.
    """

    text: str
    place: str | None = None
    plugin: str | None = None
    wins: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a subject.

    Args:
        kind: what it is.
        name: of the subject.
        summary: one sentence.
        facts: title → what is known under it, in order.
        hint: a command that goes on from here.
    """

    kind: Kind
    name: str
    summary: str
    facts: dict[str, tuple[Fact, ...]]
    hint: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As data, for scripts."""
        return dataclasses.asdict(self)


def explain(project: Project, word: str, kind: str | None = None) -> Answer:
    """Explain what a word names: a setting, a file or a line of one, a patch point, a service, in this order.

    Args:
        project: opened.
        word: the name.
        kind: what it is the name of, where it could be several things.

    Raises:
        ConfigError: nothing has that name.
        RenderError: the environment cannot be rendered.
    """
    from tutor.explain import file, patch, service, setting

    if kind in (None, "setting") and word in project.settings:
        return setting.explain(project, word)
    path, line = _path(project, word)
    tree = project.renderer.render_tree()
    if kind in (None, "file") and path in tree.files:
        if line is not None:
            return file.explain_line(project, tree, path, line)
        return file.explain(project, tree, path)
    known = {*tree.points.names, *PATCH_POINTS, *RETIRED_PATCHES, *project.renderer.patches}
    if kind in (None, "patch") and word in known:
        return patch.explain(project, tree, word)
    if kind in (None, "service") and word in service.names(tree):
        return service.explain(project, tree, word)
    candidates = [*_candidates(project, kind), *tree.files, *known, *service.names(tree)]
    near = nearest(word, candidates)
    raise ConfigError(
        f"There is no {kind or 'setting, file, patch point or service'} called {word}"
        + (f"; did you mean {near}?" if near else ""),
        where="command line",
        hint=f"tutor explain {near}" if near else "tutor config show, or: ls $(tutor config printroot)/env",
    )


def names(project: Project) -> list[str]:
    """What can be explained, for completion: without rendering anything."""
    files = _files_on_disk(project)
    return sorted({*project.settings, *files, *PATCH_POINTS, *project.renderer.patches})


def _candidates(project: Project, kind: str | None) -> list[str]:
    return list(project.settings) if kind in (None, "setting") else []


def _path(project: Project, word: str) -> tuple[str, int | None]:
    """The path in the environment that a word means, from wherever it was typed, and the line."""
    environment = os.path.realpath(project.environment)
    found = _LINE.fullmatch(word)
    text, line = (found[1], int(found[2])) if found else (word, None)
    absolute = os.path.realpath(text)
    if absolute.startswith(environment + os.sep):
        return os.path.relpath(absolute, environment), line
    return text.removeprefix("env/"), line


def _files_on_disk(project: Project) -> Iterator[str]:
    for parent, _, files in os.walk(project.environment):
        for name in files:
            yield os.path.relpath(os.path.join(parent, name), project.environment)
