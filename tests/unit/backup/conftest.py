"""A small platform: folders of files, and a store whose data goes through scripts. Its engine is a shell."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.backup.kit import ShellEngine
from tutor.backup.deployment import Deployment
from tutor.backup.restore import Hands
from tutor.core.hooks import Layer, Origin
from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.report import Journal
from tutor.engines.run import Result
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tutor.core.hooks import Registry

PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "notes", "1.0", "/site/notes.py", 3)
VALUES = {
    "RUN_MYSQL": True,
    "RUN_MONGODB": False,
    "MONGODB_HOST": "mongo.example.com",
    "MYSQL_HOST": "mysql",
    "MYSQL_PORT": 3306,
    "MYSQL_ROOT_USERNAME": "root",
    "OPENEDX_MYSQL_DATABASE": "openedx",
}


class PlatformEngine(ShellEngine):
    """An engine on which all services run that were started, and scripts of data run in a shell."""

    def __init__(self) -> None:
        super().__init__()
        self.running = {"lms", "notes"}

    def capture(self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Result:
        """Say what runs."""
        if "ps" in argv and "json" in argv:
            rows = [{"Service": n, "State": "running", "ID": f"id-{n}"} for n in sorted(self.running)]
            return Result(0, json.dumps(rows))
        return super().capture(argv, environment=environment)

    def tail(self, argv: Sequence[str], **options: Any) -> Result:
        """Start and stop services."""
        self.commands.append(list(argv))
        if "up" in argv:
            self.running |= set(argv[argv.index("--detach") + 1 :])
        if "stop" in argv:
            self.running -= set(argv[argv.index("stop") + 1 :]) or self.running
        return Result(0)

    def pipe(self, argv: Sequence[str], **options: Any) -> Result:
        """Scripts of data run here; all else as in a container."""
        if "TUTOR_SCRIPT" in argv:
            self.commands.append(list(argv))
            return super(ShellEngine, self).pipe(argv[-3:], **options)
        return super().pipe(argv, **options)


@dataclass
class Platform:
    """The platform, and what its tests look at."""

    root: Path
    engine: PlatformEngine = field(default_factory=PlatformEngine)
    journal: Journal = field(default_factory=Journal)
    values: dict[str, Any] = field(default_factory=lambda: dict(VALUES))

    @property
    def content(self) -> dict[str, Any]:
        """The Compose project."""

        def mounts(*names: str) -> list[dict[str, Any]]:
            return [{"type": "bind", "source": str(self.root / "data" / n), "target": "/d"} for n in names]

        return {
            "services": {
                "lms": {"image": "l", "restart": "always", "volumes": mounts("lms", "media")},
                "notes": {"image": "n", "restart": "always", "volumes": mounts("notes")},
                "lms-job": {"image": "l", "volumes": mounts("lms", "media")},
                "mysql-job": {"image": "m"},
            }
        }

    def deployment(self) -> Deployment:
        """The platform as backups see it."""
        project: Any = SimpleNamespace(
            root=self.root,
            values=self.values,
            renderer=SimpleNamespace(render_text=lambda source, _: source),
            user=SimpleNamespace(content=(self.root / "config.yml").read_bytes()),
            loaded=[],
        )
        engine = Engine("docker", ("docker",), ("compose",))
        compose = ComposeProject("p", local_files(self.root / "env"), engine)
        return Deployment(project, self.engine, compose, self.journal, self.content)

    def hands(self) -> Hands:
        """What a restore does to it."""

        @contextlib.contextmanager
        def opened() -> Iterator[Deployment]:
            yield self.deployment()

        def replace_settings(content: bytes) -> None:
            (self.root / "config.yml").write_bytes(content)
            (self.root / "env/local/docker-compose.yml").write_text("services: {}\n# new\n")
            (self.root / "env/new.txt").write_text("new")

        return Hands(opened, replace_settings, lambda _: None, self.journal)


@pytest.fixture
def platform(root: Path, registry: Registry) -> Platform:
    """A platform with data; the plugin notes declares scripts that print its file and read it."""
    for path, text in {
        "config.yml": "LMS_HOST: old\n",
        ".tutor/manifest.json": "{}",
        "env/local/docker-compose.yml": "services: {lms: {}, notes: {}}\n",
        "env/local/docker-compose.prod.yml": "services: {}\n",
        "env/local/docker-compose.jobs.yml": "services: {lms-job: {}}\n",
        "data/lms/log": "old log",
        "data/media/picture": "old picture",
        "data/notes/store": "old note",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    store = root / "data/notes/store"
    how = {"dump": ("notes", f"cat '{store}'"), "restore": ("notes", f"cat >'{store}'")}
    registry.add(Filters.BACKUP_DATA, items=(("data/notes", how),), origin=PLUGIN)
    return Platform(root)
