"""What would change in the containers of `tutor local` and `tutor dev`, and why."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.engines import compose as flavours
from tutor.engines import images, inspect
from tutor.engines.customised import pulled_without
from tutor.engines.definitions import definitions
from tutor.engines.fetch import not_built_yet
from tutor.engines.find import find_engine
from tutor.engines.run import ProcessRunner
from tutor.engines.stale import seconds, stale_files
from tutor.exceptions import EngineError, TutorError
from tutor.hooks import Filters
from tutor.jobs.initialised import Initialised, due
from tutor.jobs.tasks import init_tasks
from tutor.plan.blocks import causes_of_folder, causes_of_service
from tutor.plan.model import ImageChange, ServiceChange, TaskChange
from tutor.plan.sides import Fetch, Found
from tutor.plan.staged import staged, staged_builds, staged_project

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tutor.change import Prepared
    from tutor.engines.compose import Flavour
    from tutor.engines.model import Service
    from tutor.engines.run import Runner
    from tutor.jobs.tasks import Task
    from tutor.plan.files import Difference
    from tutor.project import Project

CONFIG_HASH_LABEL = "com.docker.compose.config-hash"
#: Why an image is pulled that is here.
NEWER = "there may be a newer one"
#: Why an image is built that is here.
CHANGED = "its files, its arguments or what it stands on have changed"
#: Files that are named as the reason for one service.
NAMED = 3


@dataclass(frozen=True, slots=True)
class ComposeSide:
    """The platform as a Compose project."""

    flavour: Flavour
    runner: Runner = field(default_factory=ProcessRunner)

    @property
    def name(self) -> str:
        """As in ``tutor NAME launch``."""
        return self.flavour.name

    def look(self, project: Project, fetch: Fetch) -> ComposeLook:
        """Begin to ask the engine, in threads of their own."""
        name = str(project.values[self.flavour.project_setting])
        return ComposeLook(self.flavour, self.runner, name, fetch)


@dataclass(frozen=True, slots=True)
class _Container:
    """A container of a service, running or not."""

    service: str
    image: str
    state: str
    exit_code: int
    digest: str
    since: float
    mounts: tuple[Path, ...]

    @property
    def running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True, slots=True)
class _Answers:
    """What Compose and the engine say about what would run."""

    model: Mapping[str, Service]
    hashes: Mapping[str, str]
    here: Mapping[str, images.Here]
    fetched: Sequence[ImageChange]
    files: Collection[str]


class ComposeLook:
    """What runs now.

    Args:
        flavour: which project.
        runner: runs the questions.
        name: of the Compose project.
        fetch: how images would be got.
    """

    def __init__(self, flavour: Flavour, runner: Runner, name: str, fetch: Fetch) -> None:
        self._flavour = flavour
        self._runner = runner
        self._name = name
        self._fetch = fetch
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=6)
        self._engine = self._pool.submit(find_engine, runner, dict(os.environ), recall=True)
        self._containers = self._pool.submit(self._list, name)
        self._tasks: list[Task] = []
        self._unknown: tuple[str, ...] = ()
        self._builds: list[images.Build] = []

    def begin(self, prepared: Prepared) -> None:
        """Begin to ask Compose about what would run, from staged files."""
        project = prepared.project
        # What is rendered is rendered here: values of settings are not made for threads.
        self._tasks, self._unknown = _tasks(project)
        try:
            self._builds = images.all_builds(project)
        except TutorError as error:
            self._unknown = (*self._unknown, f"images to build: {error.message}")
        required = set(Filters.IMAGES_BUILD_REQUIRED.iterate(self._flavour.name))
        name = str(project.values[self._flavour.project_setting])
        if name != self._name:
            self._containers = self._pool.submit(self._list, name)
        self._answers = self._pool.submit(self._ask, prepared, self._builds, required)

    def compare(self, prepared: Prepared, differences: Sequence[Difference]) -> Found:
        """What would change; what the engine does not say is unknown."""
        record = Initialised.read(prepared.project.root)
        try:
            with self._pool:
                answers, containers = self._answers.result(), self._containers.result()
        except EngineError as error:
            hint = f" (to do: {error.hint})" if error.hint else ""
            found = tuple(_task_change(task, why) for task, why in due(self._tasks, record, {}))
            return Found(tasks=found, unknown=(f"services and images: {error.message}{hint}", *self._unknown))
        fetched = [self._explained(change, prepared, differences) for change in answers.fetched]
        comparison = _Services(
            services={name: service for name, service in answers.model.items() if name in answers.hashes},
            hashes=answers.hashes,
            containers=containers,
            identities={image: found.identity for image, found in answers.here.items()},
            fetched=[change for change in fetched if change.reason != NEWER],
            differences=differences,
            environment=prepared.project.environment,
            files=answers.files,
        )
        identities = {
            name: "changed"
            if service.image in comparison.fetched_names
            else answers.here[service.image].identity
            for name, service in answers.model.items()
            if service.image in answers.here or service.image in comparison.fetched_names
        }
        return Found(
            images=tuple(fetched),
            services=tuple(comparison.changes()),
            tasks=tuple(_task_change(task, why) for task, why in due(self._tasks, record, identities)),
            unknown=(*self._unknown, *_newer(fetched)),
            warnings=tuple(self._lacking(prepared.project, answers)),
        )

    def _explained(
        self, change: ImageChange, prepared: Prepared, differences: Sequence[Difference]
    ) -> ImageChange:
        """The same, with what changes the files that an image is built from."""
        build = next((b for b in self._builds if b.tag == change.image), None)
        if build is None or change.reason != CHANGED:
            return change
        folder = str(build.folder.relative_to(prepared.project.environment))
        causes = causes_of_folder(folder, differences)
        return dataclasses.replace(change, reason=", ".join(causes) or CHANGED)

    def _lacking(self, project: Project, answers: _Answers) -> Iterator[str]:
        users = images.needed(answers.model)
        declared = [build for build in self._builds if build.tag in users]
        return pulled_without(project, declared, images.built_here(declared, answers.here))

    def _ask(self, prepared: Prepared, builds: Sequence[images.Build], required: set[str]) -> _Answers:
        """Ask the engine, in a thread."""
        engine = self._engine.result()
        with staged(prepared) as folder:
            compose = staged_project(prepared, folder, self._flavour, engine)
            defined = definitions(self._runner, compose)
            model = defined.services
            found = staged_builds(prepared, folder, builds)
            users = images.needed(model)
            here = images.images_here(self._runner, engine, dict.fromkeys([*users, *(b.tag for b in found)]))
            files = {os.path.relpath(path, folder) for path in compose.files.paths(jobs=False)}
            found = images.remembered(images.built_here(found, here), here)
            fetched = _images(users, found, here, required if self._fetch.build else set(), self._fetch)
            if not self._fetch.build:
                missing = [b for b in found if b.tag in users and b.tag not in here]
                if missing:
                    raise not_built_yet(missing[0], self._flavour.name)
            return _Answers(model, defined.hashes, here, fetched, files)

    def _list(self, name: str) -> list[_Container]:
        engine = self._engine.result()
        found = []
        for container in inspect.existing(self._runner, engine, f"{inspect.PROJECT_LABEL}={name}"):
            service = inspect.label(container, inspect.SERVICE_LABEL)
            if service and inspect.label(container, inspect.ONE_OFF_LABEL) != "True":
                found.append(_container(service, container))
        return found


def _container(service: str, container: dict[str, Any]) -> _Container:
    state = container["State"]
    return _Container(
        service,
        str(container["Image"]).removeprefix("sha256:"),
        str(state["Status"]).lower(),
        int(state.get("ExitCode") or 0),
        inspect.label(container, CONFIG_HASH_LABEL),
        seconds(state["StartedAt"]),
        tuple(Path(m["Source"]) for m in container.get("Mounts") or () if m.get("Type") == "bind"),
    )


def _tasks(project: Project) -> tuple[list[Task], tuple[str, ...]]:
    try:
        return init_tasks(project), ()
    except TutorError as error:
        return [], (f"init tasks: {error.message}",)


def _task_change(task: Task, reason: str) -> TaskChange:
    return TaskChange(task.name, task.service, task.owner, reason, task.origin.place or None)


def _images(
    users: Mapping[str, list[str]],
    builds: Sequence[images.Build],
    here: Mapping[str, images.Here],
    required: set[str],
    fetch: Fetch,
) -> list[ImageChange]:
    """Images to pull, then images to build, each with the reason."""
    fetching = images.plan_fetching(
        users, builds, images.digests_here(here), pull_all=fetch.pull_all, required=required
    )
    found = [
        ImageChange(
            image, "pulled", NEWER if image in here else "it is not on this machine", tuple(users[image])
        )
        for image in fetching.pulls
    ]
    for build, _ in fetching.builds if fetch.build else ():
        reason = "it is not on this machine"
        if build.tag in here:
            reason = CHANGED
        by = str(build.origin) if build.origin else None
        found.append(ImageChange(build.tag, "built", reason, tuple(users.get(build.tag, ())), by))
    return found


def _newer(fetched: Sequence[ImageChange]) -> Iterator[str]:
    if any(change.reason == NEWER for change in fetched):
        yield "which services get a newer image: known once those are pulled that are here already"


@dataclass(slots=True)
class _Services:
    """Compares containers with the services that would run."""

    services: Mapping[str, Service]
    hashes: Mapping[str, str]
    containers: Sequence[_Container]
    identities: Mapping[str, str]
    fetched: Sequence[ImageChange]
    differences: Sequence[Difference]
    environment: Path
    files: Collection[str]

    @property
    def fetched_names(self) -> set[str]:
        """Images that would be others than they are now."""
        return {change.image for change in self.fetched}

    def changes(self) -> list[ServiceChange]:
        """Services whose containers would change, in the order of the files; those that go come last."""
        by_service: dict[str, _Container] = {}
        for container in self.containers:
            by_service.setdefault(container.service, container)
        found = []
        for name, service in self.services.items():
            change = self._of(service, by_service.get(name))
            if change is not None:
                found.append(change)
        for name in sorted(by_service.keys() - self.services.keys()):
            reasons = causes_of_service(name, self.differences, self.files)
            found.append(ServiceChange(name, "removed", reasons or ("it is no longer in the environment",)))
        return found

    def _of(self, service: Service, container: _Container | None) -> ServiceChange | None:
        name = service.name
        reasons: tuple[str, ...]
        if container is None:
            reasons = causes_of_service(name, self.differences, self.files) or ("it has no container yet",)
            return ServiceChange(name, "created", reasons)
        reasons = self._of_image(service, container)
        if container.digest != self.hashes[name]:
            own = causes_of_service(name, self.differences, self.files)
            reasons = (*own, *reasons) or ("its container was made from other files",)
        if reasons:
            return ServiceChange(name, "recreated", reasons)
        if not container.running:
            done = container.state == "exited" and container.exit_code == 0 and not service.restarts
            return None if done else ServiceChange(name, "started", (f"it is {container.state}",))
        reasons = self._of_files(container)
        return ServiceChange(name, "restarted", reasons) if reasons else None

    def _of_image(self, service: Service, container: _Container) -> tuple[str, ...]:
        for change in self.fetched:
            if change.image == service.image:
                return (f"image {change.image} is {change.action}: {change.reason}",)
        identity = self.identities.get(service.image)
        if identity and identity != container.image:
            return (f"image {service.image} is another one than its container was made from",)
        return ()

    def _of_files(self, container: _Container) -> tuple[str, ...]:
        """Files that it mounts and that change, or that have changed since it was started."""
        root = os.path.realpath(self.environment)
        mounts = [os.path.realpath(mount) for mount in container.mounts]
        mounts = [mount for mount in mounts if (mount + os.sep).startswith(root + os.sep)]
        changing = {}
        for difference in self.differences:
            path = os.path.join(root, difference.change.path)
            if not difference.change.written and any(_covers(mount, path) for mount in mounts):
                changing[difference.change.path] = difference
        older = [os.path.relpath(path, root) for path in stale_files(mounts, container.since)]
        known = {d.change.path: d for d in self.differences}
        changing.update({path: known[path] for path in older if path in known})
        if not changing and older:
            return (f"{older[0]} was written after it was started",)
        if not changing:
            return ()
        settings = {
            name for d in changing.values() for edit in d.edits for c in edit.causes for name in c.settings
        }
        names = sorted(changing)
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        files = f"file{'s' if len(names) > 1 else ''} {', '.join(names[:NAMED])}{more}"
        return (*(f"setting {name}" for name in sorted(settings)), files)


def _covers(mount: str, path: str) -> bool:
    return path == mount or path.startswith(mount + os.sep)


LOCAL = ComposeSide(flavours.LOCAL)
DEV = ComposeSide(flavours.DEV)
