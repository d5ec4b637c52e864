"""`tutor.env`, as plugins call it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.config.settings import Contribution, Settings
from tutor.core.hooks import CORE, Layer, Origin
from tutor.env import guests, render
from tutor.env.failures import Text
from tutor.env.plan import ENV
from tutor.hooks import Filters

if TYPE_CHECKING:
    import jinja2

    from tutor.types import Config, ConfigValue


class Renderer:
    """Renders templates with a dictionary of settings, and what plugins contribute.

    Args:
        config: setting → value; values may be templates over other settings.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        origin = Origin(Layer.DEFAULT)
        settings = {name: [Contribution(value, origin)] for name, value in config.items()}
        self._renderer = render.Renderer(Settings(settings))

    @property
    def environment(self) -> jinja2.Environment:
        """The Jinja environment; plugins add to its globals."""
        return self._renderer.jinja

    def render_template(self, template_name: str) -> str:
        """Render a template by name."""
        return self._renderer.render_template(template_name)

    def render_str(self, text: str) -> str:
        """Render a text."""
        return self._renderer.render_text(text, Text("<text>", text, CORE, "text"))

    def patch(self, name: str, separator: str = "\n", suffix: str = "") -> str:
        """What enabled plugins put at a patch point."""
        return self._renderer.patch(name, separator, suffix)


def render_str(config: Config, text: str) -> str:
    """Render a text with settings."""
    return Renderer(config).render_str(text)


def render_file(config: Config, *path: str) -> str:
    """Render a template, named by the parts of its path, with settings."""
    return Renderer(config).render_template("/".join(path))


def render_unknown(config: Config, value: ConfigValue) -> Any:
    """Render every text in a value of any type."""
    if isinstance(value, str):
        return render_str(config, value)
    if isinstance(value, list):
        return [render_unknown(config, item) for item in value]
    if isinstance(value, dict):
        return {render_unknown(config, k): render_unknown(config, v) for k, v in value.items()}
    return value


def read_template_file(*path: str) -> str:
    """The source of a template, named by the parts of its path: the core's first, then plugins'.

    Raises:
        FileNotFoundError: there is none.
    """
    for root in (render.TEMPLATES_ROOT, *Filters.ENV_TEMPLATE_ROOTS.iterate()):
        file = Path(root, *path)
        if file.is_file():
            return file.read_text()
    raise FileNotFoundError("/".join(path))


def template_path(*path: str, templates_root: str = render.TEMPLATES_ROOT) -> str:
    """Path of a template of the core."""
    return str(Path(templates_root, *path))


def pathjoin(root: str, *path: str) -> str:
    """Path of a file of the environment of a project."""
    return str(Path(root, ENV, *path))


def data_path(root: str, *path: str) -> str:
    """Path of a file in the data of a project's containers."""
    return str(Path(root, "data", *path))


def write_to(content: str | bytes, path: str) -> None:
    """Write a file, and the folders that lead to it.

    What a plugin writes into the environment when that was saved is removed when the plugin is disabled.

    Raises:
        StorageError: the disk refuses.
    """
    guests.write(Path(path), content.encode() if isinstance(content, str) else content)
