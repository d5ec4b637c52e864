"""Rendering: from settings and contributions to a tree of files in memory, each line with its origin."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import weakref
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tutor.config.resolve import Resolver
from tutor.config.secrets import is_secret
from tutor.core.hashes import sha256_of
from tutor.core.hooks import CORE, Layer, Origin, current
from tutor.core.named import Named
from tutor.env import plain
from tutor.env.contract import JSON_PATCHES
from tutor.env.origins import Marker, PatchUse, Span, unmarked
from tutor.env.patterns import left_out
from tutor.env.reads import Watch
from tutor.env.sources import Sources
from tutor.exceptions import RenderError, TutorError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable

    import jinja2

    from tutor.config.settings import Contribution, Settings
    from tutor.core.hooks import Registry
    from tutor.env.failures import Text
    from tutor.env.jinja import SettingsEnvironment
    from tutor.env.reads import Reads
    from tutor.env.record import Fingerprints, Record

TEMPLATES_ROOT = str(Path(__file__).parent.parent / "templates")
#: Rendered folders and files of the core: (in the templates, in the environment).
CORE_TARGETS = tuple(
    (source, "") for source in ("apps/", "build/", "dev/", "k8s/", "local/", "kustomization.yml", "version")
)


#: Files that are rendered where a plugin contributes to a hook: path in the environment → (template, hook).
CONTRIBUTED = {
    "local/docker-compose.tmp.yml": ("compose-tmp/local.yml", Filters.COMPOSE_LOCAL_TMP),
    "local/docker-compose.jobs.tmp.yml": ("compose-tmp/local-jobs.yml", Filters.COMPOSE_LOCAL_JOBS_TMP),
    "dev/docker-compose.tmp.yml": ("compose-tmp/dev.yml", Filters.COMPOSE_DEV_TMP),
    "dev/docker-compose.jobs.tmp.yml": ("compose-tmp/dev-jobs.yml", Filters.COMPOSE_DEV_JOBS_TMP),
}
#: Files that are copied, whatever is in them: a patch may be one of templates.
BINARY_EXTENSIONS = (".ico", ".jpg", ".otf", ".patch", ".png", ".ttf", ".webp", ".woff", ".woff2")


class RenderedFile(Named):
    """One file of the environment.

    Args:
        path: relative to the environment's root, with slashes.
        content: its bytes.
        template: the template's name, and who it belongs to.
        spans: lines that patches contributed; the last one that covers a line is the innermost.
        executable: whether the file may be run, as its template may.
    """

    path: str
    content: bytes
    template: str
    origin: Origin
    spans: tuple[Span, ...] = ()
    executable: bool = False

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal digits."""
        return sha256_of(self.content)

    def contributor(self, line: int) -> Span | None:
        """The patch that a line comes from, if it is not the template's own."""
        covering = [span for span in self.spans if span.first <= line <= span.last]
        return min(covering, key=lambda span: span.last - span.first) if covering else None


class PatchPoints:
    """Names that templates call ``patch()`` with: seen while rendering, or standing in a template."""

    def __init__(self, names: Iterable[str] = (), prefixes: Iterable[str] = ()) -> None:
        self.names = set(names)
        #: Beginnings of names that are put together: ``patch("mfe-" ~ name)``.
        self.prefixes = set(prefixes)

    _CALL = r"""\bpatch\(\s*(?:"([^"]+)"|'([^']+)')\s*([~+%,)]|\.format)?"""

    def scan(self, source: str) -> None:
        """Add the names in a template's text."""
        for double, single, after in re.findall(self._CALL, source):
            name = double or single
            if after in ("~", "+"):
                self.prefixes.add(name)
            elif after in ("%", ".format"):
                self.prefixes.add(re.split(r"[%{]", name)[0])
            else:
                self.names.add(name)

    def known(self, name: str) -> bool:
        """Whether some template has a patch point of this name."""
        return name in self.names or any(name.startswith(p) for p in self.prefixes if p)


def scan(texts: Iterable[bytes]) -> PatchPoints:
    """The patch points in the texts of templates; what is no text has none."""
    found = PatchPoints()
    for text in texts:
        with contextlib.suppress(ValueError):
            found.scan(text.decode())
    return found


