"""Images go to a registry that asks for a password, and nodes pull them from there with a Secret."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import free_port
from tests.e2e.kubernetes.conftest import PROGRAMS, KubernetesPlatform
from tests.kit import distribution, write

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

USER, PASSWORD = "puller", "pull-me-not"
#: Made by: htpasswd -nbB puller pull-me-not
HASHED = "puller:$2y$05$abcdefghijklmnopqrstuuCdvPzX/KRpF4COP8LUt6LfI9/3pVXwC"
#: A plugin with a service of its own, whose image is built here: the smallest program that goes on running.
TINY = """
from pathlib import Path
templates = str(Path(__file__).parent / "templates")
hooks = {
    "build-image": {"tiny": "{{ DOCKER_REGISTRY }}tiny:1"},
    "remote-image": {"tiny": "{{ DOCKER_REGISTRY }}tiny:1"},
}
patches = {"k8s-deployments": '''---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: tiny
  labels:
    app.kubernetes.io/name: tiny
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: tiny
  template:
    metadata:
      labels:
        app.kubernetes.io/name: tiny
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: tiny
          image: {{ DOCKER_REGISTRY }}tiny:1
'''}
"""


@dataclass(frozen=True)
class Registry:
    """A registry that listens on this machine only."""

    address: str
    #: Where Docker keeps passwords; nobody has logged in yet.
    docker_config: Path


@pytest.fixture
def registry(cluster: None, tmp_path: Path) -> Iterator[Registry]:
    """A registry that lets in one user."""
    address = f"127.0.0.1:{free_port()}"
    users = write(tmp_path / "users", HASHED)
    config = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(tmp_path / "images")}},
        "http": {"addr": address},
        "auth": {"htpasswd": {"realm": "tests", "path": str(users)}},
    }
    # JSON is YAML.
    described = write(tmp_path / "registry.yml", json.dumps(config))
    command = [str(PROGRAMS / "docker-registry"), "serve", str(described)]
    with (
        (tmp_path / "registry.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            _wait_until_it_refuses_us(f"http://{address}/v2/")
            yield Registry(address, _docker_config(tmp_path / "docker"))
        finally:
            process.terminate()


def _wait_until_it_refuses_us(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5):
                pytest.fail("the registry lets everybody in")
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the registry does not answer")


def _docker_config(folder: Path) -> Path:
    """A folder of Docker's settings without a password, with the plugins of the user's own."""
    folder.mkdir()
    plugins = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"
    if plugins.is_dir():
        (folder / "cli-plugins").symlink_to(plugins)
    return folder


def test_an_image_is_built_pushed_and_pulled_with_a_secret(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(registry.docker_config))
    school = KubernetesPlatform.in_folder(tmp_path / "school", "school")
    dockerfile = "FROM local/pause:3.2\nLABEL made-for=tests\n"
    distribution(school.site, "tiny", TINY, files={"templates/tiny/build/tiny/Dockerfile": dockerfile})
    school.tutor("plugins", "enable", "tiny")
    settings = {
        "DOCKER_REGISTRY": f"{registry.address}/",
        "K8S_NAMESPACE": "school",
        "K8S_REGISTRY_USERNAME": USER,
        "K8S_REGISTRY_PASSWORD": PASSWORD,
    }
    said = school.tutor("config", "save", *(w for s in settings.items() for w in ("--set", "=".join(s))))
    image = f"{registry.address}/tiny:1"
    assert school.tutor("images", "printtag", "openedx").startswith(f"{registry.address}/")
    assert school.tutor("images", "printtag", "tiny").strip() == image

    said += school.tutor("images", "build", "tiny")
    assert f"docker login {registry.address};" in school.tutor("images", "push", "tiny", code=1)
    login = ["docker", "login", f"--username={USER}", "--password-stdin", registry.address]
    subprocess.run(login, input=PASSWORD, text=True, check=True, capture_output=True)
    said += school.tutor("images", "push", "tiny")
    subprocess.run(["docker", "rmi", image], check=True, capture_output=True)

    try:
        said += school.tutor("k8s", "launch", "--dry-run", code=2)
        said += school.tutor("k8s", "start", "tiny")
        said += school.tutor("k8s", "wait", "tiny")
        events = school.objects("events").values()
        assert any(e["reason"] == "Pulled" and image in e["message"] for e in events)
        said += school.kubectl("get", "all,configmaps", "--output=yaml")
        said += school.kubectl("describe", "secrets")
        assert PASSWORD not in said
        assert stat.S_IMODE((school.root / "config.yml").stat().st_mode) == 0o600

        school.tutor("config", "save", "--set", "K8S_REGISTRY_PASSWORD=another")
        subprocess.run(["docker", "rmi", "--force", image], check=True, capture_output=True)
        school.tutor("k8s", "start", "tiny")
        out = school.tutor("k8s", "wait", "--timeout=5", "tiny", code=1)
        assert "tiny is not ready: " in out
        assert "ImagePull" in out
    finally:
        school.tutor("k8s", "delete", "--yes")
        school.kubectl("get", "namespace", "school", code=1)
        subprocess.run(["docker", "rmi", "--force", image], check=False, capture_output=True)
