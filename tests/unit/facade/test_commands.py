"""What plugins import from `tutor.commands`, called with an engine that writes down what it is asked."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.kit import distribution, write
from tutor.commands import compose, dev, jobs, k8s, local
from tutor.commands.images import ImageNotFoundError, find_images_to_build, find_remote_image_tags
from tutor.config import userfile
from tutor.hooks import Actions, Filters
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit import Session
    from tutor.types import Config

#: Answers what is asked before something is run: which services there are, and that all of them run.
ENGINE = """\
    #!{python}
    import json, sys
    import yaml
    words = sys.argv[1:]
    files = [words[n + 1] for n, word in enumerate(words) if word == "--file"]
    services = {{}}
    for path in files:
        for name, service in (yaml.safe_load(open(path)).get("services") or {{}}).items():
            services.setdefault(name, {{}}).update(image=name, **{{"depends_on": {{}}}})
    with open({log!r}, "a") as log:
        log.write(json.dumps(words) + "\\n")
    if words[0] == "version":
        print(json.dumps({{"Server": {{"Version": "27.0.0"}}}}))
    elif words[:2] == ["compose", "version"]:
        print("2.30.0")
    elif "config" in words:
        print(json.dumps({{"services": services}}))
    elif "ps" in words and "json" in words:
        print(json.dumps([{{"Service": "lms", "State": {state!r}}}]))
    elif "ps" in words:
        sys.stdout.buffer.write(b"\\xffall\\n")
    elif "run" in words:
        sys.stdout.write(sys.stdin.read())
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """Puts an engine on the path; gives what it was asked to do on Compose files, without these."""
    log = tmp_path / "log"
    text = ENGINE.format(python=sys.executable, log=str(log), state="running")
    docker = write(tmp_path / "bin" / "docker", text)
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")

    def asked() -> list[list[str]]:
        found = [json.loads(line) for line in log.read_text().splitlines()]
        return [words[1:] for words in found if "--project-name" in words and "config" not in words]

    return asked


@pytest.fixture
def settings(session: Session) -> Iterator[Config]:
    """The settings of an opened project."""
    with session.environment({}), opened(session.root, session.plugins_root) as project:
        yield project.config


def _beginning(session: Session, group: str, name: str) -> list[str]:
    environment = session.root / "env"
    files = ["local/docker-compose.yml"]
    files += ["dev/docker-compose.yml"] if group == "dev" else ["local/docker-compose.prod.yml"]
    words = [word for path in files for word in ("--file", str(environment / path))]
    return ["--project-name", name, *words]


@pytest.mark.parametrize(("group", "context"), [("local", local.LocalContext), ("dev", dev.DevContext)])
def test_a_runner_runs_compose(
    session: Session, engine: Callable[[], list[list[str]]], settings: Config, group: str, context: Any
) -> None:
    """On the files and under the name of its project; plugins are told before containers start."""
    told: list[Any] = []
    Actions.COMPOSE_PROJECT_STARTED.add()(lambda root, config, name: told.append((root, config["ID"], name)))
    settings[f"{group.upper()}_PROJECT_NAME"] = "mine"
    runner = context(str(session.root)).job_runner(settings)
    assert runner.docker_compose("stop") == 0
    assert runner.docker_compose_output("ps", "-q") == b"\xffall\n"
    assert runner.is_running()
    assert told == []
    runner.docker_compose("up", "-d")
    assert told == [(str(session.root), settings["ID"], "mine")]
    beginning = _beginning(session, group, "mine")
    words = [["stop"], ["ps", "-q"], ["ps", "--all", "--format", "json"], ["up", "-d"]]
    assert engine() == [[*beginning, *each] for each in words]


def test_a_runner_runs_a_script(
    session: Session, engine: Callable[[], list[list[str]]], settings: Config
) -> None:
    """In the container for jobs of a service, rendered."""
    dev.DevTaskRunner(str(session.root), settings).run_task_from_str("lms", "echo {{ LMS_HOST }}")
    (run,) = (words for words in engine() if "run" in words)
    jobs_file = str(session.root / "env/dev/docker-compose.jobs.yml")
    assert run[:2] == ["--project-name", "tutor_dev"]
    assert run[run.index("run") - 1] == jobs_file
    assert "lms-job" in run