class RenderedTree:
    """The environment, in memory.

    Args:
        files: by path.
        points: patch points that templates have.
        plugins: names of the plugins that are loaded.
    """

    def __init__(
        self,
        files: dict[str, RenderedFile] | None = None,
        points: PatchPoints | None = None,
        plugins: frozenset[str] = frozenset(),
    ) -> None:
        self.files = {} if files is None else files
        self.points = PatchPoints() if points is None else points
        self.plugins = plugins


#: Texts whose compiled forms are kept by a renderer that takes other settings.
_TEXTS = 500
#: What is at patch points: the registry, its revision then, and what was found.
_found: list[tuple[weakref.ref[Registry], int, dict[str, list[tuple[str, Origin]]]]] = []


def _patches() -> dict[str, list[tuple[str, Origin]]]:
    """What plugins put at patch points, by name.

    Plugins render single files a hundred times. What was contributed as it is stays the same until somebody
    contributes; where a function gives patches, it is asked each time.
    """
    registry = current()
    if _found and _found[0][0]() is registry and _found[0][1] == registry.revision:
        return _found[0][2]
    patches: dict[str, list[tuple[str, Origin]]] = {}
    for (name, content), origin in Filters.ENV_PATCHES.collect():
        patches.setdefault(name, []).append((content, origin))
    computed = any(entry.is_computed for entry in registry.entries(Filters.ENV_PATCHES))
    _found[:] = [] if computed else [(weakref.ref(registry), registry.revision, patches)]
    return patches


def _roots() -> list[tuple[str, Origin]]:
    """Folders of templates, and whose they are; the core's first."""
    roots = Filters.ENV_TEMPLATE_ROOTS.collect_onto([(TEMPLATES_ROOT, CORE)])
    return [(str(root), origin) for root, origin in roots]


