"""What several rules ask about a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
from jinja2 import meta, nodes

from tutor.config.table import core_settings
from tutor.config.userfile import distance, nearest
from tutor.env.failures import Text
from tutor.env.validate import UnknownPatch
from tutor.env.validate import unknown_patches as all_unknown_patches
from tutor.exceptions import RenderError, TutorError
from tutor.hooks import Filters
from tutor.plugins.checks.lines import start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject


def unknown_patches(subject: Subject) -> list[tuple[UnknownPatch, Origin]]:
    """The plugin's patches that no template asks for, each with its place."""
    mine: dict[str, list[tuple[str, Origin]]] = {}
    for (name, content), origin in subject.own(Filters.ENV_PATCHES):
        mine.setdefault(name, []).append((content, origin))
    return [
        (patch, start(origin, patch.name, content)[0])
        for patch in all_unknown_patches(mine, subject.rendering.tree.points)
        for content, origin in mine[patch.name]
    ]


def cause(error: BaseException) -> BaseException:
    """What an error in a template was at first."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def render_errors(subject: Subject) -> list[TutorError]:
    """What of the plugin cannot be rendered: for the environment, or as a setting, a task or a tag."""
    found = [error for error in subject.errors if not _is_about_format(error)]
    known = {error.message for error in found}
    for error in _unrendered(subject):
        if error.message not in known and any(o.plugin == subject.name for o in error.origins):
            known.add(error.message)
            found.append(error)
    return found


def format_errors(subject: Subject) -> list[TutorError]:
    """Files that are invalid in their format because of the plugin."""
    return [error for error in subject.errors if _is_about_format(error)]


def _is_about_format(error: TutorError) -> bool:
    return (
        isinstance(error, RenderError) and error.__cause__ is None and "would not be a valid" in error.message
    )


def _unrendered(subject: Subject) -> Iterator[TutorError]:
    renderer = subject.project.renderer
    for name in subject.settings:
        try:
            subject.project.values[name]
        except TutorError as error:
            yield error
    for source in subject.sources:
        if source.title.startswith(("init task", "tag of")):
            text = Text(f"<check {source.title}>", source.text, source.origin, source.title)
            try:
                renderer.render_text(source.text, text)
            except TutorError as error:
                yield error


def names_used(subject: Subject, text: str) -> list[tuple[str, int]]:
    """Names that a template takes from outside, each with its first line."""
    if text not in subject.names:  # several rules ask
        subject.names[text] = list(_names_used(subject, text))
    return subject.names[text]


def _names_used(subject: Subject, text: str) -> Iterator[tuple[str, int]]:
    tree = _parsed(subject, text)
    if tree is None:
        return
    # One that is given a value in a branch counts as undeclared after that branch.
    assigned = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    free = meta.find_undeclared_variables(tree) - assigned
    seen = set()
    for node in tree.find_all(nodes.Name):
        if node.name in free and node.name not in seen:
            seen.add(node.name)
            yield node.name, node.lineno


def undeclared(subject: Subject, text: str) -> Iterator[tuple[str, int]]:
    """Names that a template takes from outside, and that are neither settings nor functions of templates."""
    known = subject.project.renderer.jinja.globals
    for name, line in names_used(subject, text):
        if name not in known and name not in subject.project.settings and not subject.belongs_elsewhere(name):
            yield name, line


def unknown_overrides(subject: Subject) -> Iterator[tuple[str, Origin]]:
    """Overrides of settings that nobody declares or reads."""
    for name, (_, origin) in subject.overrides.items():
        if not (subject.declared(name) or subject.belongs_elsewhere(name) or mentions(subject, name)):
            yield name, origin


def misspelling_of(name: str, subject: Subject) -> str | None:
    """The setting that a name was meant to be, where it differs in a letter or two."""
    near = nearest(name, (n for n in subject.project.settings if subject.declared(n)))
    return near if near is not None and distance(name.lower(), near.lower()) <= 2 else None


def _parsed(subject: Subject, text: str) -> nodes.Template | None:
    if "{" not in text:
        return None
    try:
        return subject.project.renderer.jinja.parse(text)
    except jinja2.TemplateSyntaxError:
        return None  # told by another rule


def mentions(subject: Subject, name: str) -> bool:
    """Whether anything reads a setting, as far as names in templates and code tell."""
    return name in core_settings() or subject.vocabulary.knows(name)