def test_a_runner_of_a_plugin_has_its_own_files(
    session: Session, engine: Callable[[], list[list[str]]], settings: Config, tmp_path: Path
) -> None:
    extra = write(tmp_path / "extra.yml", "services: {}\n")

    class Runner(compose.ComposeTaskRunner):
        def __init__(self, root: str, config: Config) -> None:
            super().__init__(root, config)
            self.project_name += "_extra"
            self.docker_compose_files.append(str(extra))

    Runner(str(session.root), settings).docker_compose("stop")
    expected = [*_beginning(session, "local", "tutor_local_extra"), "--file", str(extra), "stop"]
    assert engine() == [expected]


def test_compose_files_of_the_first_releases(session: Session, engine: Callable[[], list[list[str]]]) -> None:
    """What plugins of 2022 lay over the Compose files is a file of the environment, that is read last."""
    source = """
        from tutor import hooks

        @hooks.Filters.COMPOSE_LOCAL_TMP.add()
        def _local(content):
            content["services"]["lms"] = {"environment": {"OF": "plugin"}}
            return content

        @hooks.Filters.COMPOSE_DEV_JOBS_TMP.add()
        def _jobs(content):
            content["services"]["lms-job"] = {"environment": {"OF": "jobs"}}
            return content
    """
    path = write(session.plugins_root / "old.py", source)
    session.tutor("plugins", "enable", "old")
    environment = session.root / "env"
    laid = environment / "local/docker-compose.tmp.yml"
    assert laid.read_text() == "services:\n  lms:\n    environment:\n      OF: plugin\n"
    assert "OF: jobs" in (environment / "dev/docker-compose.jobs.tmp.yml").read_text()
    assert not (environment / "dev/docker-compose.tmp.yml").exists()
    session.tutor("local", "dc", "top")
    assert engine() == [[*_beginning(session, "local", "tutor_local"), "--file", str(laid), "top"]]
    assert "compose-tmp/local.yml" in session.tutor("explain", "local/docker-compose.tmp.yml").out
    path.write_text(path.read_text().replace('OF": "plugin', 'OF": "other'))
    session.tutor("config", "save")
    assert "OF: other" in laid.read_text()
    path.write_text(path.read_text().replace("return content", "return [content]"))
    wrong = session.tutor("config", "save", code=1)
    assert "COMPOSE_DEV_JOBS_TMP that returns a list of 1, expected a mapping" in wrong.err
    assert f"{path}" in wrong.err
    session.tutor("plugins", "disable", "old")
    assert not laid.exists()


def test_a_command_of_a_plugin_in_a_group_has_what_runs_tasks(
    session: Session, engine: Callable[[], list[list[str]]]
) -> None:
    seen = []

    @click.command("added")
    @click.pass_obj
    def added(context: Any) -> None:
        seen.append(type(context).__name__)
        if isinstance(context, compose.BaseComposeContext):
            context.job_runner({}).docker_compose("stop")

    for group in (local.local, dev.dev, k8s.k8s):
        group.add_command(added)
        try:
            session.tutor(str(group.name), "added")
        finally:
            del group.commands["added"]
    assert seen == ["LocalContext", "DevContext", "K8sContext"]
    assert [words[1] for words in engine()] == ["tutor_local", "tutor_dev"]


def test_commands_are_called_by_a_command(session: Session, engine: Callable[[], list[list[str]]]) -> None:
    """Of a plugin, with the names of their parameters, and outside of the groups with a context of one."""
    source = """
        import click
        from tutor import hooks
        from tutor.commands.compose import stop
        from tutor.commands.config import save as config_save_command
        from tutor.commands.dev import DevContext

        @click.command("calling")
        @click.pass_context
        def calling(ctx):
            ctx.invoke(config_save_command, set_vars=[("PLATFORM_NAME", "Called")])
            ctx.obj = DevContext(ctx.obj.root)
            ctx.invoke(stop, services=("lms",))

        hooks.Filters.CLI_COMMANDS.add_item(calling)
    """
    distribution(session.site, "calling", source, group="tutor.plugin.v1")
    session.tutor("plugins", "enable", "calling")
    session.tutor("calling")
    assert userfile.read(session.root).values["PLATFORM_NAME"] == "Called"
    assert engine() == [[*_beginning(session, "dev", "tutor_dev"), "stop", "lms"]]


