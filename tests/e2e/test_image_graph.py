"""The platform's Dockerfile, built for real on Debian and run; which of its stages a changed plugin rebuilds.

The source of the platform is a repository made here: the sandbox's platform, with the files of the real one
that a build reads (tests/data/source: scripts, requirements, bundles, styles). Everything else is what a user
gets: Python's and Node's packages, uWSGI and lxml compiled, atlas, git.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import HOST, Platform, free_port
from tests.kit import DATA, write
from tests.settings_modules import PLATFORM
from tutor import serialize
from tutor.config.table import core_settings
from tutor.engines.fetch import build_environment
from tutor.engines.find import CHOICE, find_engine
from tutor.engines.run import ProcessRunner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

REPOSITORY = "/opt/platform.git"
IMAGE = "tutor-e2e/openedx:graph"
BASE = "tutor-e2e/debian:graph"
#: Compilers need not optimise what is tried once: lxml takes a minute, not five.
BASE_DOCKERFILE = """\
FROM {parent}
COPY root/ /
ENV CFLAGS=-O0
"""
#: Whom pip trusts, which a base image brings. Only if it is verbose it tells what it builds to build others.
PIP = """\
[global]
cert = /etc/ssl/certs/ca-certificates.crt
verbose = 1
"""
#: atlas fetches from the place where translations are published, which is not reached from here.
TRANSLATIONS = "/opt/translations.git"
GIT = f"""\
[url "file://{TRANSLATIONS}"]
    insteadOf = https://github.com/openedx/openedx-translations.git
[uploadpack]
    allowFilter = true
[safe]
    directory = *
"""
CATALOGUE = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Courses"
msgstr "Cours"
"""
#: All patches that a plugin may have in stages that are built here.
PLUGIN = """\
name: late
version: 1.0.0
patches:
  openedx-dockerfile-post-python-requirements: RUN echo {package} >/openedx/venv/late-package
  openedx-dockerfile: RUN echo {last} >/openedx/late
"""
#: What shows that each step of the build did what it is for.
INSIDE = """
node --version; id -un; cat ../late
python <<'END'
import fs, loremipsum  # both ask for pkg_resources: when it runs, and when it is built
import lxml.etree, xmlsec  # both are compiled, against one library
import django.conf, MySQLdb
from importlib.metadata import entry_points, version

print("xml", lxml.etree.LIBXML_VERSION == xmlsec.get_libxml_version())
for name in ("certifi", "openedx-scorm-xblock"):
    print(name, version(name))
print(*entry_points(group="platform.stand_in"))
END
uwsgi --version
cat ../staticfiles/webpack-stats.json
grep --only-matching "bundle of production" ../staticfiles/bundles/Library.js
cat ../staticfiles/css/lms-main.css ../staticfiles/studio/css/studio-main.css
ls conf/locale/fr/LC_MESSAGES lms/envs/tutor
"""
_STEP = re.compile(r"^ *#(\d+) \[(\S+) +\d+/\d+\] (?!FROM )(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Builder:
    """A project of its own, whose image is built with BuildKit."""

    project: Platform
    docker: str
    #: What each build has printed.
    printed: list[str] = field(default_factory=list)

    def build(self, package: str = "one", last: str = "one") -> list[tuple[str, str]]:
        """Build the image with a plugin's patches.

        Returns:
            Stage and instruction of each step that was run, rather than found in the cache.
        """
        write(self.project.plugins_root / "late.yml", PLUGIN.format(package=package, last=last))
        self.project.tutor("config", "save")
        out = self.project.tutor("images", "build", "openedx", timeout=1500)
        self.printed.append(out)
        cached = set(re.findall(r"^ *#(\d+) CACHED", out, re.MULTILINE))
        found = {number: (stage, step) for number, stage, step in _STEP.findall(out)}
        assert len(found) > 30, out
        return [step for number, step in found.items() if number not in cached]

    def layers(self) -> list[str]:
        """Digests of the image's layers, in order."""
        argv = [self.docker, "image", "inspect", "--format", "{{json .RootFS.Layers}}", IMAGE]
        return list(json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout))


