"""What was rendered before, and from what: a file whose sources are the same is taken from the disk.

For each file it is kept what its rendering read (`tutor.env.reads`) and a fingerprint of that: settings as
they are written, with those that they refer to, contents of templates and patches, and our own code. A file
that read anything whose fingerprint cannot be taken is rendered each time. Contents are not kept: they are
those in the environment, as long as their hash is right.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tutor.config.settings import Alias
from tutor.config.table import core_settings
from tutor.config.userfile import FILENAME
from tutor.core import cache
from tutor.core.hooks import Layer
from tutor.env import functions, plain
from tutor.env.origins import PatchUse, Span
from tutor.env.plan import ENV, MANIFEST, mode
from tutor.env.reads import CALLED, KINDS, PURE, is_data
from tutor.env.storage import HISTORY, STATE
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable
    from pathlib import Path

    from tutor.core.hooks import Origin
    from tutor.env.render import PatchPoints, RenderedFile, RenderedTree, Renderer

FILE = f"{STATE}/rendered"


class Fingerprints:
    """Fingerprints of what was read, by what it is now.

    Args:
        renderer: has the settings, patches and templates of now.
        kept: what settings read when they were last resolved: name → `Reads.plain`.
    """

    def __init__(self, renderer: Renderer, kept: dict[str, Any]) -> None:
        self.renderer = renderer
        self.kept = kept
        self.layers = renderer.settings.settings
        self._generated = set(self.layers.missing_unique())
        self._settings: dict[str, bytes | None] = {}
        self._patches: dict[str, bytes | None] = {}
        self._templates: dict[str, bytes | None] = {}
        self._variables: dict[str, Any] | None = None
        self._whole: dict[frozenset[str], bytes | None] = {}
        self._replaced = _plain(_replaced(self.layers))

    def of(self, reads: Any) -> bytes | None:
        """The fingerprint of everything that a computation read; ``None`` where there cannot be one."""
        if reads is None:
            return None
        *kinds, names = reads
        parts = [self._replaced]
        for kind, read in zip(KINDS, kinds, strict=True):
            take = getattr(self, f"_of_{kind}")
            for name in read:
                part = take(name)
                if part is None:
                    return None
                parts += (name.encode(), part)
        if names:
            parts.append(repr(sorted(self.layers)).encode())
        return cache.digest(*parts)

    def _of_settings(self, name: str) -> bytes | None:
        if name not in self._settings:
            self._settings[name] = None  # one that refers to itself has none
            self._settings[name] = self._of_setting(name)
        return self._settings[name]

    def _of_setting(self, name: str) -> bytes | None:
        if name not in self.layers:
            return None if name in self._known_variables() else b"missing"
        if name in self._generated:  # saved with that value
            return _of_data(self.renderer.settings[name])
        value = self.layers.winner(name).value
        own = _of_data(value)
        if own is None or not _is_template(value):
            return own
        rest = self.of(self.reads(name))
        return None if rest is None else cache.digest(own, rest)

    def reads(self, name: str) -> Any:
        """What a setting read when it was last resolved."""
        found = self.renderer.watch.resolved.get(name)
        return found.plain() if found is not None else self.kept.get(name)

    def whole(self, templates: frozenset[str]) -> bytes | None:
        """One fingerprint of everything that files can read, and of where it comes from.

        Where it is the same, the fingerprint of each file is. What has none is read by no file that is kept.

        Args:
            templates: those that files read.
        """
        if templates not in self._whole:
            self._whole[templates] = self._of_whole(sorted(templates))
        return self._whole[templates]

    def _of_whole(self, templates: list[str]) -> bytes | None:
        settings = []
        for name in sorted(self.layers):
            winner = self.layers.winner(name)
            value, origin, layer = winner.value, winner.origin, winner.origin.layer
            if name in self._generated:
                value = self.renderer.settings[name]
            if not is_data(value):
                return None
            # What is generated or stands on the command line is read from the file the next time.
            if name in self._generated or layer is Layer.COMMAND_LINE:
                layer = Layer.CONFIG_FILE
            settings.append((name, value, int(layer), origin.plugin, origin.version))
        patches = [
            (name, content, *_fields(origin))
            for name, contents in self.renderer.patches.items()
            for content, origin in contents
        ]
        if not all(isinstance(patch[1], str) for patch in patches):
            return None
        roots = [(root, *_fields(origin)) for root, origin in self.renderer.roots]
        variables = [(name, self._of_variables(name)) for name in self._known_variables()]
        called = [(name, self._of_called(name)) for name in functions.COMMANDS]
        contents = [(name, self._of_templates(name)) for name in templates]
        return cache.digest(*map(_plain, (settings, patches, roots, variables, called, contents)))

    def _known_variables(self) -> dict[str, Any]:
        if self._variables is None:
            self._variables = dict(item for item, _ in Filters.ENV_TEMPLATE_VARIABLES.collect_from_plugins())
        return self._variables

    def _of_variables(self, name: str) -> bytes | None:
        known = self._known_variables()
        return _of_data(known[name]) if name in known and name not in self.layers else None

    def _of_templates(self, name: str) -> bytes | None:
        if name not in self._templates:
            root = self.renderer.sources.find(name)
            if root is not None:
                content = self.renderer.sources.read(os.path.join(root, name))
                self._templates[name] = cache.digest(root, content)
            else:  # or in a folder that is not looked into
                hidden = any(os.path.exists(os.path.join(r, name)) for r in self.renderer.sources.roots)
                self._templates[name] = None if hidden else b"missing"
        return self._templates[name]

    def _of_patches(self, name: str) -> bytes | None:
        if name not in self._patches:
            contents = [content for content, _ in self.renderer.patches.get(name, ())]
            texts = all(isinstance(content, str) for content in contents)
            self._patches[name] = cache.digest(*contents) if texts else None
        return self._patches[name]

    def _of_called(self, name: str) -> bytes | None:
        return _of_data(list(functions.COMMANDS[name]()))


class Record:
    """What is kept of the last rendering that was saved.

    Args:
        root: the project's root.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = str(root / FILE)
        self.code = _of_code()
        found = cache.read(self.path) if cache.is_private(str(root / STATE)) else None
        if not isinstance(found, dict) or found.get("code") != self.code:
            found = {"code": self.code, "files": {}, "settings": {}}
            found |= dict.fromkeys(("checked", "kustomization", "points", "whole", "settled"))
        self.found: dict[str, Any] = found
        self._kustomization: Any = found["kustomization"]
        self._points: Any = found["points"]
        self._templates = _templates(found["files"])

    @property
    def settings(self) -> dict[str, Any]:
        """What settings read when they were last resolved: name → `Reads.plain`."""
        found: dict[str, Any] = self.found["settings"]
        return found

    def checked(self, prints: Fingerprints) -> bool:
        """Whether the core's settings are those that were found right."""
        known = self.found["checked"]
        return known is not None and (self.same(prints) or known == _of_core(prints))

    def same(self, prints: Fingerprints) -> bool:
        """Whether everything is as it was when this was kept: then nothing is compared file by file."""
        known = self.found["whole"]
        return known is not None and known == prints.whole(self._templates)

    def file(
        self, prints: Fingerprints, path: str, template: str, root: tuple[str, Any], *, executable: bool
    ) -> RenderedFile | None:
        """A file as it was rendered before, if it would be rendered to the same now."""
        from tutor.env.render import RenderedFile

        known = self.found["files"].get(path)
        if known is None or known[:2] != (template, root[0]):
            return None
        if not self.same(prints) and prints.of(known[2]) != known[3]:
            return None
        try:
            content = _content(os.path.join(self.root, ENV, path))
        except OSError:
            return None
        if cache.digest(content) != known[4]:
            return None
        source = prints.renderer.sources.read(os.path.join(root[0], template))
        content = source if content == source else content  # once in memory is enough
        patches = prints.renderer.patches
        spans = tuple(
            Span(first, last, PatchUse(name, patches[name][index][1], index))
            for first, last, name, index in known[5]
        )
        prints.renderer.points.names.update(known[2][KINDS.index("patches")])
        file = RenderedFile(path, content, template, root[1], spans, executable)
        file.digest = known[6]
        return file

    def scanned(self, texts: list[bytes]) -> PatchPoints:
        """The patch points in texts of templates, which are not searched twice."""
        from tutor.env.render import PatchPoints, scan

        key = cache.digest(*texts)
        if self._points is None or self._points[0] != key:
            found = scan(texts)
            self._points = (key, sorted(found.names), sorted(found.prefixes))
        return PatchPoints(self._points[1], self._points[2])

    def settled(self, renderer: Renderer, tree: RenderedTree, plugins: dict[str, str]) -> bool:
        """Whether the disk is as it was left by a save of the same sources: then there is nothing to write.

        Args:
            renderer: has rendered the tree.
            tree: the environment.
            plugins: enabled plugin → its version.
        """
        known = self.found["settled"]
        if known is None or not self.same(renderer.prints):
            return False
        return bool(known == self._state(self.found["whole"], tree, plugins, renderer.restored))

    def _state(
        self, whole: bytes | None, tree: RenderedTree, plugins: dict[str, str], read: Collection[str]
    ) -> bytes | None:
        """A fingerprint of a tree and of what applying it writes; ``None`` where the disk differs from it.

        Args:
            whole: the fingerprint of its sources.
            tree: the environment.
            plugins: enabled plugin → its version.
            read: files whose contents in the tree were just read from the disk.
        """
        if whole is None:
            return None
        environment = os.path.join(self.root, ENV)
        files = []
        try:
            if os.stat(environment).st_mode & 0o777 != 0o700:
                return None
            for path, file in tree.files.items():
                live = os.path.join(environment, path)
                if os.stat(live).st_mode & 0o777 != mode(file):
                    return None
                if path not in read and _content(live) != file.content:
                    return None
                spans = [(s.first, s.last, s.patch.name, s.patch.number) for s in file.spans]
                files.append((path, file.template, file.executable, file.digest, spans))
            written = [_content(os.path.join(self.root, n)) for n in (FILENAME, MANIFEST, HISTORY)]
        except OSError:
            return None
        return cache.digest(whole, _plain(sorted(plugins.items())), _plain(files), *written)

    def unready(
        self, tree: RenderedTree, exists: Callable[[str], bool], *, settled: bool = False
    ) -> list[str]:
        """What `check_kustomization` says of a tree: it does not have to be asked twice about the same.

        Args:
            tree: the environment.
            exists: whether there is a file in it that is not ours.
            settled: whether the tree is the one that this was kept of.

        Raises:
            RenderError: the files contradict each other.
        """
        known = self.found["kustomization"]
        same = known is not None and (settled or known[0] == _described(tree, known[1]))
        if same and all(exists(path) == answer for path, answer in known[2].items()):
            return list(known[3])
        from tutor.env.kustomization import check_kustomization

        asked: dict[str, bool] = {}

        def ask(path: str) -> bool:
            asked[path] = exists(path)
            return asked[path]

        files = _Noting(tree.files)
        warnings = check_kustomization(files, ask)
        read = sorted(files.read)
        self._kustomization = (_described(tree, read), read, asked, warnings)
        return warnings

    def resolve(self, renderer: Renderer) -> None:
        """Resolve what files read that did not have to be rendered: a generation keeps all values."""
        for name in core_settings():
            renderer.settings.get(name)
        for path in renderer.restored:
            for name in self.found["files"][path][2][KINDS.index("settings")]:
                renderer.settings.get(name)

    def keep(self, renderer: Renderer, tree: RenderedTree, plugins: dict[str, str], *, settled: bool) -> None:
        """Keep what a saved tree was rendered from.

        Args:
            renderer: has rendered it.
            tree: the environment.
            plugins: enabled plugin → its version.
            settled: whether the settings were saved too, so that the next save begins with the same.
        """
        targets = renderer.targets()
        resolved = {name: reads.plain() for name, reads in renderer.watch.resolved.items()}
        # Where settings read what they read before, and they nearly always do, fingerprints are the same.
        same = renderer.record is self and all(self.settings.get(n) == reads for n, reads in resolved.items())
        prints = renderer.prints if same else Fingerprints(renderer, self.settings)
        kept = {}
        # A template that changes what others read: nothing can be said of a file alone.
        disturbed = renderer.watch.disturbed()
        for path, file in () if disturbed else tree.files.items():
            reads = renderer.reads.get(path)
            known = self.found["files"].get(path)
            if reads is None:
                if known is not None and path in renderer.restored:
                    kept[path] = known
                continue
            noted = reads.plain()
            taken = prints.of(noted)
            if taken is not None:
                spans = [(s.first, s.last, s.patch.name, s.patch.number) for s in file.spans]
                content = cache.digest(file.content)
                kept[path] = (file.template, targets[path][1][0], noted, taken, content, spans, file.digest)
        settings = {**self.found["settings"], **resolved}
        whole = None if disturbed else prints.whole(_templates(kept))
        new = {
            "code": self.code,
            "files": kept,
            "settings": {name: settings[name] for name in sorted(settings) if name in renderer.settings},
            "checked": _of_core(prints),
            "kustomization": self._kustomization,
            "points": self._points,
            "whole": whole,
            "settled": self._state(whole, tree, plugins, ()) if settled else None,
        }
        if new != self.found and cache.is_private(str(self.root / STATE)):
            cache.write(self.path, new)


