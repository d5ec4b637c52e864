"""Which line of which template, or of which patch, each line of a rendered file comes from.

A file is rendered once more, to a text that knows where its pieces come from: see `tutor.env.traced`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutor.env.contract import JSON_PATCHES
from tutor.env.failures import Text
from tutor.env.helpers import json_members
from tutor.env.reads import Watch
from tutor.env.traced import Spot, Traced, TracingEnvironment, carry, concat
from tutor.env.uses import Uses, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2

    from tutor.config.resolve import Resolver
    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedFile, Renderer


#: Functions of templates that read settings whose names they put together.
BY_NAME = frozenset({"resources", "iter_values_named"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a template, or of a patch.

    Args:
        template: name of the template; empty for a patch.
        patch: name of the patch; empty for a template.
        line: counted from 1.
        origin: whose it is; for a patch, with the line of the plugin's file where that is known.
        point: template and line that ask for the patch, as ``name:line``; empty for a template.
        label: identifies the text that is rendered there.
    """

    template: str
    patch: str
    line: int
    origin: Origin
    point: str = ""
    label: str = ""


class Tracer:
    """Traces files of one rendered tree.

    Args:
        renderer: rendered them.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._texts: dict[str, Text] = {}
        self._uses: dict[str, Uses] = {}
        self._asked: dict[str, set[str]] = {}
        self._jinja = TracingEnvironment(renderer.sources, Watch())
        self._jinja.settings = self._watched = _Watched(renderer.settings)  # type: ignore[assignment]  # reads alike
        self._jinja.globals["patch"] = self._patch

    def places(self, file: RenderedFile) -> list[Place]:
        """Where each line of a file comes from; of a file that is copied as it is, nothing."""
        try:
            lines = file.content.decode().splitlines()
        except UnicodeDecodeError:
            return []
        if self._renderer.copied(file.template) is not None:
            owner = self._owner(file.template)
            return [Place(file.template, "", number, owner) for number in range(1, len(lines) + 1)]
        text = file.content.decode()
        spots = carry(self._traced(file), text).spots()
        last = next((spot for spot in spots if spot is not None), Spot(file.template, 1))
        found: list[Place] = []
        for spot in spots:
            last = spot or last
            found.append(self._place(last))
        return found

    def uses_of(self, place: Place) -> set[str]:
        """Names of settings and variables that decide what stands on a line."""
        return self._uses_in(place).names.get(place.line, set())

    def asked_by_name(self, file: RenderedFile) -> set[str]:
        """Settings that a traced file asked for by names that functions put together."""
        return self._asked.get(file.path, set()) - self.template_uses(file.template)

    def template_uses(self, template: str) -> set[str]:
        """Names that a template reads, with the templates that it takes in."""
        found: set[str] = set()
        pending, seen = [template], {template}
        while pending:
            read = self._uses_of_template(pending.pop())
            found |= read.all_names
            pending += read.all_templates - seen
            seen |= read.all_templates
        return found

    def patch_uses(self, name: str, origin: Origin) -> set[str]:
        """Names that a plugin's patch reads."""
        found: set[str] = set()
        for content, its_origin in self._renderer.patches.get(name, ()):
            if its_origin == origin:
                found |= uses(self._jinja, content).all_names
        return found

    def _traced(self, file: RenderedFile) -> Traced:
        self._watched.asked = self._asked.setdefault(file.path, set())
        try:
            text = self._jinja.get_template(file.template).render()
        except Exception:  # noqa: BLE001 (a plugin's code, which cannot do with a text of this kind)
            text = self._jinja.data(file.template, 1, self._source(file.template))
        return text if isinstance(text, Traced) else Traced(text, [(len(text), None)])

    def _place(self, spot: Spot) -> Place:
        text = self._texts.get(spot.label)
        if text is not None:
            point = f"{spot.point.label}:{spot.point.line}" if spot.point else ""
            name = text.title.removeprefix("patch ")
            return Place("", name, spot.line, text.line(spot.line), point, spot.label)
        return Place(spot.label, "", spot.line, self._owner(spot.label), label=spot.label)

    def _owner(self, template: str) -> Origin:
        import os

        for root, origin in self._renderer.roots:
            if os.path.isfile(os.path.join(root, template)):
                return origin
        return self._renderer.roots[0][1]

    def _uses_in(self, place: Place) -> Uses:
        if place.template:
            return self._uses_of_template(place.template)
        text = self._texts.get(place.label)
        return uses(self._jinja, text.source) if text else Uses()

    def _uses_of_template(self, template: str) -> Uses:
        if template not in self._uses:
            self._uses[template] = uses(self._jinja, self._source(template))
        return self._uses[template]

    def _source(self, template: str) -> str:
        try:
            return self._jinja.loader.get_source(self._jinja, template)[0]  # type: ignore[union-attr]  # it has one
        except Exception:  # noqa: BLE001 (no such template, or not text)
            return ""

    def _patch(self, name: str, separator: str = "\n", suffix: str = "") -> str:
        pieces: list[str] = []
        for index, (content, origin) in enumerate(self._renderer.patches.get(name, ())):
            label = f"<patch {name} #{index}>"
            self._texts[label] = Text(label, content, origin, f"patch {name}")
            text = self._compiled(label, content).render()
            if name in JSON_PATCHES and isinstance(text, Traced):
                text = carry(text, json_members(str.__str__(text)))
            pieces += [separator, text]
        joined = concat(pieces[1:])
        return joined + suffix if joined else ""

    def _compiled(self, label: str, source: str) -> jinja2.Template:
        code = self._jinja.compile(source, name=label, filename=label)
        return self._jinja.template_class.from_code(self._jinja, code, self._jinja.globals)


class _Watched:
    """Settings that remember which of them were asked for."""

    def __init__(self, settings: Resolver) -> None:
        self._settings = settings
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return self._settings.get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return self._settings[name]

    def __contains__(self, name: object) -> bool:
        return name in self._settings

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)