#: In the place of the lists of pip, as on the branch that is developed.
UV = {
    "pyproject.toml": """\
[project]
name = "platform-source"
version = "1"
requires-python = ">=3.11"
dependencies = ["webencodings"]

[dependency-groups]
assets = ["packaging"]
""",
    "uv.lock": """\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "packaging"
version = "25.0"
source = { registry = "https://packages.example.com/simple" }

[[package]]
name = "platform-source"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "webencodings" }]

[package.dev-dependencies]
assets = [{ name = "packaging" }]

[package.metadata]
requires-dist = [{ name = "webencodings" }]

[package.metadata.requires-dev]
assets = [{ name = "packaging" }]

[[package]]
name = "webencodings"
version = "0.5.1"
source = { registry = "https://packages.example.com/simple" }
""",
}


def _docker_with_buildkit() -> str:
    """The first Docker on PATH that has BuildKit: newer clients need a plugin for it, older ones do not."""
    for folder in os.get_exec_path():
        path = shutil.which("docker", path=folder)
        if path:
            engine = find_engine(ProcessRunner(), {**os.environ, CHOICE: path})
            if build_environment(ProcessRunner(), engine).get("DOCKER_BUILDKIT") != "0":
                return path
    pytest.fail("no Docker here has BuildKit: sudo apt-get install docker-buildx")


def _git(folder: Path, *argv: str) -> None:
    """Run git: the same makes the same commits each time, so that layers stay the same, too."""
    facts = {"NAME": "tutor", "EMAIL": "tutor@localhost", "DATE": "2026-01-01T00:00:00Z"}
    variables = {f"GIT_{who}_{f}": v for who in ("AUTHOR", "COMMITTER") for f, v in facts.items()}
    subprocess.run(["git", *argv], cwd=folder, env={**os.environ, **variables}, check=True)


def _commit(checkout: Path, branch: str) -> None:
    """Put all that is in a folder on a new branch."""
    _git(checkout, "init", "--quiet")
    _git(checkout, "checkout", "--quiet", "-b", branch)
    _git(checkout, "add", "--all", "--force")
    _git(checkout, "commit", "--quiet", f"--message={branch}")