def test_groups_of_plugins_get_our_commands() -> None:
    group = click.Group("mine")
    compose.add_commands(group)
    assert {"start", "stop", "run", "launch", "upgrade", "dc"} <= group.commands.keys()

    @jobs.do_group
    def do() -> None:
        """Run a job."""

    jobs.add_job_commands(do)
    assert {"init", "createuser", "settheme"} <= do.commands.keys()
    assert do.name == "do"


def test_scripts_of_jobs() -> None:
    """As texts, for jobs of plugins."""
    assert "--superuser" in jobs.create_user_template("true", "", "ann", "a@x.org", "secret")
    plain = jobs.create_user_template("", "false", "ann", "a@x.org", "secret")
    assert "--superuser" not in plain
    assert "--staff" not in plain
    assert "my.org" in jobs.set_theme_template("indigo", ["my.org"])


def test_images_by_name(settings: Config) -> None:
    """With the tags rendered; as plugins loop over them."""
    Filters.IMAGES_BUILD.add_items(
        [
            ("mine", ("plugins", "x"), "me/mine:{{ TUTOR_VERSION }}", ("--target={{ ID }}",)),
            ("other", "build/other", "me/other", ()),
        ]
    )
    Filters.IMAGES_PULL.add_item(("mine", "{{ DOCKER_REGISTRY }}me/mine"))
    assert list(find_images_to_build(settings, "mine")) == [
        ("mine", "plugins/x", "me/mine:22.0.3", ("--target={{ ID }}",))
    ]
    assert {"mine", "other"} <= {name for name, *_ in find_images_to_build(settings, "all")}
    assert list(find_remote_image_tags(settings, Filters.IMAGES_PULL, "mine")) == ["docker.io/me/mine"]
    with pytest.raises(ImageNotFoundError, match="none"):
        list(find_images_to_build(settings, "none"))
    with pytest.raises(ImageNotFoundError, match="none"):
        list(find_remote_image_tags(settings, Filters.IMAGES_PULL, "none"))


def test_options_of_kubectl() -> None:
    config: Config = {"K8S_NAMESPACE": "mine", "ID": "abc"}
    selector = "app.kubernetes.io/instance=openedx-abc"
    assert k8s.k8s_namespace(config) == "mine"
    assert k8s.resource_namespace_selector(config) == ["--namespace", "mine"]
    assert k8s.resource_selector(config) == ["--namespace", "mine", f"--selector={selector}"]
    assert k8s.resource_selector(config, "a=b")[-1] == f"--selector={selector},a=b"


def test_kubectl_is_called(settings: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On what is ours alone; in a pod that runs."""
    log = tmp_path / "log"
    pods = {
        "items": [
            {
                "metadata": {"name": "lms-1", "labels": {}},
                "spec": {},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
            }
        ]
    }
    kubectl = write(
        tmp_path / "bin" / "kubectl",
        f"""\
        #!/bin/sh
        echo "$@" >>{log}
        case "$*" in *"get pods"*) echo '{json.dumps(pods)}' ;; esac
        """,
    )
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.environ['PATH']}")
    k8s.delete_resources(settings, ["jobs"], "lms-job")
    assert k8s.kubectl_exec(settings, "lms", ["ls", "-l"]) == 0
    asked = log.read_text().splitlines()
    instance = f"app.kubernetes.io/instance=openedx-{settings['ID']}"
    deleted = next(line for line in asked if line.startswith("delete"))
    assert f"--namespace openedx --selector={instance}," in deleted
    assert deleted.endswith("app.kubernetes.io/name=lms-job jobs")
    assert asked[-1].endswith("lms-1 -- ls -l")
