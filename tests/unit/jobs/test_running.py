"""Running tasks: the commands are recorded, the shell that reads the scripts is real."""

from __future__ import annotations

import fcntl
import subprocess
import time
from pathlib import Path

import pytest

from tutor.core.hooks import CORE, Layer, Origin
from tutor.engines.compose import ComposeProject, local_files
from tutor.engines.find import Engine
from tutor.engines.report import Journal
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import LockedError, TaskError
from tutor.jobs.compose import SHELL, ComposePlace, check_services
from tutor.jobs.ledger import Ledger
from tutor.jobs.run import run_tasks
from tutor.jobs.tasks import Task

PLUGIN = Origin(Layer.PLUGIN_DEFAULT, "fragile", "2.0", "/site/fragile/hooks/lms/init", 1)
TASKS = [
    Task("core/mysql", "mysql", "echo mysql", CORE),
    Task("fragile/lms", "lms", "echo PASSWORD=hidden", PLUGIN),
    Task("fragile/cms", "cms", "echo cms", PLUGIN),
]


@pytest.fixture
def compose(root: Path) -> ComposeProject:
    """A project with services that run the tasks."""
    local = root / "env/local"
    local.mkdir(parents=True)
    (root / ".tutor").mkdir()
    (local / "docker-compose.yml").write_text("services: {mysql: {image: m}, lms: {image: l}}\n")
    (local / "docker-compose.prod.yml").write_text("services: {}\n")
    (local / "docker-compose.jobs.yml").write_text(
        "services: {mysql-job: {image: m}, lms-job: {image: l}, cms-job: {image: l}}\n"
    )
    return ComposeProject("p", local_files(root / "env"), Engine("docker", ("docker",), ("compose",)))


class Engines:
    """Answers as an engine on which the task of one service fails."""

    def __init__(self, broken: str = "", raises: type[BaseException] | None = None) -> None:
        self.broken = broken
        self.raises = raises
        self.runner = RecordingRunner(self.answer)
        self.journal = Journal()

    def answer(self, call: Call) -> Result:
        if "run" not in call.argv or self.broken not in call.argv:
            return Result(0)
        if self.raises is not None:
            raise self.raises
        return Result(3, "\n".join(f"line {n}" for n in range(100)) + "\nthe reason\n\n")

    def run(
        self, compose: ComposeProject, root: Path, *, resume: bool = False, partial: bool = False
    ) -> None:
        place = ComposePlace(self.runner, compose, self.journal)
        run_tasks(place, TASKS, root, self.journal, resume=resume, partial=partial)

    @property
    def ran(self) -> list[str]:
        """Services in which tasks ran."""
        return [c.argv[c.argv.index("sh") - 1] for c in self.runner.calls if "run" in c.argv]


def test_tasks_run_in_order_with_progress(compose: ComposeProject, root: Path) -> None:
    engines = Engines()
    engines.run(compose, root)
    assert engines.ran == ["mysql-job", "lms-job", "cms-job"]
    assert engines.journal.texts("title") == [
        "[1/3] mysql: core",
        "[2/3] lms: plugin fragile 2.0",
        "[3/3] cms: plugin fragile 2.0",
    ]
    assert not Ledger.read(root, "init").interrupted


def test_scripts_are_not_on_command_lines(compose: ComposeProject, root: Path) -> None:
    engines = Engines()
    engines.run(compose, root)
    calls = [c for c in engines.runner.calls if "run" in c.argv]
    assert calls[1].stdin == "echo PASSWORD=hidden"
    assert not any("hidden" in word for call in calls for word in call.argv)


def test_a_failing_task_stops_the_run_and_says_how_to_resume(compose: ComposeProject, root: Path) -> None:
    engines = Engines(broken="lms-job")
    with pytest.raises(TaskError) as caught:
        engines.run(compose, root)
    error = caught.value
    assert error.message == "The init task of plugin fragile 2.0 failed in service lms (exit code 3)"
    assert str(error.excerpt).splitlines()[-1] == "the reason"
    assert len(str(error.excerpt).splitlines()) == 25
    assert "/site/fragile/hooks/lms/init" in str(error.where)
    assert "tutor local do init --resume" in str(error.hint)
    assert engines.ran == ["mysql-job", "lms-job"]


def test_a_resumed_run_begins_where_the_other_stopped(compose: ComposeProject, root: Path) -> None:
    with pytest.raises(TaskError):
        Engines(broken="lms-job").run(compose, root)
    engines = Engines()
    engines.run(compose, root, resume=True)
    assert engines.ran == ["lms-job", "cms-job"]
    assert engines.journal.texts("info") == ["[1/3] mysql: core, finished before"]
    assert not Ledger.read(root, "init").interrupted


def test_a_run_that_is_not_resumed_begins_at_the_beginning(compose: ComposeProject, root: Path) -> None:
    with pytest.raises(TaskError):
        Engines(broken="lms-job").run(compose, root)
    engines = Engines()
    engines.run(compose, root)
    assert engines.ran == ["mysql-job", "lms-job", "cms-job"]


def test_with_nothing_to_resume_all_tasks_run(compose: ComposeProject, root: Path) -> None:
    engines = Engines()
    engines.run(compose, root, resume=True)
    assert len(engines.ran) == 3
    assert "no run to resume" in engines.journal.texts("info")[0]


