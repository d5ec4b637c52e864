"""The platform's Dockerfile, built for real on Debian, and which of its stages a changed plugin rebuilds.

Two things are small ones of our own, in the base image: the source of the platform (tests/data/source), and
uWSGI, which would take a minute to compile.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import Platform
from tests.kit import DATA, write
from tutor import serialize
from tutor.config.table import core_settings
from tutor.engines.fetch import build_environment
from tutor.engines.find import CHOICE, find_engine
from tutor.engines.run import ProcessRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

REPOSITORY = "/opt/platform.git"
IMAGE = "tutor-e2e/openedx:graph"
BASE = "tutor-e2e/debian:graph"
BASE_DOCKERFILE = """\
FROM {parent}
COPY root/ /
"""
#: Where pip looks besides its index, and whom it trusts: a base image brings what a site needs.
PIP = """\
[global]
find-links = /opt/wheels
cert = /etc/ssl/certs/ca-certificates.crt
"""
UWSGI = {
    "uwsgi-2.0.31.dist-info/METADATA": "Metadata-Version: 2.1\nName: uWSGI\nVersion: 2.0.31\n",
    "uwsgi-2.0.31.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "uwsgi-2.0.31.dist-info/RECORD": "",
    "uwsgi-2.0.31.data/scripts/uwsgi": "#!python\nprint('uWSGI')\n",
}
#: All patches that a plugin may have in stages that are built here.
PLUGIN = """\
name: late
version: 1.0.0
patches:
  openedx-dockerfile-post-python-requirements: RUN echo {package} >/openedx/venv/late-package
  openedx-dockerfile: RUN echo {last} >/openedx/late
"""
_STEP = re.compile(r"^ *#(\d+) \[(\S+) +\d+/\d+\] (?!FROM )(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Builder:
    """A project of its own, whose image is built with BuildKit."""

    project: Platform
    docker: str

    def build(self, package: str = "one", last: str = "one") -> list[tuple[str, str]]:
        """Build the image with a plugin's patches.

        Returns:
            Stage and instruction of each step that was run, rather than found in the cache.
        """
        write(self.project.plugins_root / "late.yml", PLUGIN.format(package=package, last=last))
        self.project.tutor("config", "save")
        out = self.project.tutor("images", "build", "openedx", timeout=900)
        cached = set(re.findall(r"^ *#(\d+) CACHED", out, re.MULTILINE))
        found = {number: (stage, step) for number, stage, step in _STEP.findall(out)}
        assert len(found) > 30, out
        return [step for number, step in found.items() if number not in cached]

    def layers(self) -> list[str]:
        """Digests of the image's layers, in order."""
        argv = [self.docker, "image", "inspect", "--format", "{{json .RootFS.Layers}}", IMAGE]
        return list(json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout))


def _docker_with_buildkit() -> str:
    """The first Docker on PATH that has BuildKit: newer clients need a plugin for it, older ones do not."""
    for folder in os.get_exec_path():
        path = shutil.which("docker", path=folder)
        if path:
            engine = find_engine(ProcessRunner(), {**os.environ, CHOICE: path})
            if build_environment(ProcessRunner(), engine).get("DOCKER_BUILDKIT") != "0":
                return path
    pytest.fail("no Docker here has BuildKit: sudo apt-get install docker-buildx")


def _source(folder: Path) -> None:
    """Make a repository of the platform's source: the same each time, so that its layers are, too."""
    checkout = folder.with_name("checkout")
    shutil.copytree(DATA / "source", checkout)
    facts = {"NAME": "tutor", "EMAIL": "tutor@localhost", "DATE": "2026-01-01T00:00:00Z"}
    variables = {f"GIT_{who}_{f}": v for who in ("AUTHOR", "COMMITTER") for f, v in facts.items()}
    for argv in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=Source"],
        ["clone", "--quiet", "--bare", ".", str(folder)],
    ):
        subprocess.run(["git", *argv], cwd=checkout, env={**os.environ, **variables}, check=True)


