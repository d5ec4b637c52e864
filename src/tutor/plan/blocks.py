"""Because of what a service or an image changes: parts of files, and who changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tutor.plan.files import Difference, Edit
    from tutor.plan.model import Cause


def causes_of_service(
    name: str, differences: Sequence[Difference], files: Collection[str]
) -> tuple[str, ...]:
    """Because of what the description of a service changes, in words; settings first.

    Args:
        name: of the service.
        differences: of all files.
        files: the Compose files, by path in the environment.
    """
    causes: dict[Cause, None] = {}
    places: dict[str, None] = {}
    for difference in differences:
        path = difference.change.path
        if path not in files:
            continue
        old = block(difference.before, name)
        new = block(difference.after, name)
        for edit in difference.edits:
            if _touches(edit, old, new):
                causes.update(dict.fromkeys(edit.causes))
                places[path] = None
    return _in_words(causes, places)


def causes_of_folder(folder: str, differences: Sequence[Difference]) -> tuple[str, ...]:
    """Because of what the files of a folder change, in words; settings first.

    Args:
        folder: path in the environment.
        differences: of all files.
    """
    inside = [d for d in differences if d.change.path.startswith(f"{folder}/")]
    causes = dict.fromkeys(cause for d in inside for edit in d.edits for cause in edit.causes)
    return _in_words(causes, [d.change.path for d in inside])


def _in_words(causes: Collection[Cause], places: Iterable[str]) -> tuple[str, ...]:
    settings = sorted({setting for cause in causes for setting in cause.settings})
    plugins = dict.fromkeys(
        f"plugin {cause.plugin}" + (f", patch {cause.patch}" if cause.patch else "")
        for cause in causes
        if cause.plugin and (not cause.settings or not settings)
    )
    return (
        *(f"setting {setting}" for setting in settings),
        *plugins,
        *(f"file {path}" for path in places),
    )


def block(lines: Sequence[str], name: str) -> tuple[int, int]:
    """The lines of a service in a Compose file, counted from 0, the end left out; an empty range for none.

    The file is rendered, so its indentation is regular: it need not be parsed for this.
    """
    inside = False
    start, indentation = -1, 0
    for number, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        if start >= 0 and depth <= indentation:
            return start, number
        if depth == 0:
            inside = text.rstrip() == "services:"
        elif (
            inside and start < 0 and text.split("#")[0].strip().strip("\"'").rstrip(":").strip("\"'") == name
        ):
            start, indentation = number, depth
    return (start, len(lines)) if start >= 0 else (0, 0)


def _touches(edit: Edit, old: tuple[int, int], new: tuple[int, int]) -> bool:
    return _overlap(edit.old, old) or _overlap(edit.new, new)


def _overlap(left: tuple[int, int], right: tuple[int, int]) -> bool:
    return max(left[0], right[0]) < min(left[1], right[1])
