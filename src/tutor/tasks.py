"""What runs a script in a service, as plugins call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor import env

if TYPE_CHECKING:
    from tutor.types import Config

__all__ = ["BaseComposeTaskRunner", "BaseTaskRunner"]


class BaseTaskRunner:
    """Runs scripts in services.

    Args:
        root: folder of the project.
        config: its settings.
    """

    def __init__(self, root: str, config: Config) -> None:
        self.root = root
        self.config = config

    def render(self, *path: str) -> str:
        """The text of a template, named by the parts of its path."""
        return str(env.render_file(self.config, *path)).strip()

    def run_task_from_template(self, service: str, *path: str) -> int:
        """Render a template and run it as a script."""
        return self.run_task(service, self.render(*path))

    def run_task_from_str(self, service: str, command: str) -> int:
        """Render a text and run it as a script."""
        return self.run_task(service, str(env.render_str(self.config, command)).strip())

    def run_task(self, service: str, command: str) -> int:
        """Run a script in a new container of a service.

        Raises:
            TutorError: it cannot run, or it fails.
        """
        raise NotImplementedError

    def run_job(self, service: str, command: str) -> int:
        """Run a script, as it was called until 2022."""
        return self.run_task(service, command)

    def run_job_from_template(self, service: str, *path: str) -> int:
        """Render a template and run it, as it was called until 2022."""
        return self.run_task_from_template(service, *path)


class BaseComposeTaskRunner(BaseTaskRunner):
    """Runs scripts in services of a Compose project."""

    def docker_compose(self, *command: str) -> int:
        """Run a command of Compose on the project's files.

        Raises:
            TutorError: it cannot run, or it fails.
        """
        raise NotImplementedError
