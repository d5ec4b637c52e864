"""Every hook of the core, with its type. Names and signatures are the interface of API v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tutor.core.hooks import Action, Context, Filter
from tutor.core.hooks.filters import NamedItems
from tutor.hooks.outside import OpeningAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from tutor.types import Config

__all__ = ["Actions", "Contexts", "Filters"]


class Actions:
    """Moments in the life of a project."""

    #: Containers are about to be started: root, config, name of the Compose project (``tutor_local``).
    COMPOSE_PROJECT_STARTED: Action[[str, Config, str]] = Action()
    #: Settings are being asked for: what a function changes in the dictionary is saved.
    CONFIG_INTERACTIVE: Action[[Config]] = Action()
    #: Settings were read; the dictionary is a copy.
    CONFIG_LOADED: Action[[Config]] = Action()
    #: The core is ready to discover plugins.
    CORE_READY: Action[[]] = Action()
    #: A job starts: its name and arguments.
    DO_JOB: Action[[str, Any]] = Action()
    #: The environment was written: environment root, config.
    ENV_SAVED: Action[[str, Config]] = Action()
    #: One plugin was loaded: its name.
    PLUGIN_LOADED: Action[[str]] = Action()
    #: All enabled plugins were loaded.
    PLUGINS_LOADED: Action[[]] = Action()
    #: A plugin was disabled: name, root, config. Those that stay enabled are told.
    PLUGIN_UNLOADED: Action[[str, str, Config]] = Action()
    #: The project is opened: its root. Plugins are loaded, settings are not read yet.
    PROJECT_ROOT_READY: Action[[str]] = OpeningAction()


class Filters:
    """Values that plugins may add to or change. What the core contributes is seen and changed like theirs."""

    #: Public host names, for ``local`` or ``dev``.
    APP_PUBLIC_HOSTS: Filter[list[str], [Literal["local", "dev"]]] = Filter()
    #: How a plugin's data is kept in backups: (data, treatment). See docs/how-to/back-up.md. Ours alone.
    BACKUP_DATA: Filter[list[tuple[str, dict[str, Any]]], []] = Filter()
    #: Commands added to ``tutor``.
    CLI_COMMANDS: Filter[list[click.Command], []] = Filter()
    #: Jobs added to ``tutor local do`` and its siblings.
    CLI_DO_COMMANDS: Filter[list[Callable[[Any], Iterable[tuple[str, str]]]], []] = Filter()
    #: Initialisation tasks: (service, script as a template).
    CLI_DO_INIT_TASKS: Filter[list[tuple[str, str]], []] = Filter()
    #: Bind mounts in containers, by name of the mounted folder: (service, path in the container).
    COMPOSE_MOUNTS: Filter[list[tuple[str, str]], [str]] = Filter()
    #: What is laid over the Compose files of ``local``: ``{"services": {…}}``. For plugins of 2022.
    COMPOSE_LOCAL_TMP: Filter[dict[str, Any], []] = Filter()
    #: The same, over those for jobs of ``local``.
    COMPOSE_LOCAL_JOBS_TMP: Filter[dict[str, Any], []] = Filter()
    #: The same, over those of ``dev``.
    COMPOSE_DEV_TMP: Filter[dict[str, Any], []] = Filter()
    #: The same, over those for jobs of ``dev``.
    COMPOSE_DEV_JOBS_TMP: Filter[dict[str, Any], []] = Filter()
    #: Default values of settings.
    CONFIG_DEFAULTS: Filter[list[tuple[str, Any]], []] = Filter()
    #: Overrides of existing settings.
    CONFIG_OVERRIDES: Filter[list[tuple[str, Any]], []] = Filter()
    #: Settings generated once and saved.
    CONFIG_UNIQUE: Filter[list[tuple[str, Any]], []] = Filter()
    #: Settings in the place of the user's: (name, value). They are never written to config.yml.
    CONFIG_USER: Filter[list[tuple[str, Any]], []] = Filter()
    #: The command that builds an image, before its arguments.
    DOCKER_BUILD_COMMAND: Filter[list[str], []] = Filter()
    #: Patches: (name, content).
    ENV_PATCHES: Filter[list[tuple[str, str]], []] = Filter()
    #: Templates that are not rendered: regular expressions, for the beginning of a template's name.
    ENV_PATTERNS_IGNORE: Filter[list[str], []] = Filter()
    #: Templates that are rendered although ignored: regular expressions, for the beginning of a name.
    ENV_PATTERNS_INCLUDE: Filter[list[str], []] = Filter()
    #: Jinja filters: (name, function).
    ENV_TEMPLATE_FILTERS: Filter[list[tuple[str, Callable[..., Any]]], []] = Filter()
    #: Folders with templates.
    ENV_TEMPLATE_ROOTS: Filter[list[str], []] = Filter()
    #: Rendered templates: (how their names begin, folder in the environment). Later ones win.
    ENV_TEMPLATE_TARGETS: Filter[list[tuple[str, str]], []] = Filter()
    #: Jinja variables: (name, value). A setting of the same name counts instead.
    ENV_TEMPLATE_VARIABLES: Filter[list[tuple[str, Any]], []] = Filter()
    #: Images to build: (name, path in the environment, tag, build arguments).
    IMAGES_BUILD: Filter[list[tuple[str, str | tuple[str, ...], str, tuple[str, ...]]], [Config]] = Filter()
    #: Names of images that have to be built before a launch.
    IMAGES_BUILD_REQUIRED: Filter[list[str], [Literal["local", "dev"]]] = Filter()
    #: Build contexts, by name of the mounted folder: (image, context name).
    IMAGES_BUILD_MOUNTS: Filter[list[tuple[str, str]], [str]] = Filter()
    #: Images to pull: (name, tag).
    IMAGES_PULL: Filter[list[tuple[str, str]], [Config]] = Filter()
    #: Images to push: (name, tag).
    IMAGES_PUSH: Filter[list[tuple[str, str]], [Config]] = Filter()
    #: Folders that are built into an image: (image, regular expression for the beginning of a folder's name).
    MOUNTED_DIRECTORIES: Filter[list[tuple[str, str]], []] = Filter()
    #: Addresses of plugin indexes.
    PLUGIN_INDEXES: Filter[list[str], []] = Filter()
    #: The address from which one index is read.
    PLUGIN_INDEX_URL: Filter[str, []] = Filter()
    #: An index entry, before it is installed.
    PLUGIN_INDEX_ENTRY_TO_INSTALL: Filter[dict[str, str], []] = Filter()
    #: Installed plugins: (name, information).
    PLUGINS_INFO: Filter[list[tuple[str, str]], []] = Filter()
    #: Names of installed plugins.
    PLUGINS_INSTALLED: Filter[list[str], []] = Filter()
    #: Names of loaded plugins.
    PLUGINS_LOADED: Filter[list[str], []] = Filter()
    #: Whether a file is rendered rather than copied: (answer, path).
    IS_FILE_RENDERED: Filter[bool, [str]] = Filter()
    #: Command of the LMS worker.
    LMS_WORKER_COMMAND: Filter[list[str], []] = Filter()
    #: Command of the CMS worker.
    CMS_WORKER_COMMAND: Filter[list[str], []] = Filter()
    #: Test suites: (name, service, command).
    TESTS: Filter[list[tuple[str, str, str]], []] = Filter()

    @classmethod
    def ENV_PATCH(cls, name: str) -> Filter[list[str], []]:  # noqa: N802 (as plugins of 2022 call it)
        """`ENV_PATCHES`, seen as the contents at one patch point."""
        return NamedItems(cls.ENV_PATCHES, name)


class _Apps(dict[str, Context]):
    """Contexts by name of the plugin; until 2022, plugins called it for theirs."""

    def __call__(self, name: str) -> Context:
        return self.setdefault(name, Context(f"app:{name}"))


class Contexts:
    """Groups of contributions."""

    APP: ClassVar[_Apps] = _Apps()
    PLUGINS = Context("plugins")
    PLUGINS_V0_YAML = Context("plugins:v0:yaml")
    PLUGINS_V0_ENTRYPOINT = Context("plugins:v0:entrypoint")

    @classmethod
    def app(cls, name: str) -> Context:
        """The context of one plugin."""
        return cls.APP(name)
