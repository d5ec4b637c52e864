"""A service: who declares it, which image it runs, which files it mounts, which tasks run in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.engines.images import naming_settings
from tutor.env.trace import Tracer
from tutor.exceptions import TutorError
from tutor.explain.places import owner
from tutor.explain.subject import Answer, Fact
from tutor.plan.blocks import block

if TYPE_CHECKING:
    from tutor.env.render import RenderedFile, RenderedTree
    from tutor.project import Project


def names(tree: RenderedTree) -> list[str]:
    """Services in the Compose files of a rendered environment."""
    found: dict[str, None] = {}
    for file in _compose_files(tree):
        found.update(dict.fromkeys(_services(file)))
    return list(found)


def explain(project: Project, tree: RenderedTree, name: str) -> Answer:
    """Explain a service."""
    declared: list[Fact] = []
    images: dict[str, set[str]] = {}
    tracer = Tracer(project.renderer)
    mounts: list[Fact] = []
    depends: dict[str, None] = {}
    for file in _compose_files(tree):
        content = _services(file).get(name)
        if not isinstance(content, dict):
            continue
        first, last = block(file.content.decode().splitlines(), name)
        span = file.contributor(first + 1)
        by = (
            owner(span.patch.origin) + f", patch {span.patch.name}"
            if span
            else f"template of {owner(file.origin)}"
        )
        origin = span.patch.origin if span else file.origin
        text = f"env/{file.path}, lines {first + 1}-{last}: {by}"
        declared.append(Fact(text, (origin.place or None) if span else file.template, origin.plugin))
        declared += _patches_inside(file, first + 1, last, span)
        if content.get("image"):
            read = images.setdefault(str(content["image"]), set())
            read |= _read_by_image(tracer, file, first, last)
        mounts += [Fact(text) for text in map(_mount, content.get("volumes") or ()) if text]
        needed = content.get("depends_on") or ()
        depends.update(dict.fromkeys(needed))
    facts = {
        "Declared in": tuple(declared),
        "Image": tuple(Fact(_image(project, *found)) for found in images.items()),
        "Needs": tuple(Fact(other) for other in depends),
        "Mounts": tuple(mounts),
        "Init tasks": _tasks(project, name),
    }
    filled = {title: found for title, found in facts.items() if found}
    return Answer("service", name, f"{name} is a service", filled, f"tutor local logs --tail 100 {name}")


def _patches_inside(file: RenderedFile, first: int, last: int, around: Any) -> list[Fact]:
    return [
        Fact(
            f"env/{file.path}, lines {span.first}-{span.last}: {owner(span.patch.origin)}, "
            f"patch {span.patch.name}",
            span.patch.origin.place or None,
            span.patch.origin.plugin,
        )
        for span in file.spans
        if span is not around and first <= span.first and span.last <= last
    ]


def _compose_files(tree: RenderedTree) -> list[RenderedFile]:
    return [
        file
        for path, file in tree.files.items()
        if path.startswith(("local/", "dev/")) and "docker-compose" in path and path.endswith(".yml")
    ]


def _services(file: RenderedFile) -> dict[str, Any]:
    import yaml

    from tutor.env.formats.compose.reader import UnreadableError
    from tutor.env.formats.compose_file import content

    try:
        services = content(file.content.decode(errors="replace")).get("services")
    except (yaml.YAMLError, UnreadableError):
        return {}
    return services if isinstance(services, dict) else {}


def _mount(entry: Any) -> str:
    if isinstance(entry, dict):
        return f"{entry.get('source', '')} at {entry.get('target', '')}"
    source, _, target = str(entry).partition(":")
    return f"{source} at {target.split(':')[0]}"


def _read_by_image(tracer: Tracer, file: RenderedFile, first: int, last: int) -> set[str]:
    """What the line that names the image of a service reads. Lines are counted from 0, the end left out."""
    lines = file.content.decode().splitlines()
    number = next((n for n in range(first, last) if lines[n].strip().startswith("image:")), None)
    return set() if number is None else tracer.uses_of(tracer.places(file)[number])


def _image(project: Project, image: str, read: set[str]) -> str:
    """An image, with the setting that its line reads and that names it."""
    settings = [name for name in naming_settings(project, image) if name in read]
    return image + (f"  (setting {settings[0]})" if settings else "")


def _tasks(project: Project, name: str) -> tuple[Fact, ...]:
    from tutor.jobs.tasks import init_tasks

    try:
        tasks = init_tasks(project)
    except TutorError:
        return ()
    return tuple(
        Fact(task.name, task.origin.place or None, task.origin.plugin)
        for task in tasks
        if name in (task.service, task.job_service)
    )
