"""`tutor.config`, as plugins and scripts call it.

Functions that take a dictionary change it in place, and write nothing.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.config import userfile, values
from tutor.config.settings import from_environment
from tutor.config.table import core_settings
from tutor.core.hooks import Layer, Origin, current
from tutor.env.apply import apply
from tutor.env.lock import locked_once
from tutor.exceptions import ConfigError
from tutor.hooks import Filters
from tutor.project import build_settings, chosen_so_far, current_project, settings_so_far
from tutor.types import cast_config, get_typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutor.project import Project
    from tutor.types import Config

#: The setting that names the enabled plugins.
PLUGINS_CONFIG_KEY = "PLUGINS"
#: Where Meilisearch is, seen from the other services.
MEILISEARCH_URL_DEFAULT = "http://meilisearch:7700"
CONFIG_FILENAME = userfile.FILENAME
#: Settings with a default that are the user's from the start.
_OF_USER = (PLUGINS_CONFIG_KEY, "PLUGIN_INDEXES")


def load(root: str) -> Config:
    """All settings of a project that was saved before, resolved: name → the value that counts.

    Raises:
        ConfigError: it was not.
    """
    path = Path(root)
    if chosen_so_far(path) is None and not (path / userfile.FILENAME).is_file():
        raise ConfigError(
            "There is no project yet", where=str(path / userfile.FILENAME), hint="tutor config save"
        )
    return load_full(root)


def load_full(root: str) -> Config:
    """All settings of a project, resolved: name → the value that counts.

    Args:
        root: folder of the project, which need not be there.
    """
    from tutor.facade.opening import opened_project

    if current_project(Path(root)) is None:
        found = settings_so_far(Path(root))
        if found is not None:
            return found
    with opened_project(root) as project:
        return _settings_now(project)


def load_minimal(root: str) -> Config:
    """The settings that are not defaults: the user's, those generated once, overrides, and variables."""
    config = load_full(root)
    chosen = {*get_user(root), *get_base(), *from_environment(os.environ)}
    return {name: value for name, value in config.items() if name in chosen}


def load_defaults() -> Config:
    """The default values of the core and of the plugins that are loaded, as they were declared: templates.

    Those that are generated once have none.
    """
    return dict(Filters.CONFIG_DEFAULTS.iterate())


get_defaults = load_defaults


def get_base() -> Config:
    """The settings that are generated once, and overrides, as they were declared: templates."""
    base = {
        name: setting.default
        for name, setting in core_settings().items()
        if setting.unique or name in _OF_USER
    }
    return base | dict(Filters.CONFIG_UNIQUE.iterate()) | dict(Filters.CONFIG_OVERRIDES.iterate())


def get_user(root: str) -> Config:
    """What the user set in ``config.yml``; while a command changes it, as it will be."""
    path = Path(root)
    project = current_project(path)
    chosen = chosen_so_far(path)
    if chosen is None or (project is not None and _written_since(project) is not None):
        return dict(userfile.read(path).values)
    return dict(chosen)


def get_yaml_file(path: str) -> Config:
    """The settings in a YAML file.

    Raises:
        TutorError: it is not readable, not YAML, or not a mapping of names.
    """
    import yaml

    from tutor import serialize

    file = Path(path)
    try:
        return cast_config(serialize.load(file.read_bytes()))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except yaml.YAMLError as error:
        reason = str(getattr(error, "problem", None) or "it is not YAML")
    raise ConfigError(f"{file.name} cannot be read: {reason}", where=path)


def config_path(root: str) -> str:
    """Path of ``config.yml``."""
    return str(Path(root) / userfile.FILENAME)


def save_config_file(root: str, config: Config) -> None:
    """Make ``config.yml`` hold exactly these settings; comments and order of what stays are kept.

    Raises:
        StorageError: the disk refuses; the file is as it was.
    """
    with locked_once(Path(root)):
        user = userfile.read(Path(root))
        gone = [name for name in user.values if name not in config]
        apply(Path(root), user.edited(config, gone))


def merge(config: Config, base: Config) -> None:
    """Add what is missing in settings from others."""
    for name, value in base.items():
        config.setdefault(name, copy.deepcopy(value))


def update_with_base(config: Config) -> None:
    """Add what is missing of what is generated once and of overrides: templates."""
    merge(config, get_base())


def update_with_defaults(config: Config) -> None:
    """Add what is missing of defaults: templates."""
    merge(config, get_defaults())


def update_with_env(config: Config) -> None:
    """Let ``TUTOR_*`` variables count, for settings that are there.

    Raises:
        ConfigError: the value of a variable is not YAML.
    """
    for name, text in from_environment(os.environ).items():
        if name in config:
            config[name] = values.parse(name, text, Origin(Layer.ENVIRONMENT))


def render_full(config: Config) -> None:
    """Resolve the templates in settings.

    Raises:
        RenderError: one cannot be; nothing was changed then.
    """
    from tutor.facade.env import render_unknown

    config.update({name: render_unknown(config, value) for name, value in config.items()})


def is_service_activated(config: Config, service: str) -> bool:
    """Whether a service is run here: the setting ``RUN_SERVICE``.

    Raises:
        ConfigError: there is none.
    """
    name = f"RUN_{service.upper()}"
    if name not in config:
        raise ConfigError(f"There is no setting {name}", where=f"service {service}", hint="tutor config show")
    return bool(config[name])


def get_enabled_plugins(config: Config) -> list[str]:
    """Names of the plugins that settings enable.

    Raises:
        TutorError: the setting is not a list.
    """
    return list(get_typed(config, PLUGINS_CONFIG_KEY, list, []))


def enable_plugins(config: Config) -> None:
    """Load the plugins that settings enable; what is wrong with one is told, and does not stop the others."""
    from tutor.facade.plugins import load_all

    load_all(get_enabled_plugins(config))


def save_enabled_plugins(config: Config) -> None:
    """Write the plugins that are loaded into settings."""
    from tutor.facade.plugins import iter_loaded

    config[PLUGINS_CONFIG_KEY] = list(iter_loaded())


def _written_since(project: Project) -> userfile.UserFile | None:
    """``config.yml``, where somebody has written it since a project was opened."""
    now = userfile.read(project.root)
    return None if now.content == project.user.content else now


def _settings_now(project: Project) -> Config:
    """The settings of an opened project, with what was saved and contributed since it was opened."""
    from tutor.env.render import Renderer

    user = _written_since(project)
    if user is None and project.settings.news == current().news:
        return project.config
    chosen: Mapping[str, Any] = project.chosen if user is None else user.values
    found = Renderer(build_settings(user or project.user, project.loaded, chosen, {})).settings
    found.keep(project.generated)
    return found.copy()
