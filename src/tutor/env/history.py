"""Generations: each environment that was applied is kept, so that it can be compared, and can come back.

What a generation consists of is kept by content: a file that stays as it was costs nothing. Each generation
adds one pack, a zip archive with the contents that no kept generation had before. The list of all of them is
written in the same transaction as the environment, so that a process killed half way leaves neither a
generation without its environment nor the reverse.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from tutor.__about__ import __version__
from tutor.config.settings import plain
from tutor.core.hashes import sha256_of
from tutor.core.hooks import Layer, Origin
from tutor.core.named import Named
from tutor.env.origins import PatchUse, Span
from tutor.env.plan import mode, read
from tutor.env.render import RenderedFile, RenderedTree
from tutor.env.storage import HISTORY, STATE
from tutor.env.transaction import Transaction
from tutor.exceptions import ConfigError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set
    from pathlib import Path

PACKS = f"{STATE}/packs"
FORMAT_VERSION = 1


class KeptSetting(Named):
    """A setting as it was in a generation.

    Args:
        raw: the winning value, not resolved.
        value: the resolved value, where something had asked for it; else ``None``.
        resolved: whether it was resolved.
        origin: where the winning value came from.
    """

    raw: Any
    value: Any
    resolved: bool
    origin: Origin


class Generation(Named):
    """One applied environment.

    Args:
        number: counted from 1; it never comes again.
        time: when it was applied, as ISO 8601 in UTC.
        command: what applied it.
        version: tutor's.
        config: digest of ``config.yml``.
        settings: digest of the list of all settings.
        defined: digest of what defines them, whichever of them something asked for.
        tree: digest of the list of all files.
        plugins: enabled plugin → its version; empty where it has none.
        images: image → its identity on the engine, where one was asked.
        packs: those that have its contents; ``None`` if it was kept before that was noted.
    """

    number: int
    time: str
    command: str
    version: str
    config: str
    settings: str
    defined: str
    tree: str
    plugins: dict[str, str] = {}
    images: dict[str, str] = {}
    packs: list[str] | None = None

    def same(self, other: Generation) -> bool:
        """Whether both are the same environment with the same settings."""
        return (self.config, self.defined, self.tree, self.plugins) == (
            other.config,
            other.defined,
            other.tree,
            other.plugins,
        )


class Snapshot(Named):
    """What becomes a generation.

    Args:
        command: what applies it.
        time: now, as ISO 8601 in UTC.
        config: content of ``config.yml``.
        definitions: of all settings: the winning value, not resolved, and where it comes from.
        settings: gives all of them, resolved: asked for only when there is something new to keep.
        tree: the rendered environment.
        plugins: enabled plugin → its version.
        keep: number of generations to keep.
    """

    command: str
    time: str
    config: bytes
    definitions: Mapping[str, tuple[Any, Origin]]
    settings: Callable[[], Mapping[str, KeptSetting]]
    tree: RenderedTree
    plugins: Mapping[str, str]
    keep: int


class History(Named):
    """The kept generations of a project, oldest first.

    Args:
        root: the project's root.
        generations: those that are kept.
        packs: pack → digests of the contents in it.
        deployed: way to run the platform, such as ``local`` → number of the generation that it is on.
    """

    root: Path
    generations: tuple[Generation, ...] = ()
    packs: dict[str, tuple[str, ...]] = {}
    deployed: dict[str, int] = {}

    @classmethod
    def read(cls, root: Path) -> History:
        """The history of a project; empty where there is none, or where it cannot be read."""
        try:
            content: Any = json.loads((root / HISTORY).read_bytes())
            if content["format_version"] != FORMAT_VERSION:
                return cls(root)
            return cls(
                root,
                tuple(Generation(**entry) for entry in content["generations"]),
                {str(name): tuple(digests) for name, digests in content["packs"].items()},
                {str(side): int(number) for side, number in content["deployed"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(root)

    @property
    def last(self) -> Generation | None:
        """The newest one."""
        return self.generations[-1] if self.generations else None

    def running(self, side: str) -> Generation | None:
        """The one that the platform was brought to, if it was ever started and that is still kept."""
        number = self.deployed.get(side)
        return next((g for g in self.generations if g.number == number), None)

    def get(self, number: int) -> Generation:
        """The generation of a number.

        Raises:
            ConfigError: there is none, or it is kept no more.
        """
        for generation in self.generations:
            if generation.number == number:
                return generation
        known = [str(g.number) for g in self.generations]
        gone = self.generations and number < self.generations[0].number
        raise ConfigError(
            f"Generation {number} is {'kept no more' if gone else 'not there'}"
            + (f": those from {known[0]} to {known[-1]} are" if known else ": none is kept yet"),
            where="command line",
            hint="tutor history; to keep more of them: tutor config save --set KEPT_GENERATIONS=NUMBER"
            if gone
            else "tutor history",
        )

    def content(self, digest: str) -> bytes:
        """What a digest stands for.

        Raises:
            StorageError: it is gone, or is not what it was.
        """
        for name, digests in self.packs.items():
            if digest in digests:
                import zipfile

                path = self.root / PACKS / f"{name}.zip"
                try:
                    with zipfile.ZipFile(path) as pack:
                        found = pack.read(digest)
                except (OSError, KeyError, zipfile.BadZipFile):
                    found = b""
                if sha256_of(found) == digest:
                    return found
                raise StorageError(
                    "The history is damaged: a content that it has kept cannot be read",
                    where=str(path),
                    hint="tutor history; other generations may be whole",
                )
        raise StorageError(
            "The history is damaged: it does not have a content that it names",
            where=str(self.root / HISTORY),
            hint="tutor history; other generations may be whole",
        )

    def settings(self, generation: Generation) -> dict[str, KeptSetting]:
        """All settings of a generation."""
        found = json.loads(self.content(generation.settings))
        return {
            name: KeptSetting(raw, value, resolved, origin_from(origin))
            for name, (raw, value, resolved, origin) in found.items()
        }

    def digests(self, generation: Generation) -> dict[str, str]:
        """Path → digest of the content, of each file of a generation."""
        return {path: entry[0] for path, entry in json.loads(self.content(generation.tree)).items()}

    def tree(self, generation: Generation) -> KeptTree:
        """The files of a generation; contents are read when they are asked for."""
        return KeptTree(self, json.loads(self.content(generation.tree)))


class KeptTree:
    """The files of a generation, by path."""

    def __init__(self, history: History, entries: dict[str, Any]) -> None:
        self.history = history
        self.entries = entries

    def __contains__(self, path: object) -> bool:
        return path in self.entries

    def __iter__(self) -> Any:
        return iter(self.entries)

    def digest(self, path: str) -> str:
        """Digest of the content of a file."""
        return str(self.entries[path][0])

    def file(self, path: str) -> RenderedFile:
        """A file, as it was rendered.

        Raises:
            StorageError: the history is damaged.
        """
        digest, executable, template, origin, spans = self.entries[path]
        return RenderedFile(
            path,
            self.history.content(digest),
            template,
            origin_from(origin),
            tuple(Span(first, last, PatchUse(name, origin_from(o))) for first, last, name, o in spans),
            executable,
        )

    def rendered(self, plugins: Iterable[str]) -> RenderedTree:
        """The whole environment, as it was rendered."""
        return RenderedTree({path: self.file(path) for path in self.entries}, plugins=frozenset(plugins))


def record(changes: Transaction, root: Path, snapshot: Snapshot) -> None:
    """Add a generation to what a transaction writes, unless it is the same as the last one.

    Args:
        changes: writes the environment.
        root: the project's root.
        snapshot: what it is brought to.
    """
    history = History.read(root)
    described = tree_bytes(snapshot.tree)
    number = max([*(g.number for g in history.generations), *map(int, history.packs)], default=0) + 1
    new = Generation(
        number,
        snapshot.time,
        snapshot.command,
        __version__,
        sha256_of(snapshot.config),
        "",
        sha256_of(_definitions_bytes(snapshot.definitions)),
        sha256_of(described),
        dict(snapshot.plugins),
    )
    if history.last is not None and new.same(history.last):
        return
    settings_bytes = _settings_bytes(snapshot.settings())
    new = new._replace(settings=sha256_of(settings_bytes))
    known = {digest for digests in history.packs.values() for digest in digests}
    everything = {new.config: snapshot.config, new.settings: settings_bytes, new.tree: described}
    everything |= {file.digest: file.content for file in snapshot.tree.files.values()}
    missing = {digest: content for digest, content in everything.items() if digest not in known}
    packs = {**history.packs, str(number): tuple(missing)}
    new = new._replace(packs=_packs_with(packs, everything.keys()))
    kept, gone = _pruned(
        history._replace(generations=(*history.generations, new), packs=packs), snapshot.keep
    )
    changes.write(f"{PACKS}/{number}.zip", _pack(missing), 0o600)
    for name in gone:
        changes.remove(f"{PACKS}/{name}.zip")
    changes.write(HISTORY, _serialized(kept), 0o600)


def note_deployed(root: Path, side: str, images: Mapping[str, str]) -> None:
    """Note that the platform was brought to the newest generation, and the images that it runs.

    Args:
        root: the project's root.
        side: way to run it, such as ``local``.
        images: image → its identity on the engine.

    Raises:
        StorageError: the disk refuses.
    """
    history = History.read(root)
    if history.last is None:
        return
    last = history.last._replace(images={**history.last.images, **images})
    noted = history._replace(
        generations=(*history.generations[:-1], last),
        deployed={**history.deployed, side: last.number},
    )
    content = _serialized(noted)
    if content != read(root / HISTORY):
        changes = Transaction(root)
        changes.write(HISTORY, content, 0o600)
        changes.commit()


def origin_from(entry: Any) -> Origin:
    """An origin, from the form in which it is kept."""
    layer, plugin, version, file, line = entry
    return Origin(Layer(layer), plugin, version, file, line)


def _packs_with(packs: Mapping[str, Iterable[str]], digests: Set[str]) -> list[str]:
    return [name for name, contents in packs.items() if not digests.isdisjoint(contents)]


def _packs_of(history: History, generation: Generation) -> list[str]:
    """The packs that have the contents of a generation."""
    if generation.packs is not None:
        return generation.packs
    needed = {generation.config, generation.settings, generation.tree}
    with contextlib.suppress(StorageError, ValueError):  # damaged: there is nothing more to keep for it
        needed.update(history.digests(generation).values())
    return _packs_with(history.packs, needed)


def _pruned(history: History, keep: int) -> tuple[History, list[str]]:
    """The history without what is too old, and the packs that nothing needs any more."""
    running = set(history.deployed.values())
    older, newest = history.generations[:-keep], history.generations[-keep:]
    kept = tuple(g for g in older if g.number in running) + newest
    if len(kept) == len(history.generations):
        return history, []
    kept = tuple(generation._replace(packs=_packs_of(history, generation)) for generation in kept)
    needed = {name for generation in kept for name in generation.packs or ()}
    packs = {name: digests for name, digests in history.packs.items() if name in needed}
    gone = [name for name in history.packs if name not in packs]
    return history._replace(generations=kept, packs=packs), gone


def _settings_bytes(settings: Mapping[str, KeptSetting]) -> bytes:
    content = {
        name: (plain(s.raw), plain(s.value), s.resolved, _origin(s.origin)) for name, s in settings.items()
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode(errors="replace")


def _definitions_bytes(definitions: Mapping[str, tuple[Any, Origin]]) -> bytes:
    content = {name: (plain(raw), _origin(origin)[:3]) for name, (raw, origin) in definitions.items()}
    return json.dumps(content, sort_keys=True).encode()


def tree_bytes(tree: RenderedTree) -> bytes:
    """Everything about the files of an environment but their contents, of which it has the digests."""
    content = {
        path: (
            file.digest,
            mode(file) & 0o100 != 0,
            file.template,
            _origin(file.origin),
            [(s.first, s.last, s.patch.name, _origin(s.patch.origin)) for s in file.spans],
        )
        for path, file in tree.files.items()
    }
    return json.dumps(content, sort_keys=True).encode()


def _origin(origin: Origin) -> tuple[int, str | None, str | None, str | None, int | None]:
    return (int(origin.layer), origin.plugin, origin.version, origin.file, origin.line)


def _pack(contents: Mapping[str, bytes]) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        for digest, content in contents.items():
            pack.writestr(zipfile.ZipInfo(digest), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _serialized(history: History) -> bytes:
    content = {
        "format_version": FORMAT_VERSION,
        "generations": [g._asdict() for g in history.generations],
        "packs": history.packs,
        "deployed": history.deployed,
    }
    return json.dumps(content).encode()