def _source(checkout: Path) -> Path:
    """The platform's source: Python's part is the sandbox's."""
    shutil.copytree(PLATFORM, checkout, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(DATA / "source", checkout, dirs_exist_ok=True)
    (checkout / "manage.py").chmod(0o755)
    _commit(checkout, "main")
    shutil.rmtree(checkout / "requirements")
    for name, content in UV.items():
        write(checkout / name, content)
    _commit(checkout, "master")
    return checkout


@pytest.fixture(scope="module")
def builder(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """A project whose image is built on Debian, by a setting, and whose services are the sandbox's."""
    folder = tmp_path_factory.mktemp("graph")
    docker = _docker_with_buildkit()
    root = folder / "base/root"
    write(root / "etc/pip.conf", PIP)
    write(root / "etc/gitconfig", GIT)
    (root / "opt").mkdir()
    translations = folder / "translations"
    write(translations / "translations/edx-platform/conf/locale/fr/LC_MESSAGES/django.po", CATALOGUE)
    _commit(translations, "main")
    for source, bare in ((_source(folder / "source"), REPOSITORY), (translations, TRANSLATIONS)):
        _git(source, "clone", "--quiet", "--bare", ".", str(root / bare.lstrip("/")))
    parent = platform.tutor("config", "printvalue", "SANDBOX_BASE_IMAGE").strip()
    write(folder / "base/Dockerfile", BASE_DOCKERFILE.format(parent=parent))
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    argv = [docker, "build", "--quiet", "--tag", BASE, str(folder / "base")]
    subprocess.run(argv, env=environment, check=True, stdout=subprocess.DEVNULL)

    name = f"tutor_graph_{os.getpid()}"
    project = Platform(
        folder / "root", folder / "plugins", folder / "site", name, free_port(), environment={CHOICE: docker}
    )
    write(project.plugins_root / "late.yml", PLUGIN.format(package="one", last="one"))
    project.site.mkdir()
    project.tutor("plugins", "enable", "sandbox", "late", "--no-save")
    settings = {
        "LOCAL_PROJECT_NAME": name,
        "CADDY_HTTP_PORT": project.port,
        "OPENEDX_BASE_IMAGE": BASE,
        "DOCKER_IMAGE_OPENEDX": IMAGE,
        "EDX_PLATFORM_REPOSITORY": f"file://{REPOSITORY}",
        "EDX_PLATFORM_VERSION": "main",
        "ATLAS_REVISION": "main",
    }
    project.tutor("config", "save", *(w for n, v in settings.items() for w in ("--set", f"{n}={v}")))
    yield Builder(project, docker)
    project.tutor("local", "dc", "down", "--volumes", "--remove-orphans")
    subprocess.run([docker, "image", "rm", "--force", IMAGE, BASE], check=False, capture_output=True)


def test_a_changed_plugin_rebuilds_only_what_it_must(builder: Builder) -> None:
    builder.build()
    # It takes minutes: none where an earlier build has kept it.
    assert len(re.findall(r"Building wheel for lxml .*finished", builder.printed[0])) <= 1
    before = builder.layers()

    assert builder.build(last="two") == [("production", "RUN echo two >/openedx/late")]
    after = builder.layers()
    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]

    run = builder.build(last="two", package="two")
    assert run[0] == ("python-requirements", "RUN echo two >/openedx/venv/late-package")
    assert {stage for stage, _ in run} == {"python-requirements", "production"}


def test_what_is_in_the_image(builder: Builder) -> None:
    builder.project.tutor("images", "build", "openedx", timeout=900)
    argv = [builder.docker, "run", "--rm", "--interactive", IMAGE, "sh", "-e"]
    done = subprocess.run(argv, input=INSIDE, capture_output=True, text=True, check=False)
    out = done.stdout + done.stderr
    for words in (
        *("v20.", "app\n", "two\n", "xml True", "certifi 2026.1", "scorm-xblock 19.", "declared", "2.0.31\n"),
        *('"status":"done"', "bundle of production", "#abcdef", "#fedcba", "django.mo", "assets.py"),
    ):
        assert words in out, out


def test_the_platform_runs_on_the_image(builder: Builder) -> None:
    """uWSGI, a newer Django and its driver; commands of the initialisation; files that were made."""
    builder.project.launch()
    for host in (HOST, f"studio.{HOST}"):
        assert "Your Platform Name Here" not in builder.project.page(host=host)
        assert '"status": true' in builder.project.page("/heartbeat", host=host)
    assert "bundle of production" in builder.project.page("/static/bundles/Library.js")
    commands = builder.project.query("SELECT command, exit_code FROM sandbox_command")
    assert ["load_policies", "0"] in commands
    assert {code for _, code in commands} == {"0"}


def test_launch_builds_what_a_plugin_has_changed(builder: Builder) -> None:
    project = builder.project
    write(project.plugins_root / "late.yml", PLUGIN.format(package="two", last="three"))
    assert "Image openedx is built from build/openedx/Dockerfile" in project.tutor("config", "save")
    assert re.search(r"openedx.*late", project.tutor("plan", code=2))
    project.launch()
    assert project.execute("lms", "cat", "/openedx/late") == "three\n"


def test_code_that_is_locked_by_uv(builder: Builder) -> None:
    """Its groups become the lists that the other steps take."""
    target = "--target=requirements"
    lists = ("images", "build", "openedx", target, "--build-arg=EDX_PLATFORM_VERSION=master")
    builder.project.tutor(*lists, timeout=900)
    argv = [builder.docker, "run", "--rm", IMAGE, "sh", "-c", "cd edx; head -n 99 *.txt"]
    out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    sections = dict(re.findall(r"==> (\w+)\.txt <==\n(.*?)(?=\n==>|\Z)", out, re.DOTALL))
    found = {name: re.findall(r"^\w.*", text, re.MULTILINE) for name, text in sections.items()}
    assert found == {
        "assets": ["packaging==25.0"],
        "base": ["webencodings==0.5.1"],
        "development": ["packaging==25.0", "webencodings==0.5.1"],
    }
    builder.build()  # the tests share the image


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
