"""A file of the environment, or one of its lines: whose template and whose patch it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
            hint=f"tutor explain {path}",
        )
    tracer = Tracer(project.renderer)
    places = tracer.places(file)
    place = places[number - 1] if places else None
    span = file.contributor(number)
    facts: dict[str, tuple[Fact, ...]] = {}
    if span is not None:
        origin = span.patch.origin
        line = place.origin if place is not None and place.patch == span.patch.name else origin
        facts["Patch"] = (
            Fact(f"{owner(origin)}, patch {span.patch.name}", line.place or None, origin.plugin),
        )
        names = tracer.patch_uses(span.patch.name, origin) if place is None else tracer.uses_of(place)
        point = _line_of_point(project, file, span.patch.name)
        facts["Template"] = (Fact(f"{file.template}, of {owner(file.origin)}", point, file.origin.plugin),)
    elif place is not None and place.template:
        names = tracer.uses_of(place)
        facts["Template"] = (
            Fact(f"of {owner(place.origin)}", f"{place.template}:{place.line}", place.origin.plugin),
        )
    else:
        names = tracer.template_uses(file.template)
        text = f"{file.template}, of {owner(file.origin)}; which of its lines cannot be told"
        facts["Template"] = (Fact(text, None, file.origin.plugin),)
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


def _line_of_point(project: Project, file: RenderedFile, patch: str) -> str | None:
    """Where the template has the patch point."""
    from jinja2 import TemplateError

    from tutor.env.uses import uses

    loader: Any = project.renderer.jinja.loader
    environment = project.renderer.jinja
    pending, seen = [file.template], {file.template}
    while pending:
        template = pending.pop(0)
        try:
            found = uses(environment, loader.get_source(environment, template)[0])
        except (TemplateError, OSError, ValueError):
            continue  # no such template, or not text
        for line, names in sorted(found.patches.items()):
            if patch in names:
                return f"{template}:{line}"
        pending += sorted(found.all_templates - seen)
        seen |= found.all_templates
    return None


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
