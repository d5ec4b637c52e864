"""Turning our templates into modules, for packages of ours; see `tutor.env.shipped`."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from tutor.config import settings as layers
from tutor.env import plain, shipped
from tutor.env.render import TEMPLATES_ROOT, Renderer
from tutor.env.sources import Sources
from tutor.env.uses import texts

if TYPE_CHECKING:
    from collections.abc import Iterator


def build() -> dict[str, str]:
    """The files of `shipped.FOLDER`: name → content."""
    environment = Renderer(layers.core()).jinja
    modules = {
        shipped.module_of(name, source): environment.compile(source, name, raw=True)
        for name, source in _templates()
    }
    called = shipped.called_by(environment, (*environment.filters, *environment.tests))
    index = json.dumps({"made_by": shipped.made_by(), "called": called}, indent=1, sort_keys=True)
    return {**modules, shipped.INDEX: index}


def _templates() -> Iterator[tuple[str, str]]:
    """The name and the text of each template: files, and values of settings."""
    sources = Sources([TEMPLATES_ROOT])
    for name in sources.names(TEMPLATES_ROOT):
        with contextlib.suppress(UnicodeDecodeError):
            yield name, sources.read(os.path.join(TEMPLATES_ROOT, name)).decode()
    settings = layers.core()
    for name in settings:
        for text in texts(settings.winner(name).value):
            if plain.parts(text) is None:  # the others are rendered without Jinja
                yield f"<setting {name}>", text