@pytest.fixture(scope="module")
def builder(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """A project whose image is built on Debian, by a setting."""
    folder = tmp_path_factory.mktemp("graph")
    docker = _docker_with_buildkit()
    root = folder / "base/root"
    write(root / "etc/pip.conf", PIP)
    (root / "opt/wheels").mkdir(parents=True)
    with zipfile.ZipFile(root / "opt/wheels/uwsgi-2.0.31-py3-none-any.whl", "w") as wheel:
        for name, content in UWSGI.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100755 << 16  # a file that can be run
            wheel.writestr(info, content)
    _source(root.joinpath(*Path(REPOSITORY).parts[1:]))
    parent = platform.tutor("config", "printvalue", "SANDBOX_BASE_IMAGE").strip()
    write(folder / "base/Dockerfile", BASE_DOCKERFILE.format(parent=parent))
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    argv = [docker, "build", "--quiet", "--tag", BASE, str(folder / "base")]
    subprocess.run(argv, env=environment, check=True, stdout=subprocess.DEVNULL)

    project = Platform(
        folder / "root", folder / "plugins", folder / "site", "graph", 80, environment={CHOICE: docker}
    )
    write(project.plugins_root / "late.yml", PLUGIN.format(package="one", last="one"))
    project.site.mkdir()
    project.tutor("plugins", "enable", "late", "--no-save")
    settings = {
        "OPENEDX_BASE_IMAGE": BASE,
        "DOCKER_IMAGE_OPENEDX": IMAGE,
        "EDX_PLATFORM_REPOSITORY": f"file://{REPOSITORY}",
        "EDX_PLATFORM_VERSION": "main",
    }
    project.tutor("config", "save", *(w for n, v in settings.items() for w in ("--set", f"{n}={v}")))
    yield Builder(project, docker)
    subprocess.run([docker, "image", "rm", "--force", IMAGE, BASE], check=False, capture_output=True)


def test_a_changed_plugin_rebuilds_only_what_it_must(builder: Builder) -> None:
    builder.build()
    before = builder.layers()

    assert builder.build(last="two") == [("production", "RUN echo two >/openedx/late")]
    after = builder.layers()
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]

    run = builder.build(last="two", package="two")
    assert run[0] == ("python-requirements", "RUN echo two >/openedx/venv/late-package")
    assert {stage for stage, _ in run} == {"python-requirements", "production"}

    inside = "python --version; node --version; id -un; cat ../late; ls ../staticfiles lms/envs/tutor; uwsgi"
    argv = [builder.docker, "run", "--rm", IMAGE, "sh", "-c", inside]
    out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    for words in ("Python 3.", "v20.", "app\n", "two\n", "collected-by-cms", "assets.py", "uWSGI"):
        assert words in out


def test_no_secret_is_in_a_layer(builder: Builder) -> None:
    """Neither in what a layer has, nor in how it was made."""
    builder.project.tutor("images", "build", "openedx", timeout=900)
    config = serialize.load((builder.project.root / "config.yml").read_text())
    secrets = {n: str(v) for n, v in config.items() if n in core_settings() and core_settings()[n].secret}
    assert len(secrets) > 5
    argv = [builder.docker, "history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE]
    history = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert ">/openedx/late" in history
    # A line is enough of what has several.
    wanted = {name: value.split("\n")[-2 if "\n" in value else 0].encode() for name, value in secrets.items()}
    wanted["what is there"] = b'EDX_PLATFORM_REVISION: "main"'
    found = {name for name, value in wanted.items() if value in history.encode()}
    with subprocess.Popen([builder.docker, "save", IMAGE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        end = b""
        while chunk := process.stdout.read(1 << 22):
            found |= {name for name, value in wanted.items() if value in end + chunk}
            end = chunk[-4096:]
    assert process.returncode == 0
    assert found == {"what is there"}
