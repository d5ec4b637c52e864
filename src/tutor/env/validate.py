"""Validation of a rendered tree: formats, and names of patches. Nothing is written before it passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.config.userfile import distance, nearest
from tutor.core.hooks import Layer
from tutor.core.named import Named
from tutor.env.contract import PATCH_POINTS, RETIRED_PATCHES
from tutor.exceptions import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tutor.config.settings import Settings
    from tutor.core.hooks import Origin
    from tutor.env.formats import Fault
    from tutor.env.render import PatchPoints, RenderedFile, RenderedTree

#: Lines shown before and after a faulty one.
CONTEXT = 2


class UnknownPatch(Named):
    """A plugin's patch for which there is no patch point.

    A ``suggestion`` is made where the name is misspelt: not for the point of another plugin or release.
    """

    name: str
    origin: Origin
    suggestion: str | None

    @property
    def message(self) -> str:
        """One sentence for the user."""
        text = f"Patch {self.name} is used by no template"
        if self.name in RETIRED_PATCHES:
            return f"{text}; instead: {RETIRED_PATCHES[self.name]}"
        return f"{text}; did you mean {self.suggestion}?" if self.suggestion else text


def check_files(files: Iterable[RenderedFile], settings: Settings | None = None) -> None:
    """Check files by their format.

    Args:
        files: what is checked.
        settings: what they were rendered with: another image may take what the core's refuses.

    Raises:
        RenderError: the first fault, with the plugin and patch that the line comes from.
    """
    for error in file_errors(files, settings):
        raise error


def file_errors(files: Iterable[RenderedFile], settings: Settings | None = None) -> Iterator[RenderError]:
    """What is wrong with files by their format: the first fault of each. See `check_files`."""
    from tutor.env import formats  # several parsers: only where there is something to parse

    for file in files:
        try:
            text = file.content.decode()
        except UnicodeDecodeError:
            continue
        title, found = formats.check(file.path, text)
        faults = [fault for fault in found if not _may_be_right(fault, file, settings)]
        if faults:
            yield fault_error(file, text, title, faults[0])


def _may_be_right(fault: Fault, file: RenderedFile, settings: Settings | None) -> bool:
    """Whether another image may take it: nobody knows which one a file of a plugin is for."""
    if fault.unless is None:
        return False
    if file.path.startswith("plugins/"):
        return True
    return settings is not None and settings.winner(fault.unless).origin.layer > Layer.DEFAULT


def unknown_patches(
    patches: Mapping[str, list[tuple[str, Origin]]], points: PatchPoints
) -> list[UnknownPatch]:
    """Patches that no template asks for, with the nearest real name."""
    found = []
    real = points.names | set(PATCH_POINTS)
    for name, contents in patches.items():
        if points.known(name) or name in PATCH_POINTS:
            continue
        # The plugin's own name at another's point is no misspelling, a letter more or less is.
        near = nearest(name, real)
        typo = near is not None and name not in RETIRED_PATCHES and distance(name.lower(), near.lower()) <= 2
        found.append(UnknownPatch(name, contents[0][1], near if typo else None))
    return found


def check_patch_names(
    tree: RenderedTree, patches: Mapping[str, list[tuple[str, Origin]]]
) -> list[UnknownPatch]:
    """Return the patches that nothing uses.

    Raises:
        RenderError: one of them is a misspelling.
    """
    unknown = unknown_patches(patches, tree.points)
    for patch in unknown:
        if patch.suggestion:
            raise RenderError(
                patch.message,
                where=str(patch.origin),
                hint=f"correct the name, or: tutor plugins disable {patch.origin.plugin}",
            )
    return unknown


def fault_error(file: RenderedFile, text: str, title: str, fault: Fault) -> RenderError:
    """The error for a fault of a file: with the plugins whose patches its lines are from."""
    line = fault.line
    span = file.contributor(line) if line else None
    guilty = [span] if span else []
    if fault.related:
        other = file.contributor(fault.related)
        if other and other not in guilty:
            guilty.append(other)
    if not guilty and line and file.spans:
        # A parser often notices a fault only after the line that caused it.
        before = [s for s in file.spans if s.last <= line]
        guilty = before[-1:] if before and line - before[-1].last <= 2 else []
    places = [f"{s.patch.origin}, patch {s.patch.name}" for s in guilty]
    plugins = list(dict.fromkeys(s.patch.origin.plugin for s in guilty if s.patch.origin.plugin))
    origins = tuple(s.patch.origin for s in guilty)
    if not plugins and file.origin.plugin:
        places, plugins, origins = [str(file.origin)], [file.origin.plugin], (file.origin,)
    where = "; ".join([*places, f"{file.path}:{line}" if line else file.path])
    if plugins:
        hint = f"correct the plugin, or: tutor plugins disable {' '.join(plugins)}"
    else:
        hint = "check the settings used there: tutor config edit"
    return RenderError(
        f"{file.path} would not be a valid {title}: {fault.message}",
        where=where,
        excerpt=excerpt_of(text, line),
        hint=hint,
    ).blaming(*origins)


def excerpt_of(text: str, line: int | None) -> str | None:
    """The lines around a faulty one, without secrets; ``None`` where it is not known."""
    if line is None:
        return None
    from tutor.config.masking import Mask

    lines, masked = text.splitlines(), Mask()
    shown = []
    for number in range(max(1, line - CONTEXT), min(len(lines), line + CONTEXT) + 1):
        mark = ">" if number == line else " "
        shown.append(f"{mark}{number:>5} | {masked.text(lines[number - 1])}".rstrip())
    return "\n".join(shown)
