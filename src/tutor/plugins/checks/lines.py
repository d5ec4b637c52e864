"""Where in a plugin's files a text, or a line of a rendered file, comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutor.hooks import Filters

if TYPE_CHECKING:
    from tutor.core.hooks import Origin
    from tutor.env.render import RenderedFile


def start(origin: Origin, name: str, content: str) -> tuple[Origin, bool]:
    """Where a text starts that a plugin contributed, and whether its lines can be counted from there.

    API v1 knows the line of the call only. Most plugins read patches from files of their name; others have
    the text in the module.

    Args:
        origin: of the contribution.
        name: of the file that the text may be from, such as the patch's name.
        content: the text.
    """
    if not origin.file:
        return origin, False
    module = Path(origin.file)
    for folder in (module.parent, module.parent.parent):
        path = folder / "patches" / name
        if "/" not in name and _text(path) == content:
            return origin._replace(file=str(path), line=1), True
    if not content.strip():
        return origin, False
    source = _text(module) or ""
    position = source.find(content)
    if position >= 0 and source.count(content) == 1:
        return origin._replace(line=source.count("\n", 0, position) + 1), True
    # Indented in the module, or with escapes: its first line tells where it starts.
    lines = content.splitlines()
    number, first = next((n, line.strip()) for n, line in enumerate(lines) if line.strip())
    found = [n for n, line in enumerate(source.splitlines(), start=1) if line.strip() == first]
    if len(found) == 1 and found[0] > number:
        return origin._replace(line=found[0] - number), True
    return origin, False


def in_source(file: RenderedFile, line: int) -> Origin:
    """The place in a plugin's file that a line of the environment comes from.

    The template's own line is looked for; where it is not there once, such as in a loop, it is the place
    where the patch starts.
    """
    text = file.content.decode(errors="replace").splitlines()[line - 1].strip()
    span = file.contributor(line)
    if span is None:
        return file.origin
    for (name, content), origin in Filters.ENV_PATCHES.collect():
        if name == span.patch.name and origin == span.patch.origin:
            first, exact = start(origin, name, content)
            found = [n for n, source in enumerate(content.splitlines()) if source.strip() == text]
            if exact and first.line is not None and len(found) == 1:
                return first._replace(line=first.line + found[0])
            return first
    return span.patch.origin


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return None
