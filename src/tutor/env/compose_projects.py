"""Validation of Compose files together: each way to run the platform is a project of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutor.env.compose_files import WAYS, files_in_order, users_files
from tutor.exceptions import RenderError, TutorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tutor.config.settings import Settings
    from tutor.env.formats.compose.together import Source, Wrong
    from tutor.env.render import RenderedFile

    Values = Mapping[str, object]


def is_affected(paths: set[str]) -> bool:
    """Whether one of some files of the environment is part of a project."""
    return any(path in paths for way in WAYS for path in files_in_order(way, jobs=True))


def check_projects(
    files: Mapping[str, RenderedFile], environment: Path, settings: Settings, values: Values
) -> None:
    """Check the files of each way to run the platform as Compose sees them, the user's own included.

    Raises:
        RenderError: Compose would refuse them; names plugin, patch, file, line, and the setting that took
            away what is missing.
    """
    for error in project_errors(files, environment, settings, values):
        raise error


def project_errors(
    files: Mapping[str, RenderedFile], environment: Path, settings: Settings, values: Values
) -> Iterator[RenderError]:
    """What Compose would refuse, each once: jobs run beside the services, so that one look sees both."""
    from tutor.env.formats.compose.together import check_together

    seen: set[tuple[str, str]] = set()
    texts = {path: file.content.decode() for path, file in files.items() if is_affected({path})}
    for path in users_files(environment):
        texts[path] = (environment / path).read_text(encoding="utf-8", errors="replace")
        error = _unreadable(path, texts[path])
        if error is not None:
            yield error
            return

    def exists(path: str) -> bool:
        place = os.path.normpath(os.path.join("local", os.path.expanduser(path)))
        return place in files or (environment / place).exists()

    for way in WAYS:
        for jobs in (False, True):
            order = [path for path in files_in_order(way, jobs=jobs) if path in texts]
            for wrong in check_together(_sources(order, texts), exists, os.environ):
                if (wrong.message, wrong.source.path) not in seen:
                    seen.add((wrong.message, wrong.source.path))
                    yield _error(wrong, way, files.get(wrong.source.path), texts, settings, values)


def _sources(order: list[str], texts: Mapping[str, str]) -> list[Source]:
    from tutor.env.formats.compose.together import sources_of

    return [source for path in order for source in sources_of(path, texts[path], os.environ)]


def _unreadable(path: str, text: str) -> RenderError | None:
    """A file of the user's that Compose would not even read."""
    from tutor.env.formats import compose_file
    from tutor.env.validate import excerpt_of

    faults = compose_file.check(text)
    if not faults:
        return None
    line = faults[0].line
    return RenderError(
        f"Compose would refuse env/{path}: {faults[0].message}",
        where=f"env/{path}:{line}" if line else f"env/{path}",
        excerpt=excerpt_of(text, line),
        hint="correct that file, which is yours, or remove it",
    )


def _error(
    wrong: Wrong,
    way: str,
    file: RenderedFile | None,
    texts: Mapping[str, str],
    settings: Settings,
    values: Values,
) -> RenderError:
    from tutor.env.formats.compose_file import line_of
    from tutor.env.formats.fault import Fault
    from tutor.env.validate import excerpt_of, fault_error

    line = line_of(wrong.source.node, wrong.at)
    path = wrong.source.path
    off = _turned_off(wrong.service, settings, values)
    message = f"Compose would refuse the files of `tutor {way}`: {wrong.message}"
    message += f", because {off} is false" if off else ""
    if file is None:
        where, excerpt = f"env/{path}:{line}", excerpt_of(texts[path], line)
        return RenderError(message, where=where, excerpt=excerpt, hint="correct that file, which is yours")
    error = fault_error(file, texts[path], "Compose file", Fault(wrong.message, line))
    error.message = message
    error.args = (message,)
    if off and error.hint:
        _, _, disable = error.hint.rpartition("or: ")
        error.hint = f"tutor config save --set {off}=true"
        error.hint += f", or: {disable}" if disable.startswith("tutor plugins") else ""
    return error


def _turned_off(service: str | None, settings: Settings, values: Values) -> str | None:
    """The setting without which a service is there."""
    if service is None:
        return None
    words = service.upper().replace("-", "_")
    for name in (f"RUN_{words}", f"RUN_{words.removesuffix('_JOB')}", f"RUN_{words.removesuffix('_WORKER')}"):
        if name not in settings:
            continue
        try:
            if values[name] is False:
                return name
        except TutorError:
            continue
    return None
