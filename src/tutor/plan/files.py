"""Which files change, and for each piece of a diff who contributed it and which settings it reads."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.env.plan import ENV, read
from tutor.env.trace import BY_NAME, Tracer
from tutor.plan.model import Cause, FileChange, Hunk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tutor.change import Prepared
    from tutor.config.masking import Mask
    from tutor.core.hooks import Origin
    from tutor.env.history import KeptTree
    from tutor.env.origins import PatchUse
    from tutor.env.render import RenderedFile
    from tutor.env.trace import Place
    from tutor.plan.model import FileAction
    from tutor.plan.settings import SettingsComparison

#: Lines of context around what changes.
CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines that are replaced. Ranges count from 0, the ends are left out."""

    old: tuple[int, int]
    new: tuple[int, int]
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A file of before and of after.

    Args:
        change: what is shown of it.
        before: its lines, none where it was not there.
        after: its lines, none where it goes.
        edits: what lies between them, each piece with its causes.
    """

    change: FileChange
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()


class FileComparison:
    """Compares what would be written with what is on disk, and with what the platform runs on.

    Args:
        prepared: the change.
        settings: which settings changed.
        mask: hides secrets.
        last: the files of the newest generation: who contributed lines that are no longer there.
        running: the files that the platform runs on, where that is known.
    """

    def __init__(
        self,
        prepared: Prepared,
        settings: SettingsComparison,
        mask: Mask,
        last: KeptTree | None,
        running: KeptTree | None,
    ) -> None:
        self._prepared = prepared
        self._settings = settings
        self._mask = mask
        self._last = last
        self._running = running
        self._tracer = Tracer(prepared.project.renderer)

    def differences(self) -> list[Difference]:
        """All files that change, by path."""
        plan, tree = self._prepared.plan, self._prepared.tree
        found = {}
        for path in plan.created:
            found[path] = self._difference(path, "created", None, tree.files[path])
        for path in (*plan.changed, *plan.removed):
            action: FileAction = "changed" if path in tree.files else "removed"
            content = read(self._prepared.project.root / ENV / path)
            found[path] = self._difference(path, action, content, tree.files.get(path))
        found.update(dict(self._written(set(found))))
        return [difference for _, difference in sorted(found.items())]

    def _written(self, paths: set[str]) -> Iterator[tuple[str, Difference]]:
        """Files that were written already, and that the platform does not run on yet."""
        if self._running is None:
            return
        from tutor.core.hashes import sha256_of

        files = self._prepared.tree.files
        for path in self._running:
            if path in paths:
                continue
            if path not in files:
                yield path, self._old_difference(path, "removed")
            elif sha256_of(files[path].content) != self._running.digest(path):
                yield path, self._old_difference(path, "changed")
        for path in files:
            if path not in self._running and path not in paths:
                made = self._difference(path, "created", None, files[path])
                yield path, dataclasses.replace(made, change=dataclasses.replace(made.change, written=True))

    def _old_difference(self, path: str, action: FileAction) -> Difference:
        assert self._running is not None  # noqa: S101 (for the type checker)
        before = self._running.file(path)
        made = self._difference(path, action, before.content, self._prepared.tree.files.get(path), before)
        return dataclasses.replace(made, change=dataclasses.replace(made.change, written=True))

    def _difference(
        self,
        path: str,
        action: FileAction,
        content: bytes | None,
        after: RenderedFile | None,
        before: RenderedFile | None = None,
    ) -> Difference:
        before = before or self._kept(path, content)
        owner = after.origin if after else before.origin if before else None
        edited = path in self._prepared.plan.edited
        change = FileChange(
            path,
            action,
            _owner(owner) if owner or not edited else "somebody",
            edited=edited,
            mode=after is not None and content == after.content,
        )
        try:
            old, new = _lines(content), _lines(after.content if after else None)
        except UnicodeDecodeError:
            return Difference(dataclasses.replace(change, binary=True))
        kept = self._rendered_last(path) if edited else before
        causes = _Causes(self._settings, self._tracer, kept, after, old if edited else None)
        edits = [
            Edit((i, j), (k, m), causes.of((i, j), (k, m)))
            for tag, i, j, k, m in _matcher(old, new).get_opcodes()
            if tag != "equal"
        ]
        hunks = tuple(_hunks(old, new, edits, self._mask))
        return Difference(dataclasses.replace(change, hunks=hunks), tuple(old), tuple(new), tuple(edits))

    def _kept(self, path: str, content: bytes | None) -> RenderedFile | None:
        """The file as it was rendered last, if that is what is on disk."""
        from tutor.core.hashes import sha256_of

        if self._last is None or content is None or path not in self._last:
            return None
        return self._last.file(path) if self._last.digest(path) == sha256_of(content) else None

    def _rendered_last(self, path: str) -> RenderedFile | None:
        return self._last.file(path) if self._last is not None and path in self._last else None


def compare_files(
    path: str, before: RenderedFile | None, after: RenderedFile | None, mask: Mask, *, edited: bool = False
) -> FileChange | None:
    """Compare a file of two times; ``None`` where it is the same.

    Args:
        path: in the environment.
        before: the file; ``None`` where it was not there.
        after: the file; ``None`` where it is not there.
        mask: hides secrets.
        edited: somebody edited it by hand since it was rendered.
    """
    if before is None and after is None:
        return None
    same = before is not None and after is not None and before.content == after.content
    mode = before is not None and after is not None and before.executable != after.executable
    if same and not mode:
        return None
    action: FileAction = "created" if before is None else "removed" if after is None else "changed"
    owner = _owner((after or before).origin) if after or before else "tutor"  # type: ignore[union-attr]
    change = FileChange(path, action, owner, edited=edited, mode=same)
    try:
        old, new = _lines(before.content if before else None), _lines(after.content if after else None)
    except UnicodeDecodeError:
        return dataclasses.replace(change, binary=True)
    edits = []
    for tag, i, j, k, m in _matcher(old, new).get_opcodes():
        if tag != "equal":
            causes = [*_patches_of(before, (i, j)), *_patches_of(after, (k, m))]
            edits.append(Edit((i, j), (k, m), tuple(dict.fromkeys(causes))))
    return dataclasses.replace(change, hunks=tuple(_hunks(old, new, edits, mask)))


def _patches_of(file: RenderedFile | None, lines: tuple[int, int]) -> Iterator[Cause]:
    for number in range(lines[0] + 1, lines[1] + 1):
        span = file.contributor(number) if file else None
        if span is not None:
            origin, name = span.patch.origin, span.patch.name
            yield Cause(f"{_owner(origin)}, patch {name}", origin.plugin, name, origin.place or None)


def _hunks(old: Sequence[str], new: Sequence[str], edits: Sequence[Edit], mask: Mask) -> Iterator[Hunk]:
    for group in _matcher(old, new).get_grouped_opcodes(CONTEXT):
        lines = []
        for tag, i, j, k, m in group:
            if tag == "equal":
                lines += [f" {mask.text(text)}" for text in old[i:j]]
                continue
            lines += [f"-{mask.text(text)}" for text in old[i:j]]
            lines += [f"+{mask.text(text)}" for text in new[k:m]]
        first, last = group[0], group[-1]
        inside = [e for e in edits if first[1] <= e.old[0] <= last[2] and first[3] <= e.new[0] <= last[4]]
        causes = _merged(cause for edit in inside for cause in edit.causes)
        header = f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"
        yield Hunk(header, tuple(lines), causes)


class _Causes:
    """Why lines of one file change.

    Args:
        settings: which settings changed.
        tracer: of the files of after.
        before: the file as it was rendered last, where that is known.
        after: the file as it is rendered now.
        edited: its lines, where somebody edited it since it was rendered.
    """

    def __init__(
        self,
        settings: SettingsComparison,
        tracer: Tracer,
        before: RenderedFile | None,
        after: RenderedFile | None,
        edited: Sequence[str] | None,
    ) -> None:
        self._settings = settings
        self._tracer = tracer
        self._before = before
        self._after = after
        self._edited = edited
        self._places: list[Place] | None = None

    def of(self, old: tuple[int, int], new: tuple[int, int]) -> tuple[Cause, ...]:
        """The causes of one edit; with lines that came before lines that went."""
        if self._edited is not None and self._after is not None:
            return tuple(dict.fromkeys(self._of_edited(self._edited, self._after, old, new)))
        if self._after is None:
            found = self._of_removed_file(old)
        elif self._before is None:
            found = self._of_new_file(self._after, new)
        else:
            found = self._of_rendered(self._after, old, new)
        return tuple(dict.fromkeys(found))

    def _of_edited(
        self, edited: Sequence[str], after: RenderedFile, old: tuple[int, int], new: tuple[int, int]
    ) -> Iterator[Cause]:
        """What somebody did to a file, and what changes besides."""
        rendered, now = _lines(self._before.content if self._before else None), _lines(after.content)
        if self._before is None or _moves(rendered, edited, new=old):
            yield Cause("edited by hand; it is put back as it is rendered")
        for before, moved in _moves(rendered, now, new=new) if self._before else ():
            yield from self._of_rendered(after, before, moved)

    def _of_rendered(
        self, after: RenderedFile, old: tuple[int, int], new: tuple[int, int]
    ) -> Iterator[Cause]:
        found = [
            *self._of_patches(after, new),
            *self._of_gone_patches(old),
            *self._of_template_lines(after, new),
        ]
        yield from found or [self._of_template(after)]

    def _of_new_file(self, file: RenderedFile, new: tuple[int, int]) -> Iterator[Cause]:
        yield Cause(f"new file of {_owner(file.origin)}", file.origin.plugin, None, file.template)
        yield from self._of_patches(file, new)

    def _of_patches(self, file: RenderedFile, lines: tuple[int, int]) -> Iterator[Cause]:
        for number in range(lines[0] + 1, lines[1] + 1):
            span = file.contributor(number)
            if span is None:
                continue
            yield self._of_patch(span.patch)

    def _of_patch(self, patch: PatchUse) -> Cause:
        settings = self._settings.behind(self._tracer.patch_uses(patch.name, patch.origin))
        text, place = f"{_owner(patch.origin)}, patch {patch.name}", patch.origin.place or None
        return Cause(text, patch.origin.plugin, patch.name, place, settings)

    def _of_template_lines(self, file: RenderedFile, new: tuple[int, int]) -> Iterator[Cause]:
        """Lines of templates that read a setting which has changed."""
        if new[0] == new[1]:
            return
        if self._places is None:
            self._places = self._tracer.places(file)
        for number in range(*new):
            place = self._places[number]
            if place.patch:
                continue
            names = self._tracer.uses_of(place)
            settings = self._settings.behind(names)
            if not settings and names & BY_NAME:
                settings = self._settings.behind(self._tracer.asked_by_name(file))
            if settings:
                text = "" if place.origin.plugin is None else f"template of {_owner(place.origin)}"
                yield Cause(text, place.origin.plugin, None, f"{place.template}:{place.line}", settings)

    def _of_gone_patches(self, old: tuple[int, int]) -> Iterator[Cause]:
        """Patches that lines came from; whether nothing comes from them any more."""
        spans = self._after.spans if self._after else ()
        left = {(span.patch.name, span.patch.origin.plugin): span.patch for span in spans}
        for number in range(old[0] + 1, old[1] + 1):
            span = self._before.contributor(number) if self._before else None
            if span is None:
                continue
            origin, name = span.patch.origin, span.patch.name
            if (name, origin.plugin) in left:
                yield self._of_patch(left[name, origin.plugin])
            else:
                text = f"{_owner(origin)}, patch {name}, is gone"
                yield Cause(text, origin.plugin, name, origin.place or None)

    def _of_removed_file(self, old: tuple[int, int]) -> Iterator[Cause]:
        yield from self._of_gone_patches(old)
        if self._before is not None:
            origin = self._before.origin
            yield Cause(f"{_owner(origin)} no longer has it", origin.plugin, None, self._before.template)

    def _of_template(self, file: RenderedFile) -> Cause:
        names = self._tracer.template_uses(file.template)
        if names & BY_NAME:
            names |= self._tracer.asked_by_name(file)
        settings = self._settings.behind(names)
        text = f"template of {_owner(file.origin)}"
        if not settings:
            text += ", or what plugins give to it, has changed"
        return Cause(text, file.origin.plugin, None, file.template, settings)


def _merged(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Each cause once; those that differ only by the line of the template are one."""
    found: dict[tuple[str, str | None, str, tuple[str, ...]], Cause] = {}
    for cause in causes:
        file, _, line = (cause.place or "").rpartition(":")
        key = (cause.text, cause.patch, file, cause.settings)
        known = found.get(key)
        if known is None or cause.patch or not file:
            found.setdefault(key, cause)
        elif line not in (known.place or "").rpartition(":")[2].split(","):
            found[key] = dataclasses.replace(known, place=f"{known.place},{line}")
    return tuple(found.values())


def _owner(origin: Origin | None) -> str:
    if origin is None or origin.plugin is None:
        return "tutor"
    return f"plugin {origin.plugin}" + (f" {origin.version}" if origin.version else "")


def _lines(content: bytes | None) -> list[str]:
    if content is None:
        return []
    if b"\0" in content:
        raise UnicodeDecodeError("utf-8", content, 0, 1, "not text")
    return content.decode().splitlines()


def _matcher(old: Sequence[str], new: Sequence[str]) -> difflib.SequenceMatcher[str]:
    return difflib.SequenceMatcher(None, old, new, autojunk=False)


def _moves(
    old: Sequence[str], now: Sequence[str], new: tuple[int, int]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of ranges of lines in which two texts differ, those that lie in a range of the second one."""
    return [
        ((i, j), (k, m))
        for tag, i, j, k, m in _matcher(old, now).get_opcodes()
        if tag != "equal"
        and (max(k, new[0]) < min(m, new[1]) or new[0] <= k == m <= new[1] or k <= new[0] == new[1] <= m)
    ]


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
