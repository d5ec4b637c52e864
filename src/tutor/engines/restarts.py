"""Services that start again and again, noticed while something else is waited for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tutor.engines import inspect
from tutor.engines.health import RESTARTS, Container, unhealthy
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Collection

    from typing_extensions import Self

    from tutor.engines.compose import ComposeProject
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner

#: Seconds between two looks.
PAUSE = 3.0


class RestartWatch:
    """Looks at some services in a thread of its own, as long as the block lasts.

    One that starts again and again is told at once; what is done meanwhile asks `check` whether to go on.

    Args:
        runner: asks the engine.
        project: whose services they are.
        names: of the services.
        reporter: told of one.
        pause: seconds between two looks.
    """

    def __init__(
        self,
        runner: Runner,
        project: ComposeProject,
        names: Collection[str],
        reporter: Reporter,
        *,
        pause: float = PAUSE,
    ) -> None:
        self._runner = runner
        self._project = project
        self._names = frozenset(names)
        self._reporter = reporter
        self._pause = pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._failure: EngineError | None = None

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Go on, unless a service starts again and again.

        Raises:
            EngineError: one does; with the end of its log.
        """
        if self._failure is not None:
            raise self._failure

    def _watch(self) -> None:
        first: dict[str, int] = {}
        while not self._over.wait(self._pause):
            for container in self._containers():
                before = first.setdefault(container.identity, container.restarts)
                if container.restarts - before >= RESTARTS:
                    self._failure = unhealthy(self._runner, self._project, container.service, container)
                    self._reporter.warn(f"service {container.service} starts again and again")
                    return

    def _containers(self) -> list[Container]:
        label = f"{inspect.PROJECT_LABEL}={self._project.name}"
        try:
            found = inspect.existing(self._runner, self._project.engine, label)
        except EngineError:
            return []  # whoever waits for the services says so
        containers = [
            Container(
                service=inspect.label(container, inspect.SERVICE_LABEL),
                state=str(container["State"]["Status"]).lower(),
                exit_code=int(container["State"].get("ExitCode") or 0),
                identity=str(container["Id"]),
                restarts=int(container.get("RestartCount") or 0),
            )
            for container in found
            if inspect.label(container, inspect.ONE_OFF_LABEL) != "True"
        ]
        return [container for container in containers if container.service in self._names]