def _replaced(settings: Container[str]) -> tuple[list[str], list[str]]:
    """Names of the core's functions, constants and filters that mean something else, or may do so.

    What is read of the core is not noted, since it is always the same; unless a plugin, or a setting, has
    the same name.
    """
    variables, filters = (
        {item[0] for item, _ in (*hook.collect_from_plugins(), *hook.taken_away())}
        for hook in (Filters.ENV_TEMPLATE_VARIABLES, Filters.ENV_TEMPLATE_FILTERS)
    )
    core = PURE | CALLED | plain.CONSTANTS.keys()
    return sorted(name for name in core if name in variables or name in settings), sorted(filters)


def _templates(files: dict[str, Any]) -> frozenset[str]:
    """The templates that kept files read."""
    place = KINDS.index("templates")
    return frozenset(name for known in files.values() for name in known[2][place])


class _Noting(dict[str, Any]):
    """Files of a tree; notes those that somebody looks into."""

    def __init__(self, files: dict[str, RenderedFile]) -> None:
        super().__init__(files)
        self.read: set[str] = set()

    def __getitem__(self, path: str) -> Any:
        self.read.add(path)
        return super().__getitem__(path)


def _described(tree: RenderedTree, paths: Iterable[str]) -> bytes:
    """A fingerprint of some files, and of which others there are."""
    found = []
    for path in paths:
        file = tree.files.get(path)
        if file is not None:
            spans = [(s.first, s.last, s.patch.name, _fields(s.patch.origin)) for s in file.spans]
            found.append((path, _fields(file.origin), spans, file.digest))
    return cache.digest(_plain(found), *sorted(tree.files))


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _fields(origin: Origin) -> tuple[Any, ...]:
    return (int(origin.layer), origin.plugin, origin.version, origin.file, origin.line)


