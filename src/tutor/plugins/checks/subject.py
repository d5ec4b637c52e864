"""What rules look at: one plugin in an opened project, what it contributes, and what came of that."""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.config.table import core_settings
from tutor.core.hooks import CORE, Layer, Origin, current
from tutor.env.compose_projects import Surroundings, project_errors
from tutor.env.failures import Text
from tutor.env.kustomization import lacks
from tutor.env.validate import file_errors
from tutor.exceptions import TutorError
from tutor.hooks import Filters
from tutor.plugins import legacy
from tutor.plugins.checks.compose import Service, read_files
from tutor.plugins.checks.lines import start
from tutor.plugins.checks.literals import Literals
from tutor.plugins.checks.vocabulary import Vocabulary, read, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tutor.core.hooks import Action, Filter
    from tutor.env.kustomization import Lack
    from tutor.env.render import RenderedFile, RenderedTree
    from tutor.exceptions import PluginError
    from tutor.plugins.discovery import Installed
    from tutor.plugins.words import AddedCommand
    from tutor.project import Project


@dataclass(slots=True)
class Rendering:
    """The environment of a project, and what went wrong with it.

    Args:
        tree: what could be rendered.
        errors: what could not be, and files that are invalid.
        again: the same files, rendered once more by another process, where that was done.
        lacks: what manifests name and do not have.
    """

    tree: RenderedTree
    errors: list[TutorError] = field(default_factory=list)
    again: Mapping[str, str] | None = None
    lacks: list[Lack] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project, again: Mapping[str, str] | None = None) -> Rendering:
        """Render a project, whatever is wrong with it."""
        errors: list[TutorError] = []
        tree = project.renderer.render_tree(errors)
        return cls.of_tree(project, tree, errors, again)

    @classmethod
    def of_tree(
        cls,
        project: Project,
        tree: RenderedTree,
        errors: Sequence[TutorError] = (),
        again: Mapping[str, str] | None = None,
    ) -> Rendering:
        """What is wrong with the files of a project that is rendered.

        Args:
            project: opened.
            tree: its files.
            errors: what could not be rendered.
            again: the same files, rendered by another process.
        """
        errors = list(errors)
        wrong: list[TutorError] = list(file_errors(tree.files.values(), project.settings))
        if not wrong:
            enabled = {plugin.name for plugin in project.loaded}
            around = Surroundings(project.environment, project.settings, project.values, enabled)
            wrong += project_errors(tree.files, around)
        errors += wrong
        lacking: list[Lack] = []
        if not errors:  # as for enabling: files say something about each other once each is right
            try:
                lacking = lacks(tree.files, lambda path: (project.environment / path).exists())
            except TutorError as error:
                errors.append(error)
        return cls(tree, errors, again, lacking)


@dataclass(frozen=True, slots=True)
class Source:
    """A template of the plugin.

    Args:
        title: words for it, such as ``patch caddyfile``.
        text: the template.
        origin: where it starts.
        exact: whether lines can be counted from there.
    """

    title: str
    text: str
    origin: Origin
    exact: bool = True

    def at(self, line: int) -> Origin:
        """The place of one of its lines, counted from 1."""
        if not self.exact or self.origin.line is None:
            return self.origin
        return self.origin._replace(line=self.origin.line + line - 1)


