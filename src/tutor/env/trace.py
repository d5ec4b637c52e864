"""Which line of which template, or of which patch, each line of a rendered file comes from.

A file is rendered once more, with marks in front of every line of a template's text. The marks are
private-use characters, as those of `tutor.env.origins`. What comes out must be the file without them, else
nothing is said: a template that measures or compares texts would see them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2.ext import Extension
from jinja2.lexer import Token

from tutor.env.failures import Text
from tutor.env.jinja import SettingsEnvironment
from tutor.env.reads import Watch
from tutor.env.uses import Uses, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2
    from jinja2.lexer import TokenStream

    from tutor.config.resolve import Resolver
    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedFile, Renderer

_OPEN, _END, _ZERO = "\U0010f804", "\U0010f805", 0x10F820
_MARK = re.compile("\U0010f804([\U0010f820-\U0010f829]+)\U0010f805")


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
    """

    template: str
    patch: str
    line: int
    origin: Origin


class Tracer:
    """Traces files of one rendered tree.

    Args:
        renderer: rendered them.
    """

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._marked: list[tuple[str, int]] = []
        self._numbers: dict[tuple[str, int], int] = {}
        self._texts: dict[str, Text] = {}
        self._patches: dict[str, str] = {}
        self._uses: dict[str, Uses] = {}
        self._asked: dict[str, set[str]] = {}
        self._jinja = SettingsEnvironment(renderer.sources, Watch())
        self._jinja.settings = self._watched = _Watched(renderer.settings)  # type: ignore[assignment]  # reads alike
        self._jinja.globals["patch"] = self._patch
        self._jinja.extend(tutor_tracer=self)
        self._jinja.add_extension(_Lines)

    def places(self, file: RenderedFile) -> list[Place | None]:
        """Where each line of a file comes from; empty where that cannot be told."""
        self._watched.asked = self._asked.setdefault(file.path, set())
        try:
            marked = self._jinja.get_template(file.template).render()
        except Exception:  # noqa: BLE001 (it was rendered before: whatever fails now fails because of the marks)
            return []
        text = _MARK.sub("", marked)
        if text.encode() not in (file.content, file.content.removesuffix(b"\n")):
            return []
        found: list[Place | None] = []
        last: Place | None = None
        for line in marked.splitlines():
            here, last = self._read(line, last)
            found.append(here)
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

    def mark(self, label: str, line: int) -> str:
        """The mark of a line."""
        key = (label, line)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._marked)
            self._marked.append(key)
        return _OPEN + "".join(chr(_ZERO + int(digit)) for digit in str(number)) + _END

    def _read(self, line: str, before: Place | None) -> tuple[Place | None, Place | None]:
        """Where a line comes from, and where the next one would come from if it had no mark."""
        here, last, blank = None, before, True
        position = 0
        for match in _MARK.finditer(line):
            blank = blank and not line[position : match.start()].strip()
            last = self._place(match[1])
            if here is None or blank:
                here = last
            position = match.end()
        return here or before, last

    def _place(self, digits: str) -> Place:
        label, line = self._marked[int("".join(str(ord(digit) - _ZERO) for digit in digits))]
        text = self._texts.get(label)
        if text is not None:
            return Place("", text.title.removeprefix("patch "), line, text.line(line))
        return Place(label, "", line, self._owner(label))

    def _owner(self, template: str) -> Origin:
        import os

        for root, origin in self._renderer.roots:
            if os.path.isfile(os.path.join(root, template)):
                return origin
        return self._renderer.roots[0][1]

    def _uses_in(self, place: Place) -> Uses:
        if place.template:
            return self._uses_of_template(place.template)
        for text in self._texts.values():
            if text.title == f"patch {place.patch}" and text.line(place.line) == place.origin:
                return uses(self._jinja, text.source)
        return Uses()

    def _uses_of_template(self, template: str) -> Uses:
        if template not in self._uses:
            try:
                source = self._jinja.loader.get_source(self._jinja, template)[0]  # type: ignore[union-attr]  # it has one
            except Exception:  # noqa: BLE001 (no such template, or not text: it reads nothing)
                source = ""
            self._uses[template] = uses(self._jinja, source)
        return self._uses[template]

    def _patch(self, name: str, separator: str = "\n", suffix: str = "") -> str:
        rendered = []
        for index, (content, origin) in enumerate(self._renderer.patches.get(name, ())):
            label = f"<patch {name} #{index}>"
            text = self._texts[label] = Text(label, content, origin, f"patch {name}")
            rendered.append(self._render_patch(text))
        joined = separator.join(rendered)
        return joined + suffix if joined else ""

    def _render_patch(self, text: Text) -> str:
        """A patch with its lines marked. Without statements they are those of its source, one to one."""
        if text.label not in self._patches:
            rendered = ""
            if "{%" not in text.source:
                rendered = self._renderer.render_text(text.source, text)
            lines = rendered.split("\n")
            if rendered and len(lines) == text.source.removesuffix("\n").count("\n") + 1:
                marked = (self.mark(text.label, number) + line for number, line in enumerate(lines, 1))
                self._patches[text.label] = "\n".join(marked)
            else:
                self._patches[text.label] = self._compiled(text.label, text.source).render()
        return self._patches[text.label]

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


class _Lines(Extension):
    """Marks the lines of a template's own text."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        tracer: Tracer = self.environment.tutor_tracer  # type: ignore[attr-defined]  # set above
        label = stream.name or ""
        for token in stream:
            if token.type != "data" or not label:
                yield token
                continue
            first, *others = token.value.split("\n")
            marked = tracer.mark(label, token.lineno) + first
            for number, text in enumerate(others, token.lineno + 1):
                marked += "\n" + tracer.mark(label, number) + text
            yield Token(token.lineno, "data", marked)