def _plain(value: Any) -> bytes:
    return repr(value).encode(errors="surrogatepass")


def _of_core(prints: Fingerprints) -> bytes | None:
    return prints.of((tuple(core_settings()), (), (), (), (), False))


def _of_data(value: Any) -> bytes | None:
    return _plain(value) if is_data(value) else None


def _is_template(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value or "{%" in value or "{#" in value
    if isinstance(value, (list, tuple)):
        return any(map(_is_template, value))
    if isinstance(value, dict):
        return any(_is_template(k) or _is_template(v) for k, v in value.items())
    return isinstance(value, Alias)


def _of_code() -> bytes:
    """Of everything that turns sources into files: our modules and Jinja's."""
    from importlib.machinery import PathFinder

    ours = os.path.dirname(os.path.dirname(__file__))
    jinja = PathFinder.find_spec("jinja2")
    folders = [ours, *(os.path.join(ours, name) for name in ("config", "core", "core/hooks", "env", "hooks"))]
    folders += (jinja and jinja.submodule_search_locations) or ()
    stamps = []
    for folder in folders:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.name.endswith(".py"):
                    found = entry.stat()
                    stamps.append((folder, entry.name, found.st_mtime_ns, found.st_size))
    return cache.digest(repr(stamps), repr(plain.CONSTANTS))