@dataclass
class Subject:
    """One plugin that is checked.

    Args:
        plugin: what is installed.
        project: opened with it.
        rendering: the environment with it.
        commands: those that enabled plugins add, where that was asked for.

    ``names`` and ``modules`` keep what several rules ask about templates and code.
    """

    plugin: Installed
    project: Project
    rendering: Rendering
    commands: Sequence[AddedCommand] = ()
    names: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    modules: dict[str, ast.Module | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name

    @property
    def version(self) -> str | None:
        """The plugin's version, when it is known."""
        return self.plugin.version

    @property
    def prefix(self) -> str:
        """What the names of its settings should start with."""
        return self.name.upper().replace("-", "_") + "_"

    @property
    def loaded(self) -> bool:
        """Whether its code could be run."""
        return any(plugin.name == self.name for plugin in self.project.loaded)

    @property
    def load_errors(self) -> list[PluginError]:
        """Why it could not be loaded."""
        return [
            error
            for error in self.project.plugin_errors
            if any(o.plugin == self.name for o in error.origins)
            or (not self.loaded and self.name in error.message.split())
        ]

    @property
    def origin(self) -> Origin:
        """The plugin as a whole."""
        file = self.module
        return Origin(Layer.PLUGIN_DEFAULT, self.name, self.version, str(file) if file else None)

    @property
    def module(self) -> Path | None:
        """The file that is the plugin, or its entry point's."""
        if self.plugin.kind in ("yaml", "file"):
            return Path(self.plugin.source)
        file = getattr(sys.modules.get(self.plugin.source.module), "__file__", None)
        return Path(file) if file else None

    @functools.cached_property
    def own_files(self) -> list[Path]:
        """Files with the plugin's own code: all modules of its package, or the one file."""
        return [path for path in self._package if path.suffix == ".py"] or self._package

    @functools.cached_property
    def _package(self) -> list[Path]:
        """All files of the plugin's package, or the one file."""
        if self.module is None:
            return []
        if self.plugin.kind in ("yaml", "file"):
            return [self.module]
        top = sys.modules.get(self.plugin.source.module.partition(".")[0])
        folders = list(getattr(top, "__path__", ()))
        return [p for folder in folders for p in sorted(Path(folder).rglob("*"))] or [self.module]

    def publishes(self, text: str) -> bool:
        """Whether a text stands in the plugin's files: not what its code makes anew on each machine."""
        return self.plugin.kind == "yaml" or text in self._literals

    @functools.cached_property
    def _literals(self) -> Literals:
        code = [self.syntax(str(path)) for path in self._package if path.suffix == ".py"]
        data = [path for path in self._package if path.suffix != ".py"]
        return Literals([module for module in code if module is not None], data)

    def syntax(self, file: str) -> ast.Module | None:
        """What is in a module; nothing where it cannot be read."""
        if file not in self.modules:
            self.modules[file] = None
            with contextlib.suppress(OSError, SyntaxError, ValueError):
                self.modules[file] = ast.parse(Path(file).read_bytes())
        return self.modules[file]

    def own(self, handle: Filter[list[Any], Any], *args: Any) -> list[tuple[Any, Origin]]:
        """What the plugin adds to a list, each with its origin."""
        return [(item, origin) for item, origin in handle.collect(*args) if origin.plugin == self.name]

    def acts_on(self, action: Action[Any]) -> bool:
        """Whether the plugin runs code at some moment."""
        return any(entry.origin.plugin == self.name for entry in current().entries(action))

    @functools.cached_property
    def settings(self) -> dict[str, tuple[Any, Origin]]:
        """Settings that the plugin declares: name → (value, origin)."""
        found = {}
        for handle in (Filters.CONFIG_DEFAULTS, Filters.CONFIG_UNIQUE):
            found.update({name: (value, origin) for (name, value), origin in self.own(handle)})
        return found

    @functools.cached_property
    def overrides(self) -> dict[str, tuple[Any, Origin]]:
        """Settings of others that the plugin sets."""
        return {name: (value, origin) for (name, value), origin in self.own(Filters.CONFIG_OVERRIDES)}

    @functools.cached_property
    def template_roots(self) -> list[str]:
        """Folders of the plugin's templates."""
        return [str(root) for root, _ in self.own(Filters.ENV_TEMPLATE_ROOTS)]

    @functools.cached_property
    def template_names(self) -> list[str]:
        """Names of all files in all folders of templates, whether they become files or not."""
        return [
            Path(folder, name).relative_to(root).as_posix()
            for root, _ in self.project.renderer.roots
            for folder, _, names in os.walk(root)
            for name in names
        ]

    def rendered(self, tag: str, origin: Origin = CORE) -> str:
        """The full name of an image; an empty text where it cannot be rendered, which another rule tells."""
        try:
            return self.project.renderer.render_text(tag, Text(f"<tag {tag}>", tag, origin, "tag"))
        except TutorError:
            return ""

    @functools.cached_property
    def files(self) -> list[RenderedFile]:
        """Files of the environment that are the plugin's own."""
        return [f for f in self.rendering.tree.files.values() if f.origin.plugin == self.name]

    def template_of(self, file: RenderedFile, line: int = 1) -> Origin:
        """The place in a template that a line of a file of the plugin's own comes from.

        It is the line that is the same; the first one, where there is none or more than one.
        """
        name, (root, origin) = self.project.renderer.targets()[file.path]
        path = Path(root, name)
        lines = file.content.decode(errors="replace").splitlines()
        text = lines[line - 1].strip() if line <= len(lines) else ""
        found = [n for n, other in enumerate((read(path) or "").splitlines(), 1) if other.strip() == text]
        return origin._replace(file=str(path), line=found[0] if len(found) == 1 else 1)

    @functools.cached_property
    def services(self) -> list[Service]:
        """Services in Compose files that the plugin's patches add."""
        return [s for s in self.all_services[0] if s.plugin == self.name]

    @functools.cached_property
    def all_services(self) -> tuple[list[Service], bool]:
        """Services in Compose files, and whether they are all that there are: no file lacks or is broken."""
        return read_files(self.rendering.tree, self.project.renderer.targets())

    @property
    def errors(self) -> list[TutorError]:
        """What went wrong with the environment because of the plugin."""
        return [e for e in self.rendering.errors if any(o.plugin == self.name for o in e.origins)]

    @functools.cached_property
    def images(self) -> list[tuple[str, str, Origin]]:
        """Images that it builds, pulls or pushes: (its name, the tag as declared, origin)."""
        config = self.project.config
        found = [(item[0], item[2], o) for item, o in self.own(Filters.IMAGES_BUILD, config)]
        for handle in (Filters.IMAGES_PULL, Filters.IMAGES_PUSH):
            found += [(name, tag, origin) for (name, tag), origin in self.own(handle, config)]
        return found

    @functools.cached_property
    def vocabulary(self) -> Vocabulary:
        """Names of settings that templates and code have."""
        return Vocabulary.of(self)

    @functools.cached_property
    def sources(self) -> list[Source]:
        """The plugin's templates: patches, settings, tasks, names of images, and files that are rendered."""
        return list(self._sources())

    def _sources(self) -> Iterator[Source]:
        for (name, content), origin in self.own(Filters.ENV_PATCHES):
            yield Source(f"patch {name}", content, *start(origin, name, content))
        for name, (value, origin) in (*self.settings.items(), *self.overrides.items()):
            for text in texts(value):
                yield Source(f"setting {name}", text, origin, exact=False)
        for (service, script), origin in self.own(Filters.CLI_DO_INIT_TASKS):
            yield Source(f"init task for {service}", script, *start(origin, service, script))
        for name, tag, origin in self.images:
            yield Source(f"tag of image {name}", tag, origin, exact=False)
        for template, (root, origin) in self.project.renderer.targets().values():
            if origin.plugin == self.name and Filters.IS_FILE_RENDERED.apply(True, template):
                path = Path(root, template)
                content = read(path)
                if content is not None:
                    place = origin._replace(file=str(path), line=1)
                    yield Source(f"template {template}", content, place)

    def declared(self, name: str) -> bool:
        """Whether somebody other than the user's file knows a setting."""
        return name in core_settings() or self.project.settings.declared(name)

    def belongs_elsewhere(self, name: str) -> bool:
        """Whether the name of a setting is one of an installed plugin that is not loaded, or one of old."""
        loaded = {plugin.name for plugin in self.project.loaded}
        prefixes = (n.upper().replace("-", "_") + "_" for n in self.project.installed if n not in loaded)
        return name in legacy.SETTINGS or name.startswith(tuple(prefixes))
