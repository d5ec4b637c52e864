"""What tests of origins share: lines whose place is not known, or is another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.trace import Tracer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.env.render import RenderedFile, RenderedTree, Renderer

#: What begins an expression, a statement or a comment of a template.
_JINJA = ("{{", "{%", "{#", "%}", "}}", "#}")


def untraced(renderer: Renderer, tree: RenderedTree) -> list[str]:
    """Lines of the files of a tree that have no place, or a wrong one."""
    tracer = Tracer(renderer)
    return [fault for file in tree.files.values() for fault in _faults(renderer, tracer, file)]


def _faults(renderer: Renderer, tracer: Tracer, file: RenderedFile) -> Iterator[str]:
    try:
        lines = file.content.decode().splitlines()
    except UnicodeDecodeError:
        return
    places = tracer.places(file)
    if len(places) != len(lines):
        yield f"{file.path}: {len(places)} places of {len(lines)} lines"
        return
    for number, (line, place) in enumerate(zip(lines, places, strict=True), 1):
        where = f"{file.path}:{number} {line!r}: {place}"
        if not line.strip():
            continue
        around = [span.patch for span in file.spans if span.first <= number <= span.last]
        if place.patch and (place.patch, place.origin.plugin) not in [
            (p.name, p.origin.plugin) for p in around
        ]:
            yield f"{where}, not {around}"
        if place.template == file.template and around:  # a patch may take in a template, another one
            yield f"{where}, not {around}"
        if place.patch and not place.point:
            yield f"{where}: no point"
        source = _line(renderer, place.template, place.line) if place.template else ""
        if place.template and not any(mark in source for mark in _JINJA) and source.strip() not in line:
            yield f"{where}, which is {source!r}"


def _line(renderer: Renderer, template: str, number: int) -> str:
    loader = renderer.jinja.loader
    assert loader is not None
    return loader.get_source(renderer.jinja, template)[0].splitlines()[number - 1]
