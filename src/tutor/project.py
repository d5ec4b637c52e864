"""A project: a root folder, its settings and its plugins. Nothing is read or loaded before it is opened."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from tutor import contributions, fmt
from tutor.config import settings as layers
from tutor.config import userfile, values
from tutor.config.renamed import in_todays_names
from tutor.config.settings import Settings
from tutor.config.table import core_settings
from tutor.config.userfile import enabled_plugins
from tutor.core import garbage, safe
from tutor.core.hooks import Layer, Origin, Registry, activate, current, outside
from tutor.core.hooks.guilty import remedy
from tutor.core.named import Named
from tutor.env.recovery import recover_if_cut_off
from tutor.exceptions import PluginError, TutorError
from tutor.hooks import Actions, Contexts, Filters
from tutor.plugins import discover
from tutor.plugins.command_line import telling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from tutor.config.userfile import UserFile
    from tutor.env.render import Renderer
    from tutor.plugins import Installed
    from tutor.types import Config


class Project:
    """An opened project.

    Args:
        root: folder of ``config.yml`` and the environment.
        plugins_root: folder of YAML and single-file plugins.
        user: ``config.yml`` as it stands on disk.
        installed: plugins that could be enabled, by name.
        loaded: enabled plugins that were loaded, in order.
        plugin_errors: what is wrong with the enabled plugins that were not.
        settings: all layers of settings.
        renderer: renders settings and templates.
        chosen: what the user sets; where something is about to change, as it will be.

    ``as_saved`` says that nothing else was asked for than what is saved.
    ``generated`` are settings that plugins have seen, generated, before they were saved.
    """

    def __init__(
        self,
        root: Path,
        plugins_root: Path,
        user: UserFile,
        installed: dict[str, list[Installed]],
        loaded: list[Installed],
        plugin_errors: list[PluginError],
        settings: Settings,
        renderer: Renderer,
        chosen: Mapping[str, Any],
        as_saved: bool = False,
    ) -> None:
        self.root = root
        self.plugins_root = plugins_root
        self.user = user
        self.installed = installed
        self.loaded = loaded
        self.plugin_errors = plugin_errors
        self.settings = settings
        self.renderer = renderer
        self.generated: dict[str, Any] = {}
        self.chosen = chosen
        self._as_saved = as_saved
        self._forgives = True
        self._failed: set[str] = set()

    def forgive(self, plugin: str, error: PluginError) -> bool:
        """Go on without a plugin, one of whose functions failed, unless the command deploys; and say so.

        Returns:
            Whether it goes on.
        """
        if self._forgives and plugin not in self._failed:
            self._failed.add(plugin)
            self.plugin_errors.append(error)
            self.loaded[:] = [known for known in self.loaded if known.name != plugin]
            fmt.echo_alert(f"this goes on without plugin {plugin}. {error} ({error.where})")
            current().drop(plugin)
        return self._forgives

    def is_as_saved(self, plugins_root: Path, user: UserFile) -> bool:
        """Whether it was opened from a ``config.yml`` that has not changed, with nothing else asked for."""
        same = self.plugins_root == plugins_root and self.user.content == user.content
        return self._as_saved and same and not (self.loaded and safe.is_safe())

    @property
    def values(self) -> Any:
        """Resolved settings, by name."""
        return self.renderer.settings

    @property
    def environment(self) -> Path:
        """Root of the rendered environment."""
        return self.root / "env"

    @property
    def config(self) -> Config:
        """All settings, resolved: a copy, for plugins.

        Those that cannot be resolved stay templates. Those that are generated once are generated now, if they
        were not yet; a change that saves settings saves what plugins have seen.
        """
        found = self.renderer.settings.copy()
        self.generated = {name: found[name] for name in self.settings.missing_unique()}
        return found

    def require_plugins(self, *, allow_missing: bool) -> None:
        """Stop where enabled plugins could not be loaded: deploying without them would remove them.

        Raises:
            PluginError: the first one that is missing or broken.
        """
        if self.plugin_errors and not allow_missing:
            raise self.plugin_errors[0]
        self._forgives = allow_missing
        enabled = enabled_plugins(self.user)
        if safe.is_safe() and enabled:
            fmt.echo_alert(
                f"this goes on without the enabled plugins, and what they add is taken away: "
                f"{', '.join(enabled)}. They stay enabled; to have them back: tutor config save"
            )

    def resettle(self, user_values: Mapping[str, Any], command_line: Mapping[str, Any] | None = None) -> None:
        """Build the settings anew from other values of the user."""
        from tutor.env.render import Renderer

        same = user_values == self.chosen
        if same and not command_line and not self.renderer.watch.resolved:
            return  # they are as the project was opened, and nobody has asked for one
        self.chosen = user_values
        self.settings = build_settings(self.user, self.loaded, user_values, command_line or {})
        self.renderer = Renderer(self.settings)
        if not same:
            current().touch()
        if not set(command_line or ()) - {"PLUGINS"}:  # other settings may give other values
            self.renderer.settings.keep(self.generated)

    def apart(self) -> Project:
        """The same project, with settings of its own: what is done to these leaves ours alone."""
        from tutor.env.render import Renderer

        return Project(
            self.root,
            self.plugins_root,
            self.user,
            self.installed,
            self.loaded,
            self.plugin_errors,
            self.settings,
            Renderer(self.settings),
            self.chosen,
        )

    def begin_anew(self, generated: Mapping[str, Any]) -> None:
        """Forget what was rendered, and what templates did to values that others read."""
        from tutor.env.render import Renderer

        self.renderer.watch.restore()
        self.renderer = Renderer(self.settings)
        current().touch()
        self.renderer.settings.keep(generated)


@contextlib.contextmanager
def opened(
    root: Path,
    plugins_root: Path,
    *,
    enabled: Iterable[str] | None = None,
    wished: Mapping[str, Any] | None = None,
    user: UserFile | None = None,
) -> Iterator[Project]:
    """Open a project: read its settings and load its plugins, into a registry of its own.

    Where it is open already, as it is saved, that one is given: plugins are loaded once.

    Args:
        root: folder of ``config.yml``.
        plugins_root: folder of YAML and single-file plugins.
        enabled: plugins to load instead of those that ``config.yml`` enables.
        wished: what the user sets instead of what stands in ``config.yml``, for plugins that ask for it.
        user: ``config.yml``, where it was read already.

    Raises:
        ConfigError: ``config.yml`` or an environment variable is wrong.
        StorageError: a transaction was cut off, and the disk refuses to undo it.
    """
    recover_if_cut_off(root)
    as_saved = enabled is None and wished is None and user is None
    user = userfile.read(root) if user is None else user
    outer = current_project(root)
    if as_saved and outer is not None and outer.is_as_saved(plugins_root, user):
        with telling(root) if outer.loaded else contextlib.nullcontext():
            yield outer
        return
    # Published plugins read this variable when they are imported.
    os.environ["TUTOR_ROOT"] = str(root)
    names = enabled_plugins(user) if enabled is None else list(enabled)
    # What plugins see is what a change is going to save.
    chosen = user.values if wished is None else wished
    if enabled is not None:
        chosen = {**chosen, "PLUGINS": names}
    opening = Opening(root, plugins_root, user, chosen, () if safe.is_safe() else tuple(names), as_saved)
    with contextlib.ExitStack() as stack:
        # Where no code of plugins runs, nobody asks click.
        if names:
            stack.enter_context(telling(root))
        project = _without_broken(opening, stack)
        try:
            if fmt.is_verbose():
                _tell_details(project)
            yield project
        except TutorError as error:
            from tutor.config.masking import Mask

            error.mask(Mask.of(project).text)
            raise


class Opening(Named):
    """What is opened.

    Args:
        root: folder of ``config.yml``.
        plugins_root: folder of YAML and single-file plugins.
        user: ``config.yml``.
        chosen: what the user sets.
        names: plugins to load.
        as_saved: whether nothing else is asked for than what is saved.
    """

    root: Path
    plugins_root: Path
    user: UserFile
    chosen: Mapping[str, Any]
    names: tuple[str, ...]
    as_saved: bool


def _without_broken(opening: Opening, stack: contextlib.ExitStack) -> Project:
    """Open a project; where a function of a plugin fails, once more without that plugin."""
    broken: dict[str, PluginError] = {}
    while True:
        with contextlib.ExitStack() as attempt:
            try:
                project = _open(opening, broken, attempt)
            except PluginError as error:
                guilty = [o.plugin for o in error.origins if o.plugin in opening.names]
                if not guilty or guilty[0] is None or guilty[0] in broken:
                    raise
                broken[guilty[0]] = error
                continue
            if broken:
                from tutor.config.masking import Mask

                for failure in broken.values():
                    failure.mask(Mask.of(project).text)
            current().forgive = project.forgive
            stack.push(attempt.pop_all())
            return project


def _open(opening: Opening, broken: Mapping[str, PluginError], stack: contextlib.ExitStack) -> Project:
    from tutor.env.render import Renderer

    stack.enter_context(activate(_beginning()))
    # Plugins say that one was loaded to have others forget what they keep.
    Actions.PLUGIN_LOADED.add()(lambda _: current().touch())
    Actions.CORE_READY.do()
    installed = discover(opening.plugins_root)
    for name, found in installed.items():
        Filters.PLUGINS_INSTALLED.add_item(name)
        Filters.PLUGINS_INFO.add_item((name, found[0].version or found[0].place))
    user, chosen = opening.user, opening.chosen
    with _opening(opening.root, user, chosen) as asked:
        loaded, errors = _loaded([name for name in opening.names if name not in broken], installed)
        Actions.PROJECT_ROOT_READY.do(str(opening.root))
    settings = build_settings(user, loaded, chosen, {})
    project = Project(
        root=opening.root,
        plugins_root=opening.plugins_root,
        user=user,
        installed=installed,
        loaded=loaded,
        plugin_errors=[*errors, *broken.values()],
        settings=settings,
        renderer=Renderer(settings),
        chosen=chosen,
        as_saved=opening.as_saved,
    )
    _opened.append(project)
    stack.callback(_opened.remove, project)
    if asked:
        current().touch()  # who asks again gets all of them now
    _announce(project, chosen)
    return project


def _beginning() -> Registry:
    """A registry with what the core contributes, and a script that runs us; plugins are loaded anew."""
    found = contributions.core_registry()
    others = {Contexts.PLUGINS.name, contributions.CONTEXT.name}
    found.replay([(h, e) for h, e in outside().contributions() if others.isdisjoint(e.contexts)])
    return found


def _add_old_settings(settings: Settings, loaded: Collection[Installed]) -> None:
    if not loaded:
        return
    from tutor.plugins import legacy

    if any(map(legacy.is_old, loaded)):
        legacy.add_settings(settings)


def _loaded(
    names: list[str], installed: Mapping[str, list[Installed]]
) -> tuple[list[Installed], list[PluginError]]:
    if not names:  # what loading takes is not imported then
        Actions.PLUGINS_LOADED.do()
        return [], []
    from tutor.plugins.loading import load_all

    found = load_all(names, installed)
    garbage.keep_what_is_there()
    return found


def _announce(project: Project, chosen: Mapping[str, Any]) -> None:
    """Tell plugins that the settings are read; what they contribute then counts too."""
    registry = current()
    if not registry.entries(Actions.CONFIG_LOADED):
        return
    before = registry.revision
    Actions.CONFIG_LOADED.do(project.config)
    if registry.revision != before:
        project.resettle(chosen)


def _tell_details(project: Project) -> None:
    """Names of older releases that plugins use: they work, so only who asks is told."""
    from tutor.env.render import RenderedTree
    from tutor.plugins.checks import Subject, examine
    from tutor.plugins.checks.subject import Rendering

    for plugin in project.loaded:
        subject = Subject(plugin, project, Rendering(RenderedTree()))
        for finding in examine(subject, only=("legacy-name", "legacy-setting", "retired-patch")):
            fmt.echo_detail(f"{plugin.name}: {finding.message}; {finding.hint} ({finding.place})")


_opened: list[Project] = []


def innermost_project() -> Project | None:
    """The project that is open, whatever its root."""
    return _opened[-1] if _opened else None


def current_project(root: Path) -> Project | None:
    """The project that is open, if it is the one of a root: what plugins read belongs to it."""
    return _opened[-1] if _opened and _opened[-1].root == root else None


_being_opened: list[tuple[Path, UserFile, Mapping[str, Any], list[Path]]] = []


@contextlib.contextmanager
def _opening(root: Path, user: UserFile, chosen: Mapping[str, Any]) -> Iterator[list[Path]]:
    """While plugins are loaded; gives the root as often as they have asked for settings."""
    asked: list[Path] = []
    _being_opened.append((root, user, chosen, asked))
    try:
        yield asked
    finally:
        _being_opened.pop()


def settings_so_far(root: Path) -> Config | None:
    """All settings of the project whose plugins are being loaded, if it is the one of a root.

    A plugin that reads settings when it is loaded gets those of the plugins before it, and its own as far
    as it has declared them; those that are generated once are templates until they are saved.
    """
    from tutor.env.render import Renderer

    if not _being_opened or _being_opened[-1][0] != root:
        return None
    _, user, chosen, asked = _being_opened[-1]
    asked.append(root)
    settings = build_settings(user, (), chosen, {})
    return Renderer(settings).settings.copy(settings.missing_unique())


def chosen_so_far(root: Path) -> Mapping[str, Any] | None:
    """What the user sets in the project that is open or being opened, if it is the one of a root."""
    project = current_project(root)
    if project is not None:
        return project.chosen
    return _being_opened[-1][2] if _being_opened and _being_opened[-1][0] == root else None


def build_settings(
    user: UserFile,
    loaded: Collection[Installed],
    user_values: Mapping[str, Any],
    command_line: Mapping[str, Any],
) -> Settings:
    """Put the layers of settings on top of each other.

    Raises:
        ConfigError: the value of an environment variable is not YAML.
        PluginError: a plugin takes settings of the core away.
    """
    settings = Settings()
    for (name, value), origin in Filters.CONFIG_DEFAULTS.collect():
        settings.add(name, value, _declared(origin))
    for (name, value), origin in Filters.CONFIG_UNIQUE.collect():
        settings.add_unique(name, value, _declared(origin))
    for (name, value), origin in Filters.CONFIG_OVERRIDES.collect():
        settings.add(name, value, origin.at(Layer.PLUGIN_OVERRIDE))
    _add_old_settings(settings, loaded)
    in_file = Origin(Layer.CONFIG_FILE, file=str(user.path))
    todays = in_todays_names(user_values, settings.declared_by_plugin)
    given = [(item, in_file) for item in todays.items()]
    for (name, value), origin in Filters.CONFIG_USER.collect_onto(given):
        if name not in command_line:
            settings.add(name, value, origin.at(Layer.CONFIG_FILE))
    for name, text in layers.from_environment(os.environ).items():
        if name in settings:
            origin = Origin(Layer.ENVIRONMENT)
            settings.add(name, values.parse(name, text, origin, is_text=settings.is_text(name)), origin)
    for name, value in command_line.items():
        settings.add(name, value, Origin(Layer.COMMAND_LINE))
    _check_complete(settings)
    settings.news = current().news
    return settings


def _check_complete(settings: Settings) -> None:
    """Check that all settings of the core are there: what a function returns is the list, not an addition."""
    lost = [name for name in core_settings() if name not in settings]
    for handle in (Filters.CONFIG_DEFAULTS, Filters.CONFIG_UNIQUE) if lost else ():
        for (name, _), origin in handle.taken_away():
            if name in lost and origin.plugin:
                raise PluginError(
                    f"Plugin {origin.plugin} has a function for {handle.hook} that takes away "
                    f"settings of tutor, such as {name}",
                    where=str(origin),
                    hint=f"return the list that it is handed, too; {remedy(origin)}",
                ).blaming(origin)


def _declared(origin: Origin) -> Origin:
    """The origin of a default value: of the core, or of a plugin."""
    return origin.at(Layer.PLUGIN_DEFAULT) if origin.plugin else origin
