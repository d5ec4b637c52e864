"""A platform of a few templates, with plugins that contribute to it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import write
from tutor.config.settings import core
from tutor.contributions import core_registry
from tutor.core.hooks import Layer, Origin, activate
from tutor.env.render import Renderer
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutor.core.hooks import Registry


@dataclasses.dataclass
class Platform:
    """Templates and plugins, rendered on demand."""

    templates: Path
    registry: Registry

    def template(self, path: str, content: str) -> Path:
        """Add a template of the core, such as ``apps/x.yml``."""
        file = self.templates / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def patch(self, name: str, content: str, plugin: str = "myapp", line: int = 10) -> None:
        """Add a plugin's patch, whose text starts at a line of its file."""
        origin = Origin(Layer.PLUGIN_DEFAULT, plugin, "1.0", f"/{plugin}.py", line)
        self.registry.add(Filters.ENV_PATCHES, items=((name, content),), origin=origin)

    def renderer(self, **settings: Any) -> Renderer:
        """With these settings of the user."""
        found = core()
        for name, value in settings.items():
            found.add(name, value, Origin(Layer.CONFIG_FILE))
        return Renderer(found)


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """One with nothing in it."""
    templates = tmp_path / "templates"
    write(templates / "version", "1\n")
    monkeypatch.setattr("tutor.env.render.TEMPLATES_ROOT", str(templates))
    with activate(core_registry()) as registry:
        yield Platform(templates, registry)
