"""Every variant of the platform before the real tools: Compose, Caddy, and Django in the sandbox's images."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests import effect
from tests.e2e.conftest import Platform
from tutor import serialize
from tutor.engines.compose import ComposeProject, dev_files, local_files
from tutor.engines.find import Engine, find_engine
from tutor.engines.run import ProcessRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutor.engines.compose import Files

pytestmark = pytest.mark.e2e

#: Run in the platform's image for each variant and module: Django sets itself up with the settings.
DJANGO = """\
set -e
for variant in $(ls /variants); do
    cp -r /openedx/edx-platform "/tmp/$variant"
    cd "/tmp/$variant"
    apps="/variants/$variant/apps/openedx"
    for service in lms cms; do
        rm -rf "$service/envs/tutor"
        cp -r "$apps/settings/$service" "$service/envs/tutor"
        export LMS_CFG="$apps/config/lms.env.yml" CMS_CFG="$apps/config/cms.env.yml" SERVICE_VARIANT=$service
        for module in production development test; do
            DJANGO_SETTINGS_MODULE="$service.envs.tutor.$module" PYTHONPATH="$PWD" python -W ignore -c '
import django
from django.conf import settings
django.setup()
print("ready", settings.SETTINGS_MODULE)'
        done
    done
done
"""
CADDY = """\
for variant in $(ls /variants); do
    export default_site_port=:80
    grep -qx "$variant" /https && export default_site_port=
    caddy validate --adapter caddyfile --config "/variants/$variant/apps/caddy/Caddyfile" 2>&1 |
        tail -1 | sed "s/^/$variant: /"
done
"""


@pytest.fixture(scope="module")
def environments(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The environment of each variant, with the sandbox's images."""
    folder = tmp_path_factory.mktemp("variants")
    saved = serialize.load((platform.root / "config.yml").read_text())
    found = {}
    for name, settings in effect.variants().items():
        root = folder / name
        root.mkdir()
        (root / "config.yml").write_text(serialize.dumps({**saved, "PLUGINS": ["sandbox"], **settings}))
        Platform(root, platform.plugins_root, platform.site, name, 80).tutor("config", "save")
        found[name] = root / "env"
    assert len(found) >= 8
    return found


@pytest.fixture(scope="module")
def engine(platform: Platform) -> Engine:
    """The engine of this machine."""
    return find_engine(ProcessRunner(), os.environ)


def in_image(
    engine: Engine, image: str, script: str, folder: Path, environments: dict[str, Path], *options: str
) -> str:
    """Run a script in an image, with readable copies of the environments in /variants."""
    for name, env in environments.items():
        for part in ("apps/openedx", "apps/caddy"):
            shutil.copytree(env / part, folder / name / part, dirs_exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    done = subprocess.run(
        [*engine.command, "run", "--rm", "-i", "-v", f"{folder}:/variants:ro", *options, image, "bash", "-s"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("jobs", [False, True], ids=["services", "jobs"])
@pytest.mark.parametrize("files", [local_files, dev_files], ids=["local", "dev"])
def test_compose_accepts_every_variant(
    files: Callable[[Path], Files], jobs: bool, environments: dict[str, Path], engine: Engine
) -> None:
    for name, env in environments.items():
        project = ComposeProject("variants", files(env), engine)
        done = subprocess.run(
            project.command("config", "--quiet", jobs=jobs), capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), (name, done.stderr)


def test_caddy_accepts_every_variant(
    platform: Platform, environments: dict[str, Path], engine: Engine, tmp_path: Path
) -> None:
    image = platform.tutor("config", "printvalue", "DOCKER_IMAGE_CADDY").strip()
    https = tmp_path / "https"
    names = [n for n, settings in effect.variants().items() if settings.get("ENABLE_HTTPS")]
    https.write_text("\n".join([*(n for n in names if n != "https-behind-a-proxy"), ""]))
    folder = tmp_path / "variants"
    out = in_image(engine, image, CADDY, folder, environments, "-v", f"{https}:/https:ro")
    assert sorted(out.splitlines()) == sorted(f"{name}: Valid configuration" for name in environments)


def test_django_takes_the_settings_of_every_variant(
    platform: Platform, environments: dict[str, Path], engine: Engine, tmp_path: Path
) -> None:
    image = platform.tutor("config", "printvalue", "DOCKER_IMAGE_OPENEDX").strip()
    out = in_image(engine, image, DJANGO, tmp_path / "variants", environments)
    assert out.count("ready lms.envs.tutor.") == out.count("ready cms.envs.tutor.") == 3 * len(environments)
