"""A plan in plain words, for a terminal of whatever width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tutor.plan.model import FileChange, Hunk, Plan, SettingChange

#: What a piece of text is: it decides how it is coloured.
#: ``title``, ``new``, ``changed``, ``removed``, ``added line``, ``removed line``, ``place``, ``warning``.
Paint: TypeAlias = Callable[[str, str], str]

#: Lines of a new or removed file that are shown; also the number of new files from which on they are counted.
SHOWN = 12
#: Lines of one piece of a changed file that are shown.
SHOWN_OF_CHANGED = 60
_MARKS = {"new": "+", "created": "+", "built": "+", "pulled": "+", "removed": "-"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a plan is shown.

    Args:
        width: columns of the terminal; words are broken into lines for it, lines of files are not.
        paint: colours a text of some kind.
        full: show all lines of files.
    """

    width: int = 80
    paint: Paint = lambda _, text: text
    full: bool = False

    def wrapped(self, text: str, indent: int = 2, more: int = 4) -> Iterator[str]:
        """Words, broken into lines."""
        yield from textwrap.wrap(
            text,
            max(self.width, 30),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + more),
            break_long_words=False,
            break_on_hyphens=False,
        )


def lines(plan: Plan, style: Style | None = None) -> Iterator[str]:
    """The plan, line by line."""
    style = style or Style()
    if plan.empty:
        yield from style.wrapped("Nothing would change.", 0)
    yield from section("Settings", _settings(plan, style), style)
    yield from section("Files", files(plan.files, style), style)
    yield from section("Images", _images(plan, style), style)
    yield from section("Services", _services(plan, style), style)
    yield from section("Init tasks", _tasks(plan, style), style)
    yield from section("Not known", _each(plan.unknown, style), style)
    for warning in plan.warnings:
        yield from (style.paint("warning", line) for line in style.wrapped(f"Warning: {warning}", 0))
    if not plan.empty:
        yield ""
        yield from style.wrapped(summary(plan), 0)
    if plan.commands:
        yield from section("Next", (f"  {command}" for command in plan.commands), style)


def summary(plan: Plan) -> str:
    """One sentence that counts."""
    counts = [
        _count(len(plan.settings), "setting"),
        _count(len(plan.files), "file"),
        _count(len(plan.images), "image"),
        _count(len(plan.services), "service"),
        _count(len(plan.tasks), "init task"),
    ]
    named = [count for count in counts if count]
    return f"Would change: {', '.join(named)}." if named else "config.yml would be written."


def settings(changes: Sequence[SettingChange], style: Style) -> Iterator[str]:
    """Changes of settings; what a plugin brings, or takes with it, in one line."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        if change.plugin and change.action in ("new", "removed"):
            grouped.setdefault((change.action, change.by), []).append(change.name)
            continue
        yield from _setting(change, style)
    for (action, by), names in grouped.items():
        text = f"+ {by} brings" if action == "new" else f"- {by}, and what it brought goes"
        text += f": {', '.join(names)}"
        yield from _painted(action, style.wrapped(text), style)


def files(changes: Sequence[FileChange], style: Style) -> Iterator[str]:
    """Changes of files, each with its diff. Many new ones of one owner are only counted."""
    new: dict[str, list[str]] = {}
    for change in changes:
        if change.action == "created":
            new.setdefault(change.owner, []).append(change.path)
    counted = {owner for owner, paths in new.items() if len(paths) > SHOWN and not style.full}
    for owner in counted:
        yield from _painted("new", style.wrapped(f"+ {len(new[owner])} new files of {owner}"), style)
    for change in changes:
        if change.action != "created" or change.owner not in counted:
            yield from _file(change, style)


def section(title: str, body: Iterable[str], style: Style) -> Iterator[str]:
    """A headline with what is under it; nothing where that is nothing."""
    found = list(body)
    if found:
        yield ""
        yield style.paint("title", title)
        yield from found


def _settings(plan: Plan, style: Style) -> Iterator[str]:
    yield from settings(plan.settings, style)
    if plan.generated:
        text = f"+ generated once and saved in config.yml: {', '.join(plan.generated)}"
        yield from _painted("new", style.wrapped(text), style)


def setting_values(change: SettingChange) -> str:
    """What becomes of a setting's value, in words."""
    old, new = change.old or "(empty)", change.new or "(empty)"
    if change.action == "new":
        return new
    if change.action == "removed":
        return f"was {old}"
    return f"{new}, another one" if old == new else f"{old} → {new}"