def test_an_interrupted_run_can_be_resumed(compose: ComposeProject, root: Path) -> None:
    engines = Engines(broken="cms-job", raises=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        engines.run(compose, root)
    assert "to go on from here: tutor local do init --resume" in engines.journal.texts("warn")[0]
    again = Engines()
    again.run(compose, root, resume=True)
    assert again.ran == ["cms-job"]


def test_a_limited_run_leaves_the_ledger_alone(compose: ComposeProject, root: Path) -> None:
    with pytest.raises(TaskError):
        Engines(broken="lms-job").run(compose, root)
    before = Ledger.read(root, "init").finished
    with pytest.raises(TaskError) as caught:
        Engines(broken="cms-job").run(compose, root, partial=True)
    assert "tutor local do init --limit fragile" in str(caught.value.hint)
    Engines().run(compose, root, partial=True)
    assert Ledger.read(root, "init").finished == before


def test_two_runs_at_once_are_kept_apart(compose: ComposeProject, root: Path) -> None:
    engines = Engines()
    with (root / ".tutor/jobs.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LockedError, match="Another process is running tasks"):
            engines.run(compose, root)
    assert engines.runner.calls == []
    engines.run(compose, root)


def test_what_a_killed_run_left_is_removed_before_and_our_own_after(
    compose: ComposeProject, root: Path
) -> None:
    left = ["left1\nleft2\n", "ours\n"]

    def answer(call: Call) -> Result:
        return Result(0, left.pop(0)) if "ps" in call.argv else Result(0)

    runner, journal = RecordingRunner(answer), Journal()
    run_tasks(ComposePlace(runner, compose, journal), TASKS[:1], root, journal)
    listed, removed, ran, _, own = (call.argv for call in runner.calls)
    assert "label=com.docker.compose.project=p" in listed
    assert "label=tutor.job" in listed
    assert removed == ("docker", "rm", "--force", "--volumes", "left1", "left2")
    assert "tutor.job=core/mysql" in ran
    assert own == ("docker", "rm", "--force", "--volumes", "ours")
    assert len(journal.texts("info")) == 1


def test_the_container_of_a_task_is_removed_when_the_run_is_interrupted(
    compose: ComposeProject, root: Path
) -> None:
    engines = Engines(broken="mysql-job", raises=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        engines.run(compose, root)
    assert "ps" in engines.runner.calls[-1].argv


def test_a_task_without_its_service_is_told_before_anything_runs(compose: ComposeProject) -> None:
    check_services(TASKS, compose.files)
    task = Task("fragile/notes", "notes", "true", PLUGIN)
    with pytest.raises(TaskError, match="there is no service notes-job") as caught:
        check_services([*TASKS, task], compose.files)
    assert "plugin fragile 2.0 for service notes" in caught.value.message
    assert "local-docker-compose-jobs-services" in str(caught.value.hint)


MODEL = """{"services": {
 "mysql": {"image": "m", "restart": "always"}, "lms": {"image": "l", "restart": "always"},
 "mysql-job": {"depends_on": {"mysql": {}}}, "lms-job": {"depends_on": {"mysql": {}, "lms-job2": {}}},
 "lms-job2": {"depends_on": {}}
}}"""


@pytest.mark.parametrize(("health", "ups"), [("healthy", 0), ("unhealthy", 1)])
def test_dependencies_are_started_unless_they_are_ready(
    compose: ComposeProject, health: str, ups: int
) -> None:
    states = [health, "healthy"]

    def answer(call: Call) -> Result:
        if "config" in call.argv:
            return Result(0, MODEL)
        if "ps" in call.argv:
            state = states.pop(0) if len(states) > 1 else states[0]
            return Result(0, f'{{"Service": "mysql", "State": "running", "Health": "{state}"}}')
        return Result(0)

    runner = RecordingRunner(answer)
    ComposePlace(runner, compose, Journal()).start(TASKS[:2])
    started = [c.argv for c in runner.calls if "up" in c.argv]
    assert len(started) == ups
    assert all(argv[-2:] == ("--detach", "mysql") for argv in started)


def _shell(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(SHELL), input=script, capture_output=True, text=True, check=False, timeout=10)


def test_a_script_stops_at_its_first_failure() -> None:
    done = _shell("echo one\nfalse\necho two\n")
    assert (done.returncode, done.stdout) == (1, "one\n")


def test_a_script_may_say_how_it_ends() -> None:
    assert _shell("exit 7").returncode == 7
    assert _shell("set -u\necho $NOT_THERE").returncode != 0


def test_commands_do_not_swallow_the_script() -> None:
    assert (
        _shell("cat\nread line || echo nothing\ncat <<X\nhere: $((1 + 1))\nX").stdout == "nothing\nhere: 2\n"
    )


def test_quotes_and_long_lines_come_through() -> None:
    text = "'\"$HOME`\\ " * 20_000
    assert _shell(f"cat <<'X'\n{text}\nX\n").stdout == text + "\n"


def test_nobody_sees_the_script_in_the_list_of_processes() -> None:
    process = subprocess.Popen(list(SHELL), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("SECRET=very-secret-word\necho ready\nsleep 30\n")
    process.stdin.close()
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        seen = b"".join(
            (folder / name).read_bytes()
            for folder in Path("/proc").glob("[0-9]*")
            for name in ("cmdline", "environ")
            if folder.name != "self" and _readable(folder / name)
        )
        assert b"very-secret-word" not in seen
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True
