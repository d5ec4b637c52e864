"""A platform that is backed up or restored: the opened project and its engine."""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.backup.places import Inventory, Item, Place, inventory
from tutor.backup.store import Store
from tutor.engines.compose import JOB_LABEL
from tutor.engines.health import containers, wait_until_healthy
from tutor.engines.model import dependencies, read_content, services_of
from tutor.engines.start import remove_labelled, run_quietly, start
from tutor.exceptions import BackupError, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tutor.engines.compose import ComposeProject
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.jobs.scripts import Script
    from tutor.project import Project

#: Seconds that a database may take to become healthy. A first start makes its files.
TIMEOUT = 900.0
#: Reads the script from a variable: its input is the data, and a command line can be read by everybody.
_SHELL = ("sh", "-c", 'set -e; eval "$TUTOR_SCRIPT"')
#: Laid over the Compose files: what is printed is data, which the engine would keep in its logs.
_QUIET = "services: {{{service}: {{logging: {{driver: none}}}}}}\n"


@dataclass(slots=True)
class Deployment:
    """A platform on an engine.

    Args:
        project: opened.
        runner: runs commands.
        compose: the Compose project.
        reporter: told what goes on.
    """

    project: Project
    runner: Runner
    compose: ComposeProject
    reporter: Reporter
    _content: dict[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """The Compose project, jobs included, as Compose understands it. Asked for once."""
        if not self._content:
            self._content = read_content(self.runner, self.compose, jobs=True)
        return self._content

    @property
    def services(self) -> dict[str, Service]:
        """All services, jobs included."""
        return services_of(self.content)

    @property
    def inventory(self) -> Inventory:
        """The data of the platform.

        Raises:
            TutorError: what a plugin declares about its data makes no sense.
        """
        return inventory(self.project, self.content)

    @property
    def store(self) -> Store:
        """What works on its folders and volumes."""
        services = self.services
        image = (services.get("permissions") or services["lms-job"]).image
        return Store(self.runner, self.compose.engine, image, self.compose.name)

    def running(self) -> list[str]:
        """Names of the services that run now."""
        return [c.service for c in containers(self.runner, self.compose) if c.state == "running"]

    def start(self, names: Sequence[str]) -> list[str]:
        """Start services and what they need, and wait until they are healthy.

        Returns:
            Those that did not run before.

        Raises:
            EngineError: one does not start.
        """
        before = self.running()
        services = {name: s for name, s in self.services.items() if not name.endswith("-job")}
        wanted = [name for name in services if name in {*names, *dependencies(self.services, names)}]
        if not wanted:
            return []
        start(self.runner, self.compose, services, self.reporter, names=wanted)
        needed = [services[name] for name in wanted]
        wait_until_healthy(self.runner, self.compose, needed, self.reporter, timeout=TIMEOUT)
        return [name for name in wanted if name not in before and services[name].restarts]

    def stop(self, names: Iterable[str] = ()) -> None:
        """Stop services, or all.

        Raises:
            EngineError: they do not stop.
        """
        argv = self.compose.command("stop", *names)
        result = run_quietly(self.runner, self.compose, argv, self.reporter)
        if result.code:
            raise EngineError(
                f"The services do not stop: {result.reason}",
                where=f"project {self.compose.name}",
                hint="tutor local status",
            )

    def stop_leftovers(self) -> None:
        """Remove the containers of a run that was killed."""
        remove_labelled(self.runner, self.compose, JOB_LABEL)
        self.store.stop_leftovers()

    def existing(self, places: Iterable[Place]) -> list[Place]:
        """Those of some places that the engine has now. Mounting one that is not there would make it."""
        engine = self.compose.engine
        argv = [*engine.command, "volume", "ls", "--quiet"]
        volumes = self.runner.capture(argv, environment=engine.environment).output.split()
        return [p for p in places if (p.source in volumes if p.is_volume else os.path.lexists(p.source))]

    def identities(self, services: Sequence[str]) -> list[str]:
        """The running containers of some services."""
        if not services:
            return []
        found = containers(self.runner, self.compose)
        return [c.identity for c in found if c.service in services and c.state == "running"]

    def dump(self, item: Item, sink: Callable[[bytes], object]) -> None:
        """Write what the script of some data prints.

        Raises:
            BackupError: the script fails; with the end of what it says.
        """
        if item.treatment.dump is not None:
            self._between_streams(item, "dump", item.treatment.dump, sink=sink)

    def load(self, item: Item, source: Iterable[bytes]) -> None:
        """Let the script of some data read what the other one has printed.

        Raises:
            BackupError: the script fails; with the end of what it says.
        """
        if item.treatment.restore is not None:
            self._between_streams(item, "restore", item.treatment.restore, source=source)

    def _between_streams(
        self,
        item: Item,
        verb: str,
        script: Script,
        *,
        source: Iterable[bytes] | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> None:
        service, text = script
        container = next((n for n in (f"{service}-job", service) if n in self.services), None)
        if container is None:
            raise BackupError(
                f"The script for {item.name} cannot run: there is no service {service}-job",
                where=str(item.treatment.origin),
                hint="add it with a patch named local-docker-compose-jobs-services",
            )
        with _quiet_file(container) as quiet:
            argv = self.compose.run_between_streams(container, _SHELL, quiet)
            environment = {**self.compose.run_environment, "TUTOR_SCRIPT": text}
            try:
                result = self.runner.pipe(argv, source=source, sink=sink, environment=environment)
            finally:
                remove_labelled(self.runner, self.compose, JOB_LABEL)
        if result.code:
            raise BackupError(
                f"The {verb} of {item.name} failed in service {container} (exit code {result.code})",
                where=f"{item.treatment.origin}; the end of what it said follows",
                excerpt="\n".join(result.errors.splitlines()[-25:]) or "(it said nothing)",
                hint="correct what it says, then again",
            )


@contextlib.contextmanager
def _quiet_file(service: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tutor-") as folder:
        path = Path(folder) / "quiet.yml"
        path.write_text(_QUIET.format(service=service))
        yield path
