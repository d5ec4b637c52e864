"""`tutor.env`, as plugins call it."""

from __future__ import annotations

import contextlib
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor import contributions
from tutor.config.settings import Contribution, Settings
from tutor.core.hooks import CORE, current
from tutor.env import guests, render
from tutor.env.again import Again
from tutor.env.failures import Text
from tutor.env.plan import ENV
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2

    from tutor.core.hooks import Registry
    from tutor.types import Config, ConfigValue


class _Given(Settings):
    """Settings that somebody gives as a dictionary, as it is now.

    Plugins give all there are to render a single file, which reads few. What says where one is from is made
    when it is asked for.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._given = dict(config)

    def __contains__(self, name: object) -> bool:
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def winner(self, name: str) -> Contribution:
        """The value of a setting."""
        return Contribution(self._given[name], CORE)

    def layers(self, name: str) -> list[Contribution]:
        """The same: it is the only one."""
        return [self.winner(name)]


class Renderer:
    """Renders templates with a dictionary of settings, and what plugins contribute.

    Args:
        config: setting → value; values may be templates over other settings.
    """

    def __init__(self, config: Config) -> None:
        contributions.ensure()
        self.config = config
        self._renderer = render.Renderer(_Given(config))

    @property
    def environment(self) -> jinja2.Environment:
        """The Jinja environment; plugins add to its globals."""
        return self._renderer.jinja

    def render_template(self, template_name: str) -> str:
        """Render a template by name."""
        return self._renderer.render_template(template_name)

    def render_str(self, text: str) -> str:
        """Render a text."""
        return self._renderer.render_text(text, _text(text))

    def patch(self, name: str, separator: str = "\n", suffix: str = "") -> str:
        """What enabled plugins put at a patch point."""
        return self._renderer.patch(name, separator, suffix)


def _text(text: str) -> Text:
    return Text("<text>", text, CORE, "text")


#: The renderer that rendered the last single text or file, with the registry and its revision then.
_idle: list[tuple[weakref.ref[Registry], int, render.Renderer, Again]] = []


@contextlib.contextmanager
def _renderer(config: Config) -> Iterator[tuple[render.Renderer, Again]]:
    """A renderer for one text or file, and what came out of the files before.

    Plugins render a hundred of them, one after the other. As long as nobody contributes anything, the one
    before is taken: its templates are compiled. Whoever renders meanwhile gets one of his own.
    """
    contributions.ensure()
    registry, settings = current(), _Given(config)
    found, again = None, Again()
    if _idle:
        then, revision, idle, before = _idle.pop()
        if then() is registry and revision == registry.revision and idle.renewed(settings):
            found, again = idle, before
    if found is None:
        found = render.Renderer(settings)
    revision = registry.revision
    yield found, again
    handles = (Filters.ENV_TEMPLATE_FILTERS, Filters.ENV_TEMPLATE_VARIABLES)
    computed = any(entry.is_computed for handle in handles for entry in registry.entries(handle))
    if registry.revision == revision and not computed:
        _idle[:] = [(weakref.ref(registry), revision, found, again)]


def render_str(config: Config, text: str) -> str:
    """Render a text with settings."""
    with _renderer(config) as (renderer, _):
        return renderer.render_text(text, _text(text))


def render_file(config: Config, *path: str) -> str:
    """Render a template, named by the parts of its path, with settings."""
    with _renderer(config) as (renderer, again):
        return again.render(renderer, "/".join(path))


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
    for root in Filters.ENV_TEMPLATE_ROOTS.apply([render.TEMPLATES_ROOT]):
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
