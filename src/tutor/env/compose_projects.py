"""Validation of Compose files together: each way to run the platform is a project of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutor.core.named import Named
from tutor.env.compose_files import OLD_SERVICES, WAYS, files_in_order, users_files
from tutor.env.plan import Manifest
from tutor.exceptions import RenderError, TutorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from tutor.config.settings import Settings
    from tutor.env.formats.compose.together import Source, Wrong
    from tutor.env.render import RenderedFile

    Values = Mapping[str, object]


def is_affected(paths: set[str]) -> bool:
    """Whether one of some files of the environment is part of a project."""
    return any(path in paths for way in WAYS for path in files_in_order(way, jobs=True))


class Surroundings(Named):
    """What else the files of a project depend on.

    Args:
        environment: the rendered environment, where the user and plugins put files of their own.
        settings: all layers of settings.
        values: resolved settings, by name.
        enabled: names of the plugins whose files are there, and stay.
    """

    environment: Path
    settings: Settings
    values: Values
    enabled: Collection[str]

    def others(self) -> dict[str, str | None]:
        """Files beside the rendered ones → the plugin that wrote them, or nobody for the user's."""
        guests = {path: plugin for path, (_, plugin) in Manifest.read(self.environment.parent).guests.items()}
        found = {path: guests.get(path) for path in users_files(self.environment)}
        return {path: plugin for path, plugin in found.items() if plugin is None or plugin in self.enabled}


def check_projects(files: Mapping[str, RenderedFile], around: Surroundings, *, lenient: bool) -> list[str]:
    """Check the files of each way to run the platform as Compose sees them, the user's own included.

    Args:
        files: the rendered ones, by path.
        around: what else counts.
        lenient: only warn of what is wrong in files that are not rendered: a plugin can always be disabled.

    Returns:
        Warnings.

    Raises:
        RenderError: Compose would refuse them; names plugin, patch, file, line, and the setting that took
            away what is missing.
    """
    warnings = []
    for error in project_errors(files, around):
        old = error.service in OLD_SERVICES
        if not old and (not lenient or error.origins):
            raise error
        warnings.append(f"{error.message} ({error.where})")
    return warnings


def project_errors(files: Mapping[str, RenderedFile], around: Surroundings) -> Iterator[RenderError]:
    """What Compose would refuse, each once: jobs run beside the services, so that one look sees both."""
    from tutor.env.formats.compose.together import check_together

    seen: set[tuple[str, str]] = set()
    texts = {path: file.content.decode() for path, file in files.items() if is_affected({path})}
    others = around.others()
    for path, plugin in others.items():
        texts[path] = (around.environment / path).read_text(encoding="utf-8", errors="replace")
        error = _unreadable(path, texts[path], plugin)
        if error is not None:
            yield error
            return

    def exists(path: str) -> bool:
        place = os.path.normpath(os.path.join("local", os.path.expanduser(path)))
        return place in files or (around.environment / place).exists()

    for way in WAYS:
        for jobs in (False, True):
            order = [path for path in files_in_order(way, jobs=jobs) if path in texts]
            for wrong in check_together(_sources(order, texts), exists, os.environ):
                if (wrong.message, wrong.source.path) not in seen:
                    seen.add((wrong.message, wrong.source.path))
                    path, off = wrong.source.path, _turned_off(wrong.service, around)
                    yield _error(wrong, way, texts[path], files.get(path), others.get(path), off)


def _sources(order: list[str], texts: Mapping[str, str]) -> list[Source]:
    from tutor.env.formats.compose.together import sources_of

    return [source for path in order for source in sources_of(path, texts[path], os.environ)]


def _unreadable(path: str, text: str, plugin: str | None) -> RenderError | None:
    """A file beside the rendered ones that Compose would not even read."""
    from tutor.env.formats import compose_file

    faults = compose_file.check(text)
    if not faults:
        return None
    return _of_other(
        f"Compose would refuse env/{path}: {faults[0].message}", path, text, faults[0].line, plugin
    )


def _of_other(message: str, path: str, text: str, line: int | None, plugin: str | None) -> RenderError:
    from tutor.env.validate import excerpt_of

    where = f"env/{path}:{line}" if line else f"env/{path}"
    if plugin is not None:
        where, hint = f"plugin {plugin}, which wrote {where}", f"tutor plugins disable {plugin}"
    else:
        hint = "correct that file, which is yours, or remove it"
    return RenderError(message, where=where, excerpt=excerpt_of(text, line), hint=hint)


def _error(
    wrong: Wrong, way: str, text: str, file: RenderedFile | None, plugin: str | None, off: str | None
) -> RenderError:
    """The error for what is wrong, with whoever is to blame.

    Args:
        wrong: what it is.
        way: to run the platform.
        text: the file in which it stands.
        file: the same, if it is a rendered one.
        plugin: which wrote it, if it is none.
        off: the setting that took away what is missing.
    """
    from tutor.env.formats.compose_file import line_of
    from tutor.env.formats.fault import Fault
    from tutor.env.validate import fault_error

    line = line_of(wrong.source.node, wrong.at)
    message = f"Compose would refuse the files of `tutor {way}`: {wrong.message}"
    message += f", because {off} is false" if off else ""
    message += ", which the platform had in older releases" if wrong.service in OLD_SERVICES else ""
    if file is None:
        return _of_other(message, wrong.source.path, text, line, plugin)
    error = fault_error(file, text, "Compose file", Fault(wrong.message, line))
    error.message = message
    error.args = (message,)
    error.service = wrong.service
    if off and error.hint:
        _, _, disable = error.hint.rpartition("or: ")
        error.hint = f"tutor config save --set {off}=true"
        error.hint += f", or: {disable}" if disable.startswith("tutor plugins") else ""
    return error


def _turned_off(service: str | None, around: Surroundings) -> str | None:
    """The setting without which a service is there."""
    if service is None or service in OLD_SERVICES:
        return None
    words = service.upper().replace("-", "_")
    for name in (f"RUN_{words}", f"RUN_{words.removesuffix('_JOB')}", f"RUN_{words.removesuffix('_WORKER')}"):
        if name not in around.settings:
            continue
        try:
            if around.values[name] is False:
                return name
        except TutorError:
            continue
    return None
