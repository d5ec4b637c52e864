"""From a command to the first page: a launch of the sandbox, beside Compose alone on the same files.

Compose alone is the floor: `docker compose up`, and on new databases the same init tasks, each by `docker
compose run`, one after the other. It renders nothing, checks nothing, and does not say what fails.
"""

from __future__ import annotations

import datetime as dt
import http.client
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.report import machine
from benchmarks.subjects import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PAGE = REPOSITORY / "docs" / "reference" / "launch-times.md"
HOST = "local.openedx.io"
#: Seconds until a platform that does not answer is given up.
TIMEOUT = 600.0
_PAUSE = 0.02


@dataclass(frozen=True)
class Times:
    """Seconds since a start.

    Args:
        page: until the first page was answered well.
        end: until everything was done.
    """

    page: float
    end: float


@dataclass(frozen=True)
class Sandbox:
    """A project on the sandbox's images, under a name of its own.

    Args:
        root: its folder.
        port: of the web server.
    """

    root: Path
    port: int

    def tutor(self, *arguments: str) -> None:
        """Run a command of this checkout.

        Raises:
            SystemExit: it fails.
        """
        run([sys.executable, "-m", "tutor", *arguments], self.variables())

    def variables(self) -> dict[str, str]:
        """The environment of commands: nothing of the user's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
        own = {"TUTOR_ROOT": str(self.root), "TUTOR_PLUGINS_ROOT": str(self.root.parent / "plugins")}
        return kept | own

    def prepare(self) -> None:
        """Configure it, make the images, and find out that it works."""
        (self.root.parent / "plugins").mkdir(parents=True)
        self.tutor("plugins", "enable", "sandbox")
        settings = (
            f"CADDY_HTTP_PORT={self.port}",
            "ENABLE_HTTPS=false",
            f"LMS_HOST={HOST}",
            "LOCAL_PROJECT_NAME=tutor_benchmark",
        )
        self.tutor("config", "save", *(word for setting in settings for word in ("--set", setting)))
        self.tutor("sandbox", "base")
        self.tutor("local", "launch", "--non-interactive")

    def down(self) -> None:
        """Remove the containers."""
        self.tutor("local", "dc", "down", "--volumes", "--timeout", "2")

    def forget(self) -> None:
        """Remove the containers and the data, which belongs to users of the containers."""
        self.down()
        image = subprocess.run(
            [sys.executable, "-m", "tutor", "config", "printvalue", "SANDBOX_BASE_IMAGE"],
            env=self.variables(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        run(
            [
                "docker",
                "run",
                "--rm",
                "--volume",
                f"{self.root}:/project",
                image,
                "rm",
                "-rf",
                "/project/data",
            ]
        )

    def launch(self) -> None:
        """What is measured."""
        self.tutor("local", "launch", "--non-interactive")

    def compose(self, *, initialise: bool) -> Callable[[], None]:
        """What it is measured against."""
        from tutor.commands.local import FLAVOUR
        from tutor.engines.compose import ComposeProject
        from tutor.engines.find import find_engine
        from tutor.engines.run import ProcessRunner
        from tutor.jobs.compose import SHELL
        from tutor.jobs.tasks import init_tasks
        from tutor.project import opened

        with opened(self.root, self.root.parent / "plugins") as project:
            tasks = init_tasks(project)
            engine = find_engine(ProcessRunner(), os.environ)
            files = FLAVOUR.files(project.environment)
            compose = ComposeProject("tutor_benchmark", files, engine)
        up = compose.command("up", "--detach")
        jobs = [
            compose.command("run", "--rm", "--no-deps", "-T", t.job_service, *SHELL, jobs=True) for t in tasks
        ]

        def start() -> None:
            run(up)
            for argv, task in zip(jobs, tasks, strict=True) if initialise else ():
                run(argv, stdin=task.script)

        return start


def run(argv: Sequence[str], env: dict[str, str] | None = None, stdin: str = "") -> None:
    """Run a command.

    Raises:
        SystemExit: it fails; with the end of what it printed.
    """
    done = subprocess.run(argv, env=env, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        end = (done.stdout + done.stderr)[-3000:]
        raise SystemExit(f"{' '.join(argv)[:300]} failed with exit code {done.returncode}:\n{end}")


def timed(start: Callable[[], None], port: int) -> Times:
    """Start a platform, and ask for its page all the while.

    Raises:
        SystemExit: it does not answer.
    """
    begin = time.perf_counter()
    failures: list[BaseException] = []
    ended: list[float] = []

    def work() -> None:
        try:
            start()
            ended.append(time.perf_counter() - begin)
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    page = None
    while page is None and not failures and time.perf_counter() - begin < TIMEOUT:
        if answers(port):
            page = time.perf_counter() - begin
        else:
            time.sleep(_PAUSE)
    thread.join()
    if failures:
        raise failures[0]
    if page is None:
        raise SystemExit(f"The platform did not answer in {TIMEOUT:.0f} seconds")
    return Times(page, max(page, *ended))


def answers(port: int) -> bool:
    """Whether the page that tells whether the platform can do its work is answered well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/heartbeat", headers={"Host": f"{HOST}:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(folder: Path, repeat: int) -> dict[str, dict[str, list[Times]]]:
    """Launch in turn with Compose alone: on new databases (cold), and on those of before (warm).

    Returns:
        cold or warm → launch or compose → times.
    """
    sandbox = Sandbox(folder / "root", free_port())
    sandbox.prepare()
    found: dict[str, dict[str, list[Times]]] = {
        state: {"launch": [], "compose": []} for state in ("cold", "warm")
    }
    try:
        for _ in range(repeat):
            for state, clear in (("cold", sandbox.forget), ("warm", sandbox.down)):
                compose = sandbox.compose(initialise=state == "cold")
                for name, start in (("launch", sandbox.launch), ("compose", compose)):
                    clear()
                    times = timed(start, sandbox.port)
                    print(f"{state:5} {name:8} page {times.page:5.1f} s, end {times.end:5.1f} s", flush=True)
                    found[state][name].append(times)
    finally:
        sandbox.forget()
    return found


def write(found: dict[str, dict[str, list[Times]]], page: Path = PAGE) -> None:
    """Write the page of the documentation."""
    lines = [
        _HEAD.format(date=f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}", machine=machine()),
        "| databases | first page: launch | Compose | ratio | end: launch | Compose |\n",
        "|---|--:|--:|--:|--:|--:|\n",
    ]
    for state, times in found.items():
        launch, compose = times["launch"], times["compose"]
        ratio = statistics.median(a.page / b.page for a, b in zip(launch, compose, strict=True))
        cells = (
            "new" if state == "cold" else "those of before",
            *(f"{statistics.median(t.page for t in each):.1f} s" for each in (launch, compose)),
            f"{ratio:.2f}",
            *(f"{statistics.median(t.end for t in each):.1f} s" for each in (launch, compose)),
        )
        lines.append(f"| {' | '.join(cells)} |\n")
    page.write_text("".join(lines))


_HEAD = """# From launch to the first page

Written by `python -m benchmarks --launch`. `tutor local launch --non-interactive` on the images of the
[sandbox](../../plugins/tutor-sandbox/README.md), which are here already, in turn with Compose alone on the
same files: `docker compose up --detach`, and on new databases the same init tasks, each by `docker compose
run`, one after the other. Seconds on the clock, medians, until the heartbeat of the LMS is answered well
through the web server, and until everything is done. A launch renders the environment, checks this machine,
runs all init tasks in any case, and waits until every service is healthy.

{date}, {machine}.

"""
