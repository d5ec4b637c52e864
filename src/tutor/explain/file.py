"""A file of the environment, or one of its lines: whose template and whose patch it comes from."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from tutor.config.secrets import shown
from tutor.env.plan import ENV, Manifest, read
from tutor.env.trace import Tracer
from tutor.exceptions import ConfigError, TutorError
from tutor.explain.places import owner
from tutor.explain.subject import Answer, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.config.masking import Mask
    from tutor.env.render import RenderedFile, RenderedTree
    from tutor.project import Project


def explain(project: Project, tree: RenderedTree, path: str) -> Answer:
    """Explain a file."""
    file = tree.files[path]
    tracer = Tracer(project.renderer)
    patches = tuple(
        Fact(
            f"lines {span.first}-{span.last}: {owner(span.patch.origin)}, patch {span.patch.name}",
            span.patch.origin.place or None,
            span.patch.origin.plugin,
        )
        for span in sorted(file.spans, key=lambda s: (s.first, s.last))
    )
    names = tracer.template_uses(file.template)
    facts = {
        "Template": (
            Fact(f"{file.template}, of {owner(file.origin)}", file.origin.place or None, file.origin.plugin),
        ),
        "Patches in it": patches,
        "Settings that its template reads": _settings(project, names),
        "On disk": (Fact(_state(project, file)),),
    }
    return Answer("file", path, f"env/{path}", _filled(facts), f"tutor explain {path}:LINE")


def explain_line(project: Project, tree: RenderedTree, path: str, number: int) -> Answer:
    """Explain one line of a file.

    Raises:
        ConfigError: it has not as many lines.
    """
    file = tree.files[path]
    try:
        lines = file.content.decode().splitlines()
    except UnicodeDecodeError:
        lines = []
    if not 0 < number <= len(lines):
        raise ConfigError(
            f"env/{path} has {len(lines)} lines, and no line {number}",
            where="command line",
            hint=f"tutor explain {quote(str(path))}",
        )
    tracer = Tracer(project.renderer)
    place = tracer.places(file)[number - 1]
    whose, plugin, line = owner(place.origin), place.origin.plugin, place.origin.place
    facts: dict[str, tuple[Fact, ...]] = {}
    span = file.contributor(number)
    if place.patch:
        facts["Patch"] = (Fact(f"{whose}, patch {place.patch}", line or None, plugin),)
        facts["Template"] = (
            Fact(f"{file.template}, of {owner(file.origin)}", place.point or None, file.origin.plugin),
        )
    else:
        if span is not None:  # a patch takes a template in
            patch, by = span.patch, span.patch.origin
            facts["Patch"] = (Fact(f"{owner(by)}, patch {patch.name}", by.place or None, by.plugin),)
        facts["Template"] = (Fact(f"of {whose}", f"{place.template}:{place.line}", plugin),)
    names = tracer.uses_of(place)
    facts["Settings that decide what stands there"] = _settings(project, names)
    facts["On disk"] = (Fact(_state(project, file)),)
    shown_line = _mask(project).text(lines[number - 1].strip())
    return Answer(
        "line",
        f"{path}:{number}",
        f"env/{path}:{number}  {shown_line}",
        _filled(facts),
        f"tutor explain {path}",
    )


def _settings(project: Project, names: Iterable[str]) -> tuple[Fact, ...]:
    found = []
    for name in sorted(names):
        if name not in project.settings:
            continue
        origin = project.settings.winner(name).origin
        try:
            value = shown(name, project.values[name]) or "(empty)"
        except TutorError:
            value = "(not generated yet)"
        by = owner(origin) if origin.plugin else origin.layer.title
        found.append(Fact(f"{name} = {value}  ({by})", None, origin.plugin))
    return tuple(found)


def _state(project: Project, file: RenderedFile) -> str:
    import hashlib

    content = read(project.root / ENV / file.path)
    if content is None:
        return "it is not there yet: tutor config save"
    if content == file.content:
        return "as it is rendered"
    known = Manifest.read(project.root).files.get(file.path)
    if hashlib.sha256(content).hexdigest() != known:
        return "edited by hand: tutor diff"
    return "another one: settings, plugins or templates have changed since it was written: tutor plan"


def _mask(project: Project) -> Mask:
    from tutor.config.masking import Mask

    known = {**project.user.values, **project.values.known()}
    return Mask(known.items())


def _filled(facts: dict[str, tuple[Fact, ...]]) -> dict[str, tuple[Fact, ...]]:
    return {title: found for title, found in facts.items() if found}
