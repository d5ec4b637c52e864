"""`tutor.env.Renderer`, as plugins and scripts call it: templates with a dictionary of settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.config.settings import Contribution, Settings
from tutor.core.hooks import CORE
from tutor.env import guests, render
from tutor.env.failures import Text
from tutor.env.patterns import left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jinja2

    from tutor.types import Config


class Given(Settings):
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

    def __init__(self, config: Config | None = None) -> None:
        self.config = {} if config is None else config
        self._renderer = render.Renderer(Given(self.config))

    @property
    def environment(self) -> jinja2.Environment:
        """The Jinja environment; plugins add to its globals."""
        return self._renderer.jinja

    def render_template(self, template_name: str) -> str | bytes:
        """Render a template by name; what is no text is returned as it is.

        Raises:
            RenderError: there is none, or it cannot be rendered; names the line.
        """
        content = self._renderer.copied(template_name)
        return self._renderer.render_template(template_name) if content is None else content

    def render_str(self, text: str) -> str:
        """Render a text.

        Raises:
            RenderError: it cannot be rendered.
        """
        return self._renderer.render_text(text, text_of(text))

    def patch(self, name: str, separator: str = "\n", suffix: str = "") -> str:
        """What enabled plugins put at a patch point."""
        return self._renderer.patch(name, separator, suffix)

    def iter_templates_in(self, *prefix: str) -> Iterator[str]:
        """Names of the templates in a folder that become files, or of the one that is no folder."""
        is_left_out = left_out()
        names = dict.fromkeys(name for _, name in self._renderer.sources.under("/".join(prefix)))
        yield from (name for name in names if not is_left_out(name))

    def walk_templates(self, subdir: str) -> Iterator[str]:
        """Names of the templates in a folder that become files."""
        yield from self._renderer.jinja.walk_templates(subdir)

    def iter_values_named(
        self, prefix: str | None = None, suffix: str | None = None, allow_empty: bool = False
    ) -> Iterator[Any]:
        """Values of the settings whose names start and end so; without those that are empty."""
        yield from self._renderer.jinja.iter_values_named(prefix, suffix, allow_empty)

    def render_all_to(self, dst: str, *prefix: str) -> None:
        """Render the templates in a folder, and write them below another one.

        Raises:
            RenderError: one cannot be rendered; nothing was written then.
            StorageError: the disk refuses.
        """
        rendered = {name: self.render_template(name) for name in self.iter_templates_in(*prefix)}
        for name, content in rendered.items():
            write_to(content, f"{dst}/{name}")


def text_of(text: str) -> Text:
    """A text to render, for messages about it."""
    return Text("<text>", text, CORE, "text")


def write_to(content: str | bytes, path: str) -> None:
    """Write a file, and the folders that lead to it.

    What a plugin writes into the environment when that was saved is removed when the plugin is disabled.

    Raises:
        StorageError: the disk refuses.
    """
    guests.write(Path(path), content.encode() if isinstance(content, str) else content)
