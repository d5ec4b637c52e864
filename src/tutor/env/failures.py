"""From an exception inside a template to an error with plugin, patch, template, line, and the line itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.config.userfile import nearest
from tutor.core.hooks import CORE
from tutor.core.named import Named
from tutor.exceptions import RenderError, TutorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tutor.config.resolve import Resolver
    from tutor.core.hooks import Origin

_UNDEFINED_NAME = re.compile(r"'([^']+)' is undefined")


class Text(Named):
    """A template that is not a file of its own.

    Args:
        label: identifies it in tracebacks.
        source: the template.
        origin: who contributed it; its line is the first line of the text.
        title: words for messages, such as ``patch caddyfile``.
        layer: words for the source of a setting.
        hint: what to do about a mistake in it, unless it is a plugin's.
        secret: whether its text must not be shown.
    """

    label: str
    source: str
    origin: Origin
    title: str
    layer: str = ""
    hint: str = "tutor config edit"
    secret: bool = False

    def line(self, number: int) -> Origin:
        """The place of one of its lines, counted from 1."""
        if self.origin.line is None:
            return self.origin
        return self.origin._replace(line=self.origin.line + number - 1)


def failure(
    error: Exception,
    texts: Mapping[str, Text],
    roots: Sequence[tuple[str, Origin]],
    settings: Resolver,
) -> TutorError:
    """The error to raise for whatever went wrong in a template.

    An error that has its place already (a patch inside of a template) gets the template added.
    """
    file, line = _place(error, texts, roots)
    if isinstance(error, TutorError):
        template = _template(file, roots)
        if template and error.where and "template" not in error.where and not error.placed:
            error.where += f", template {template[0]}:{line}"
        return error
    message = _message(error, settings)
    text = texts.get(file or "")
    if text is not None:
        where = f"{text.title}, {text.layer}" if text.layer else text.title
        if line and "\n" in text.source.strip():
            where += f", line {line} of it"
        if text.origin.plugin or text.origin.file:
            where = f"{text.line(line or 1)}, {where}"
        excerpt = None if text.secret else _excerpt(text.source, line)
        plugin = text.origin.plugin
        guilty = text.line(line or 1)
        title = f"{text.title} of plugin {plugin}" if plugin else text.title
    else:
        template = _template(file, roots)
        name, origin = template or (file or "?", None)
        where = f"template {name}:{line}"
        plugin = origin.plugin if origin else None
        guilty = (origin or CORE)._replace(file=file, line=line)
        if plugin:
            where = f"{guilty}, {where}"
        excerpt = _excerpt(_read(file), line)
        title = f"Template {name}"
    title = title[0].upper() + title[1:]
    hint = text.hint if text else "tutor config edit"
    if plugin:
        hint = f"correct it, or: tutor plugins disable {plugin}"
    found = RenderError(f"{title} cannot be rendered: {message}", where=where, excerpt=excerpt, hint=hint)
    found.missing = _missing_setting(error)
    return found.blaming(guilty)


def _missing_setting(error: Exception) -> str | None:
    import jinja2

    found = _UNDEFINED_NAME.search(str(error)) if isinstance(error, jinja2.UndefinedError) else None
    return found[1] if found else None


def _message(error: Exception, settings: Resolver) -> str:
    import jinja2

    if isinstance(error, RecursionError):
        return "it includes itself, without an end"
    missing = _missing_setting(error)
    if missing:
        near = nearest(missing, settings)
        return f"there is no setting {missing}" + (f"; did you mean {near}?" if near else "")
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name}"
    if isinstance(error, jinja2.TemplateSyntaxError):
        return str(error.message)
    return f"{type(error).__name__}: {error}" if not isinstance(error, jinja2.UndefinedError) else str(error)


def _place(
    error: Exception, texts: Mapping[str, Text], roots: Sequence[tuple[str, Origin]]
) -> tuple[str | None, int | None]:
    """The deepest template that the error passed, and its line."""
    import traceback

    import jinja2

    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.filename or error.name, error.lineno
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in texts or _template(frame.filename, roots):
            return frame.filename, frame.lineno
    return None, None


def _template(file: str | None, roots: Sequence[tuple[str, Origin]]) -> tuple[str, Origin] | None:
    for root, origin in roots:
        if file and file.startswith(root + "/"):
            return file[len(root) + 1 :], origin
    return None


def _read(file: str | None) -> str:
    try:
        return Path(file or "").read_text()
    except (OSError, ValueError):
        return ""


def _excerpt(source: str, line: int | None) -> str | None:
    lines = source.splitlines()
    if line is None or not 0 < line <= len(lines):
        return None
    return f"{line:>5} | {lines[line - 1]}"
