"""Fixtures of the tests on a real engine: one platform on the sandbox's images, shared by all of them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.kit import distribution
from tutor.engines.find import find_engine
from tutor.engines.run import ProcessRunner
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Where this is set to "required", a missing engine is a failure. Read before the variables are cleaned.
REQUIRED = os.environ.get("TUTOR_E2E") == "required"
HOST = "local.openedx.io"
#: Seconds. Building all images takes longest.
LAUNCH_TIMEOUT = 1500
#: What shells, Compose, YAML, Python and MySQL each take for something else.
QUOTED = "a'b\"c $HOME ${X} `id` \\ %s !d *"


@dataclass(frozen=True)
class Platform:
    """A running platform, and the commands that work on it."""

    root: Path
    plugins_root: Path
    #: Folder in which more plugins can be "installed".
    site: Path
    name: str
    port: int
    #: Which server its database is.
    mysql: str = field(default="mariadb", kw_only=True)
    #: Variables of all its commands.
    environment: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TUTOR_")}
        return {
            **kept,
            "TUTOR_ROOT": str(self.root),
            "TUTOR_PLUGINS_ROOT": str(self.plugins_root),
            "PYTHONPATH": str(self.site),
            **self.environment,
            **(extra or {}),
        }

    @property
    def command(self) -> list[str]:
        """How tutor is called."""
        return [sys.executable, "-m", "tutor"]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and do not wait for it."""
        return subprocess.Popen(
            [*self.command, *arguments],
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def tutor(self, *arguments: str, code: int = 0, timeout: float = 300) -> str:
        """Run a command, assert its exit code, and return all that it printed."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == code, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def launch(self, code: int = 0) -> str:
        """Bring the platform to what the settings say."""
        return self.tutor("local", "quickstart", "-I", code=code, timeout=LAUNCH_TIMEOUT)

    @property
    def entrance(self) -> str:
        """Where the web server listens."""
        return f"127.0.0.1:{self.port}"

    def page(self, path: str = "/", host: str = HOST) -> str:
        """Fetch a page through the web server."""
        request = urllib.request.Request(f"http://{self.entrance}{path}", headers={"Host": host})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read().decode())

    def execute(self, service: str, *command: str) -> str:
        """Run a command in a service."""
        return self.tutor("local", "exec", "-T", service, *command)

    def query(self, sql: str) -> list[list[str]]:
        """Rows from the platform's database."""
        script = (
            'MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root --batch --skip-column-names openedx -e "$0"'
        )
        out = self.execute("mysql", "sh", "-c", script, sql)
        return [line.split("\t") for line in out.splitlines()]

    def containers(self) -> dict[str, dict[str, Any]]:
        """What runs: service → what the engine knows about its container."""
        label = f"label=com.docker.compose.project={self.name}"
        listed = subprocess.run(
            ["docker", "ps", "--quiet", "--filter", label], capture_output=True, text=True, check=True
        ).stdout.split()
        if not listed:
            return {}
        details = subprocess.run(
            ["docker", "inspect", *listed], capture_output=True, text=True, check=True
        ).stdout
        return {
            c["Config"]["Labels"]["com.docker.compose.service"]: c
            for c in json.loads(details)
            if c["Config"]["Labels"].get("com.docker.compose.oneoff") != "True"
        }


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])


#: A plugin with a task in two services.
TASKS = """
from pathlib import Path
templates = str(Path(__file__).parent / "templates")
hooks = {"init": ["lms", "cms"]}
"""


@contextlib.contextmanager
def plugin_with_tasks(platform: Platform, name: str, lms: str, cms: str) -> Iterator[None]:
    """Enable a plugin whose initialisation runs one script in lms, then another in cms."""
    files = {f"templates/{name}/hooks/lms/init": lms, f"templates/{name}/hooks/cms/init": cms}
    distribution(platform.site, name, TASKS, files=files)
    platform.tutor("plugins", "enable", name)
    try:
        yield
    finally:
        platform.tutor("plugins", "disable", name)


def task_of(platform: Platform, name: str, service: str) -> Path:
    """The script that such a plugin runs in a service."""
    return next(platform.site.glob(f"*/templates/{name}/hooks/{service}/init"))


def missing_engine() -> str | None:
    """Why these tests cannot run here, if they cannot."""
    try:
        find_engine(ProcessRunner(), os.environ)
    except EngineError as error:
        return f"{error} ({error.hint})"
    installed = {point.name for point in metadata.entry_points(group="tutor.plugin.v0")}
    if not {"sandbox", "myapp"} <= installed:
        return "the plugins sandbox and myapp are not installed (bin/setup)"
    return None


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The platform with the example plugin, after its first launch. Tests leave it as they found it."""
    with _launched(tmp_path_factory.mktemp("e2e"), f"tutor_e2e_{os.getpid()}") as found:
        yield found


@pytest.fixture(scope="session")
def platform_on_mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One with MySQL itself in the place of MariaDB, and passwords that every layer has to quote."""
    settings = {
        "SANDBOX_MYSQL": "mysql",
        "MYSQL_ROOT_PASSWORD": QUOTED,
        "OPENEDX_MYSQL_PASSWORD": f"{QUOTED}#2",
    }
    with _launched(tmp_path_factory.mktemp("mysql"), f"tutor_mysql_{os.getpid()}", settings) as found:
        yield found


@pytest.fixture(scope="session", params=["platform", "platform_on_mysql"], ids=["mariadb", "mysql"])
def database(request: pytest.FixtureRequest) -> Platform:
    """For what happens in the database: both platforms, one after the other."""
    return cast("Platform", request.getfixturevalue(request.param))


@contextlib.contextmanager
def _launched(folder: Path, name: str, settings: Mapping[str, str] | None = None) -> Iterator[Platform]:
    missing = missing_engine()
    if missing and REQUIRED:
        pytest.fail(f"the engine is required here: {missing}")
    if missing:
        pytest.skip(missing)
    (folder / "plugins").mkdir()
    (folder / "site").mkdir()
    places = (folder / "root", folder / "plugins", folder / "site")
    wanted: dict[str, object] = {"SANDBOX_MYSQL": "mariadb", **(settings or {})}
    found = Platform(*places, name, free_port(), mysql=str(wanted["SANDBOX_MYSQL"]))
    wanted |= {"LOCAL_PROJECT_NAME": name, "CADDY_HTTP_PORT": found.port}
    found.tutor("plugins", "enable", "sandbox", "--no-save")
    found.tutor("config", "save", *(w for n, v in wanted.items() for w in ("--set", f"{n}={json.dumps(v)}")))
    try:
        found.tutor("sandbox", "base", timeout=LAUNCH_TIMEOUT)
        found.tutor("plugins", "enable", "myapp")
        (folder / "first-launch.txt").write_text(found.launch())
        yield found
    finally:
        found.tutor("local", "dc", "down", "--volumes", "--remove-orphans")
        shutil.rmtree(found.root, ignore_errors=True)
