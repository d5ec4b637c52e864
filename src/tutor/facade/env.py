"""`tutor.env`, as plugins and scripts call it."""

from __future__ import annotations

import contextlib
import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor import __about__, fmt
from tutor.core.hooks import current
from tutor.env import render
from tutor.env.again import Again
from tutor.env.lock import locked_once
from tutor.env.patterns import left_out
from tutor.env.plan import ENV
from tutor.env.storage import STATE, storage_errors
from tutor.exceptions import RenderError, TutorError
from tutor.facade.opening import opened_project
from tutor.facade.renderer import Given, Renderer, text_of, write_to
from tutor.hooks import Filters
from tutor.upgrade.releases import CURRENT, of_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.core.hooks import Registry
    from tutor.types import Config

__all__ = ["Renderer", "write_to"]

TEMPLATES_ROOT = render.TEMPLATES_ROOT
#: The file of the environment that says which version rendered it.
VERSION_FILENAME = "version"
#: Files that are copied instead of rendered.
BIN_FILE_EXTENSIONS = list(render.BINARY_EXTENSIONS)


def save(root: str, config: Config) -> None:
    """Render the environment of a project with settings that somebody gives, and write it, whole or not.

    ``config.yml`` is left alone.

    Raises:
        TutorError: whatever is wrong; the environment is as it was.
    """
    from tutor.change import save_environment

    with opened_project(root) as project:
        for warning in save_environment(project, config).warnings:
            fmt.echo_alert(warning)


def save_all_from(prefix: str, dst: str, config: Config) -> None:
    """Render the templates in a folder with settings, and write them below another folder.

    Raises:
        RenderError: one cannot be rendered; nothing was written then.
        StorageError: the disk refuses.
    """
    Renderer(config).render_all_to(dst, prefix)


def delete_env_dir(root: str) -> None:
    """Remove the environment of a project.

    Raises:
        StorageError: the disk refuses.
    """
    import shutil

    gone = Path(root, STATE, f"{ENV}.gone")
    with locked_once(Path(root)), storage_errors(Path(root)):
        shutil.rmtree(gone, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            Path(root, ENV).replace(gone)  # all at once
        shutil.rmtree(gone, ignore_errors=True)


#: The renderer that rendered the last single text or file, with the registry and its revision then.
_idle: list[tuple[weakref.ref[Registry], int, render.Renderer, Again]] = []


@contextlib.contextmanager
def _renderer(config: Config) -> Iterator[tuple[render.Renderer, Again]]:
    """A renderer for one text or file, and what came out of the files before.

    Plugins render a hundred of them, one after the other. As long as nobody contributes anything, the one
    before is taken: its templates are compiled. Whoever renders meanwhile gets one of his own.
    """
    registry, settings = current(), Given(config)
    found, again = None, Again()
    if _idle:
        then, revision, idle, before = _idle.pop()
        if then() is registry and revision == registry.revision and idle.renewed(settings):
            found, again = idle, before
    if found is None:
        found = render.Renderer(settings)
    revision = registry.revision
    yield found, again
    handles = (Filters.ENV_TEMPLATE_FILTERS, Filters.ENV_TEMPLATE_VARIABLES)
    computed = any(entry.is_computed for handle in handles for entry in registry.entries(handle))
    if registry.revision == revision and not computed:
        _idle[:] = [(weakref.ref(registry), revision, found, again)]


def render_str(config: Config, text: str) -> str:
    """Render a text with settings."""
    with _renderer(config) as (renderer, _):
        return renderer.render_text(text, text_of(text))


def render_file(config: Config, *path: str) -> str | bytes:
    """Render a template, named by the parts of its path, with settings; what is no text is as it is."""
    name = "/".join(path)
    with _renderer(config) as (renderer, again):
        content = renderer.copied(name)
        return again.render(renderer, name) if content is None else content


def render_unknown(config: Config, value: Any) -> Any:
    """Render every text in a value of any type; names of dictionaries stay."""
    if isinstance(value, str):
        return render_str(config, value)
    if isinstance(value, list):
        return [render_unknown(config, item) for item in value]
    if isinstance(value, dict):
        return {name: render_unknown(config, item) for name, item in value.items()}
    return value


def read_template_file(*path: str) -> str:
    """The source of a template, named by the parts of its path: the core's first, then plugins'.

    Raises:
        RenderError: there is none.
    """
    return _source(Filters.ENV_TEMPLATE_ROOTS.apply([render.TEMPLATES_ROOT]), path)


def read_core_template_file(*path: str) -> str:
    """The source of a template of the core, named by the parts of its path.

    Raises:
        RenderError: there is none.
    """
    return _source([render.TEMPLATES_ROOT], path)


def _source(roots: Iterable[str], path: tuple[str, ...]) -> str:
    for root in roots:
        file = Path(root, *path)
        if file.is_file():
            return file.read_text()
    raise RenderError(f"There is no template {'/'.join(path)}", where=", ".join(map(str, roots)))


def is_rendered(path: str) -> bool:
    """Whether a template becomes a file of the environment, by its name."""
    return not left_out()(path)


def is_binary_file(path: str) -> bool:
    """Whether a file is copied instead of rendered, by the end of its name."""
    return os.path.splitext(path)[1] in BIN_FILE_EXTENSIONS


def current_version(root: str) -> str | None:
    """The version that rendered the environment of a project; ``None`` where there is no environment."""
    try:
        return Path(pathjoin(root, VERSION_FILENAME)).read_text().strip()
    except OSError:
        return None


def is_up_to_date(root: str) -> bool:
    """Whether the environment was rendered by this version, or is still to be rendered."""
    return current_version(root) in (None, __about__.__interface_version__)


def check_is_up_to_date(root: str) -> None:
    """Warn where the environment was rendered by another version."""
    if not is_up_to_date(root):
        fmt.echo_alert(
            f"the environment in {base_dir(root)} is that of version {current_version(root)}; "
            "to render it anew: tutor config save"
        )


def get_release(version: str) -> str:
    """The release of Open edX that a version deploys.

    Raises:
        TutorError: there is no such version.
    """
    found = of_version(version)
    if found is None:
        raise TutorError(f"No version {version} is known", hint="tutor --version")
    return found


def get_current_open_edx_release_name() -> str:
    """The release of Open edX that this version deploys."""
    return CURRENT


def get_env_release(root: str) -> str | None:
    """The release of Open edX in the environment of a project; ``None`` where there is no environment.

    Raises:
        TutorError: it was rendered by a version that is not known.
    """
    version = current_version(root)
    return None if version is None else get_release(version)


def should_upgrade_from_release(root: str) -> str | None:
    """The release in the environment, where another one is to be deployed: `tutor local upgrade`.

    Raises:
        TutorError: the environment was rendered by a version that is not known.
    """
    release = get_env_release(root)
    return None if release == CURRENT else release


def template_path(*path: str, templates_root: str = render.TEMPLATES_ROOT) -> str:
    """Path of a template of the core."""
    return str(Path(templates_root, *path))


def root_dir(root: str) -> str:
    """Path of the folder of a project."""
    return str(Path(root).absolute())


def base_dir(root: str) -> str:
    """Path of the environment of a project."""
    return pathjoin(root)


def pathjoin(root: str, *path: str) -> str:
    """Path of a file of the environment of a project."""
    return str(Path(root, ENV, *path))


def data_path(root: str, *path: str) -> str:
    """Path of a file in the data of a project's containers."""
    return str(Path(root, "data", *path))