class Renderer:
    """Renders templates with the settings and the contributions of the current registry."""

    def __init__(self, settings: Settings) -> None:
        self.roots = _roots()
        self.patches = _patches()
        self.watch = Watch()
        #: What each file read that was rendered, and the files that did not have to be.
        self.reads: dict[str, Reads] = {}
        self.restored: set[str] = set()
        #: What was rendered before; see `remember`.
        self.record: Record | None = None
        self.settings = Resolver(settings, self._render_setting, self.watch)
        self.points = PatchPoints()
        self.sources = Sources([root for root, _ in self.roots])
        self._marker: Marker | None = None
        self._targets: dict[str, tuple[str, tuple[str, Origin]]] | None = None
        self._texts: dict[str, Text] = {}
        self._compiled: dict[tuple[str, str], jinja2.Template] = {}
        self._variables = dict(Filters.ENV_TEMPLATE_VARIABLES.iterate())

    def renewed(self, settings: Settings) -> bool:
        """Take other settings, and look at files anew; compiled templates stay as long as they are the same.

        Returns:
            Whether that is as good as a new one: what plugins contribute as it is has to be the same.
        """
        if self.roots != _roots():
            return False
        self.watch.forget()
        for (_, value), _ in Filters.ENV_TEMPLATE_VARIABLES.collect_from_plugins():
            self.watch.note_shared(value)
        self.sources.forget()
        self.points = PatchPoints()
        self.patches = _patches()
        self.settings = Resolver(settings, self._render_setting, self.watch)
        if "jinja" in self.__dict__:
            self.jinja.settings = self.settings
        if len(self._compiled) > _TEXTS:
            self._compiled.clear()
        return True

    @cached_property
    def jinja(self) -> SettingsEnvironment:
        """The Jinja environment, made when the first text needs it."""
        from tutor.env.jinja import SettingsEnvironment

        made = SettingsEnvironment(self.sources, self.watch)
        made.settings = self.settings
        made.globals["patch"] = made.core_globals["patch"] = self.patch
        self._variables = made.globals  # plugins may add to it
        return made

    def render_text(self, source: str, text: Text) -> str:
        """Render a template that is not a file; ``text`` says where it is from.

        Raises:
            RenderError: names origin, line and what is wrong.
        """
        plainly = self._plainly(source)
        if plainly is not None:
            return plainly
        key = (text.label, source)
        try:
            self._texts[text.label] = text
            template = self._compiled.get(key)
            if template is None:
                code = self.jinja.compile(source, name=text.label, filename=text.label)
                template = self.jinja.template_class.from_code(self.jinja, code, self.jinja.globals)
                self._compiled[key] = template
            return template.render()
        except Exception as error:  # noqa: BLE001 (whatever a template raises, it is raised again with its place)
            found = self._placed(error)
            raise found from (error.__cause__ if found is error else error)

    def _plainly(self, source: str) -> str | None:
        """A template that is texts and names of settings, rendered without Jinja; ``None`` for all else."""
        pieces = plain.parts(source)
        if pieces is None:
            return None
        try:
            return "".join([self._value(p) if n % 2 else p for n, p in enumerate(pieces)])
        except TutorError as error:
            error.placed = True
            raise
        except Exception:  # noqa: BLE001 (an unknown name: Jinja says so, and where)
            return None

    def render_template(self, name: str) -> str:
        """Render a template by name. Marks of origin are left out.

        Raises:
            RenderError: names plugin, patch, template and line.
        """
        return unmarked(self._render_template(name))

    def patch(self, name: str, separator: str = "\n", suffix: str = "") -> str:
        """What enabled plugins put at a patch point: each content rendered, joined by the separator."""
        self.points.names.add(name)
        self.watch.now.patches.add(name)
        found = self.patches.get(name)
        if not found:
            return ""
        from tutor.env.failures import Text

        rendered = []
        for index, (content, origin) in enumerate(found):
            text = self._plainly(content)
            if text is None:
                label = f"<patch {name} #{index}>"
                text = self.render_text(content, Text(label, content, origin, f"patch {name}"))
            if name in JSON_PATCHES and text:
                from tutor.env.helpers import json_members

                text = json_members(text)
            if self._marker is not None:
                text = self._marker.mark(text, PatchUse(name, origin, index))
            rendered.append(text)
        joined = separator.join(rendered)
        return joined + suffix if joined else ""

    @cached_property
    def prints(self) -> Fingerprints:
        """Fingerprints of what is read, by what it is now."""
        from tutor.env.record import Fingerprints

        return Fingerprints(self, self.record.settings if self.record else {})

    def remember(self, record: Record) -> None:
        """Take files whose sources have not changed from the environment, instead of rendering them."""
        self.record = record
        self.settings.spared.append(lambda: record.resolve(self))

    def render_tree(self, failed: list[TutorError] | None = None) -> RenderedTree:
        """Render the whole environment.

        Args:
            failed: gets the errors of files that cannot be rendered, which are left out then.

        Raises:
            RenderError: names plugin, patch, template and line.
        """
        self._marker = Marker()
        files = {}
        try:
            for path, (name, root) in sorted(self.targets().items()):
                try:
                    files[path] = self._file(path, name, root)
                except TutorError as error:
                    if failed is None:
                        raise
                    failed.append(error)
        finally:
            self._marker = None
        self._scan_points()
        return RenderedTree(files, self.points, frozenset(Filters.PLUGINS_LOADED.iterate()))

    def _render_setting(self, source: str, contribution: Contribution, name: str) -> str:
        plainly = self._plainly(source)
        if plainly is not None:
            return unmarked(plainly)
        from tutor.env.failures import Text

        origin = contribution.origin
        place = "" if origin.plugin else origin.layer.title
        variable = origin.layer is Layer.ENVIRONMENT
        text = Text(
            label=f"<setting {name}>",
            source=source,
            origin=origin,
            title=f"setting {name}",
            layer=place,
            hint=f"unset TUTOR_{name}" if variable else "tutor config edit",
            secret=is_secret(name),
        )
        return unmarked(self.render_text(source, text))

    def _value(self, name: str) -> str:
        """What Jinja prints for a name."""
        if name in self.settings or name not in self._variables:
            return str(self.settings[name])
        value = self._variables[name]
        self.watch.note_global(name, of_core=plain.CONSTANTS.get(name) is value)
        return str(value)

    def _render_template(self, name: str) -> str:
        try:
            return self.jinja.get_template(name).render()
        except Exception as error:  # noqa: BLE001 (whatever a template raises, it is raised again with its place)
            found = self._placed(error)
            raise found from (error.__cause__ if found is error else error)

    def _placed(self, error: Exception) -> TutorError:
        from tutor.env.failures import failure

        return failure(error, self._texts, self.roots, self.settings)

    def _file(self, path: str, name: str, root: tuple[str, Origin]) -> RenderedFile:
        """A file, as it was rendered before or rendered now."""
        source = os.path.join(root[0], name)
        try:
            executable = bool(os.stat(source).st_mode & stat.S_IXUSR)
            is_binary = self._is_binary(source, name)
        except OSError as error:
            raise RenderError(
                f"The template {name} cannot be read: {error.strerror}",
                where=f"{root[1]}, {source}",
                hint=f"correct the plugin, or: tutor plugins disable {root[1].plugin}",
            ).blaming(root[1]) from None
        if is_binary:
            return RenderedFile(path, self.sources.read(source), name, root[1], executable=executable)
        if self.record is not None:
            found = self.record.file(self.prints, path, name, root, executable=executable)
            if found is not None:
                self.restored.add(path)
                return found
        with self.watch.computing() as self.reads[path]:
            return self._rendered(path, name, root, executable=executable)

    def _rendered(self, path: str, name: str, root: tuple[str, Origin], *, executable: bool) -> RenderedFile:
        from tutor.env import references  # it reads YAML

        source = self.sources.read(os.path.join(root[0], name))
        pieces = plain.parts(source.decode())
        spans: tuple[Span, ...] = ()
        if pieces is not None and len(pieces) == 1:  # nothing is put in
            self.watch.now.templates.add(name)
            text = pieces[0]
        else:
            marker = self._marker or Marker()
            text, spans = marker.read(self._render_template(name))
        if re.fullmatch(references.MANIFESTS, path):
            text = references.to_secrets(text)
        if text and not text.endswith("\n"):
            text += "\n"
        content = text.encode()
        content = source if content == source else content  # once in memory is enough
        return RenderedFile(path, content, name, root[1], spans, executable)

    def copied(self, name: str) -> bytes | None:
        """The content of a template that is copied rather than rendered; ``None`` where it is rendered."""
        root = self.sources.find(name)
        if root is None:
            return None
        source = os.path.join(root, name)
        return self.sources.read(source) if self._is_binary(source, name) else None

    def _is_binary(self, source: str, name: str) -> bool:
        if os.path.splitext(name)[1] in BINARY_EXTENSIONS:
            return True
        content = self.sources.read(source)
        try:
            content.decode()
        except UnicodeDecodeError:
            return True
        return b"\0" in content or not Filters.IS_FILE_RENDERED.apply(True, name)

    def targets(self) -> dict[str, tuple[str, tuple[str, Origin]]]:
        """Path in the environment → template name and root.

        Of several targets that lead to one path the last counts, of several roots with one name the first.
        """
        if self._targets is not None:
            return self._targets
        is_left_out = left_out()
        found: dict[str, tuple[str, tuple[str, Origin]]] = {}
        owners = {root: (root, owner) for root, owner in reversed(self.roots)}
        for (source, destination), origin in Filters.ENV_TEMPLATE_TARGETS.collect():
            folder, covered = str(PurePosixPath(destination)), dict[str, tuple[str, tuple[str, Origin]]]()
            for root, name in self.sources.under(source):
                if is_left_out(name):
                    continue
                path = name if folder == "." else f"{folder}/{name}"
                if path.startswith("/") or ".." in path.split("/"):
                    raise RenderError(
                        f"The file {path} would lie outside of the environment",
                        where=str(origin),
                        hint=f"tutor plugins disable {origin.plugin}",
                    ).blaming(origin)
                covered.setdefault(path, (name, owners[root]))
            found |= covered
        for path, (name, hook) in CONTRIBUTED.items():
            if current().entries(hook):
                found.setdefault(path, (name, owners[TEMPLATES_ROOT]))
        self._targets = found
        return found

    def taken_places(self) -> dict[str, Origin]:
        """Path in the environment → whose file is there in the place of the core's."""
        own = {name for source, _ in CORE_TARGETS for _, name in Sources([TEMPLATES_ROOT]).under(source)}
        return {
            path: origin
            for path, (_, (_, origin)) in self.targets().items()
            if path in own and origin.plugin is not None
        }

    def _scan_points(self) -> None:
        """Names in templates and patches that this rendering did not come by."""
        texts = [
            text
            for root in dict.fromkeys(self.sources.roots)
            for name in self.sources.names(root)
            if b"patch(" in (text := self.sources.read(os.path.join(root, name)))
        ]
        scanned = self.record.scanned(texts) if self.record else scan(texts)
        self.points.names |= scanned.names
        self.points.prefixes |= scanned.prefixes
        for name, contents in self.patches.items():
            found = PatchPoints()
            for content, _ in contents:
                if "patch(" in content:
                    found.scan(content)
            self.points.names |= found.names - {name}  # nothing is used because it uses itself
            self.points.prefixes |= found.prefixes