def file_notes(change: FileChange) -> Iterator[str]:
    """What there is to say about a file besides what becomes of it."""
    if change.written:
        yield "written already, what runs does not use it yet"
    if change.edited:
        yield "edited by hand: that version is kept in .tutor/edited"
    if change.binary:
        yield "not text"
    if change.mode:
        yield "its permissions only"


def by_whom(change: SettingChange) -> str:
    """Who changes a setting: whoever sets it, or the settings that it follows."""
    return f"follows {', '.join(change.follows)}" if change.follows else change.by


def because(reasons: Sequence[str]) -> str:
    """Reasons as a part of a sentence."""
    words = "; ".join(reasons)
    return f"because {words}" if words.startswith(("it ", "its ")) else f"because of {words}"


def _setting(change: SettingChange, style: Style) -> Iterator[str]:
    mark = _MARKS.get(change.action, "~")
    text = f"{mark} {change.name}: {setting_values(change)}  ({by_whom(change)})"
    yield from _painted(change.action, style.wrapped(text), style)


def _file(change: FileChange, style: Style) -> Iterator[str]:
    notes = [*([change.owner] if change.action != "changed" else ()), *file_notes(change)]
    mark = _MARKS.get(change.action, "~")
    text = f"{mark} {change.path}" + (f"  ({'; '.join(notes)})" if notes else "")
    yield from _painted(change.action, style.wrapped(text), style)
    limit = SHOWN_OF_CHANGED if change.action == "changed" else SHOWN
    for hunk in change.hunks:
        yield from _hunk(hunk, style, limit)


def _hunk(hunk: Hunk, style: Style, limit: int) -> Iterator[str]:
    for cause in hunk.causes:
        yield from _painted("place", style.wrapped(str(cause), 4), style)
    limit = len(hunk.lines) if style.full else limit
    yield style.paint("place", f"    {hunk.header}")
    for line in hunk.lines[:limit]:
        kind = {"+": "added line", "-": "removed line"}.get(line[0], "")
        yield style.paint(kind, f"    {line}".rstrip()) if kind else f"    {line}".rstrip()
    if len(hunk.lines) > limit:
        yield f"    … {len(hunk.lines) - limit} more lines (all of them: --full)"


def _images(plan: Plan, style: Style) -> Iterator[str]:
    for change in plan.images:
        users = f", for {', '.join(change.services)}" if change.services else ""
        text = f"+ {change.image}: {change.action}, because {change.reason}{users}"
        yield from _painted("new", style.wrapped(text), style)


def _services(plan: Plan, style: Style) -> Iterator[str]:
    for change in plan.services:
        mark = _MARKS.get(change.action, "~")
        text = f"{mark} {change.name}: {change.action}, {because(change.reasons)}"
        kind = "new" if mark == "+" else "removed" if mark == "-" else "changed"
        yield from _painted(kind, style.wrapped(text), style)


def _tasks(plan: Plan, style: Style) -> Iterator[str]:
    for change in plan.tasks:
        text = f"~ {change.name}, because {change.reason}"
        if change.place and change.owner != "core":
            text += f" ({change.place})"
        yield from _painted("changed", style.wrapped(text), style)


def _each(items: Iterable[str], style: Style) -> Iterator[str]:
    for item in items:
        yield from style.wrapped(item)


def _painted(kind: str, found: Iterable[str], style: Style) -> Iterator[str]:
    yield from (style.paint(kind, line) for line in found)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}" if number else ""
