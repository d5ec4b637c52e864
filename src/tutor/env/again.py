"""Single templates that plugins render again and again: from the same sources the same comes out.

A published plugin renders all manifests of the platform's jobs once for each job. What such a template reads
is noted, as for the files of the environment (`tutor.env.record`), and compared instead of rendered the next
time. Nothing is kept of one that reads anything that cannot be compared, or that changes anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.env.record import Fingerprints

if TYPE_CHECKING:
    from tutor.env.render import Renderer

#: Templates that are kept.
_LIMIT = 4


class Again:
    """What came out of templates, as long as plugins contribute the same filters and variables."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        #: Name → what it read, what the settings among that read, the fingerprint of it all, and the text.
        self._known: dict[str, tuple[Any, dict[str, Any], bytes, str]] = {}

    def render(self, renderer: Renderer, name: str) -> str:
        """Render a template by name, or give what came out before from the same.

        Args:
            renderer: has rendered nothing else with its settings.
            name: of the template.

        Raises:
            RenderError: names plugin, patch, template and line.
        """
        known = self._known.pop(name, None)
        if known is not None and Fingerprints(renderer, known[1]).of(known[0]) == known[2]:
            self._known[name] = known
            return known[3]
        if name not in self._seen:  # most are rendered once: nothing is noted for them
            self._seen.add(name)
            return renderer.render_template(name)
        with renderer.watch.computing() as noted:
            text = renderer.render_template(name)
        reads = noted.plain()
        settings = {setting: found.plain() for setting, found in renderer.watch.resolved.items()}
        taken = None if renderer.watch.disturbed() else Fingerprints(renderer, settings).of(reads)
        if taken is None:
            self._seen.discard(name)
        else:
            while len(self._known) >= _LIMIT:
                del self._known[next(iter(self._known))]
            self._known[name] = (reads, settings, taken, text)
        return text
