"""What Compose makes of a project's files: its services, and the hash by which it knows each again.

Compose takes longer for it than rendering the files does. So its answer is kept among the user's caches:
where they refer to no other files, it depends on them alone and on the variables that they name. What is kept
has no values of variables, which may be secrets.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tutor.core import cache
from tutor.engines.find import program
from tutor.engines.model import Port, Service, read_model
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutor.engines.compose import ComposeProject
    from tutor.engines.run import Runner

#: Another number after a change of what is kept.
FORMAT = "1"
#: Keys that refer to other files.
_REFERS = re.compile(r"(?<![\w-])(?:env_file|extends|include|label_file|file)[\"']?\s*:")
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Definitions:
    """The services of a project.

    Args:
        services: all of them, those of jobs included, by name.
        hashes: Compose's own hash of each service that runs all the time.
    """

    services: Mapping[str, Service]
    hashes: Mapping[str, str]


def definitions(runner: Runner, project: ComposeProject) -> Definitions:
    """Ask Compose, unless the answer is known.

    Raises:
        EngineError: Compose refuses the files.
    """
    place = _place(project)
    known = _kept(place) if place else None
    if known is not None:
        return known
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        hashing = pool.submit(_hashes, runner, project)
        services = read_model(runner, project, jobs=True)
        found = Definitions(services, hashing.result())
    if place:
        cache.write(place, [[dataclasses.astuple(s) for s in services.values()], dict(found.hashes)])
        cache.tidy(os.path.dirname(place))
    return found


def _hashes(runner: Runner, project: ComposeProject) -> dict[str, str]:
    result = runner.capture(project.command("config", "--hash", "*"), environment=project.engine.environment)
    if result.code:
        raise EngineError(f"Compose refuses the environment: {result.reason}", hint="tutor config save")
    return {words[0]: words[1] for words in map(str.split, result.output.splitlines())}


def _place(project: ComposeProject) -> str | None:
    """The file for an answer, named by all that it depends on; ``None`` where that is more than the files."""
    contents = []
    for path in project.files.paths(jobs=True):
        content = path.read_text(errors="surrogateescape")
        if _REFERS.search(content):
            return None
        contents += [path.name, content]
    folder = cache.user_folder("compose")
    if folder is None:
        return None
    staged = str(project.files.folder.parent)
    words = [word.replace(staged, "", 1) for word in project.command(jobs=True)]
    key = cache.digest(FORMAT, *words, *contents, *_surroundings(project, "\n".join(contents)))
    return os.path.join(folder, key.hex())


def _surroundings(project: ComposeProject, contents: str) -> Iterator[str]:
    """What else Compose looks at: its variables, those that the files name, and the file that sets them."""
    yield from program(project.engine.compose)
    named = set(_WORD.findall(contents))
    for name, value in sorted(os.environ.items()):
        if name in named or name.startswith("COMPOSE_"):
            yield f"{name}={value}"
    for folder in {project.directory or project.files.folder, project.files.folder}:
        try:
            yield (folder / ".env").read_text(errors="surrogateescape")
        except OSError:
            continue


def _kept(place: str) -> Definitions | None:
    content: Any = cache.read(place)
    try:
        entries, hashes = content
        services = {}
        for name, image, ports, depends_on, restarts, built in entries:
            found = tuple(Port(*port) for port in ports)
            services[name] = Service(name, image, found, tuple(depends_on), restarts, built)
    except (TypeError, ValueError):
        return None
    return Definitions(services, hashes)
