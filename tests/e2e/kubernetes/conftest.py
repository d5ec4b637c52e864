"""Fixtures of the tests on a real Kubernetes cluster of one node, on the sandbox's images."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import LAUNCH_TIMEOUT, REQUIRED, Platform, missing_engine
from tests.kit import REPOSITORY, distribution
from tutor.engines.kubectl import find_kubectl
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CLUSTER = REPOSITORY / "bin" / "cluster"
PROGRAMS = REPOSITORY / ".cache" / "kubernetes"
KUBECONFIG = REPOSITORY / ".cache" / "cluster" / "kubeconfig"
#: Seconds. It is compiled once, on a slow machine beside everything else.
BUILD_TIMEOUT = 2400


@dataclass(frozen=True)
class KubernetesPlatform(Platform):
    """A platform in a namespace."""

    namespace: str = "openedx"

    @classmethod
    def in_folder(cls, folder: Path, namespace: str) -> KubernetesPlatform:
        """One whose root is in a folder, with nothing in it yet."""
        for name in ("plugins", "site"):
            (folder / name).mkdir(parents=True)
        return cls(folder / "root", folder / "plugins", folder / "site", "", 80, namespace)

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command."""
        return super().variables({"KUBECONFIG": str(KUBECONFIG), **(extra or {})})

    def launch(self, code: int = 0) -> str:
        """Bring the platform to what the settings say."""
        return self.tutor("k8s", "launch", "-I", code=code, timeout=600)

    def kubectl(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Run kubectl in the namespace, and return what it printed."""
        done = subprocess.run(
            [find_kubectl(), "--namespace", self.namespace, *arguments],
            env=self.variables(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def objects(self, kind: str, *arguments: str) -> dict[str, dict[str, Any]]:
        """Objects of a kind by name."""
        items = json.loads(self.kubectl("get", kind, "--output=json", *arguments))["items"]
        return {item["metadata"]["name"]: item for item in items}

    def pods(self) -> dict[str, str]:
        """Service → the pod that it has, of those that are not on their way out."""
        label = "app.kubernetes.io/name"
        return {
            item["metadata"]["labels"][label]: name
            for name, item in self.objects("pods", f"--selector={label}").items()
            if not item["metadata"].get("deletionTimestamp")
        }

    def left_of_tasks(self) -> list[str]:
        """Jobs and scripts of tasks that are still there."""
        selector = "--selector=tutor.job=true"
        return self.kubectl("get", "jobs,secrets", selector, "--output=name").split()

    @property
    def entrance(self) -> str:
        """Of the web server, in the cluster's network, of which this machine is a node."""
        return str(self.objects("services")["caddy"]["spec"]["clusterIP"])

    def execute(self, service: str, *command: str) -> str:
        """Run a command in a service."""
        return self.tutor("k8s", "exec", service, *command)


def _missing() -> str | None:
    """Why these tests cannot run here, if they cannot."""
    missing = missing_engine()
    if missing:
        return missing
    try:
        find_kubectl()
    except EngineError as error:
        return f"{error} ({error.hint})"
    if REQUIRED and _possible():
        return None
    return None if (PROGRAMS / "kubelet").is_file() else "Kubernetes is not compiled (bin/cluster build)"


def _possible() -> bool:
    return subprocess.run([str(CLUSTER), "possible"], check=False).returncode == 0


@pytest.fixture(scope="package")
def cluster() -> Iterator[None]:
    """A cluster with nothing on it."""
    missing = _missing()
    if missing and REQUIRED and _possible():
        pytest.fail(f"a cluster is required here: {missing}")
    if missing:
        pytest.skip(missing)
    subprocess.run([str(CLUSTER), "build"], check=True, timeout=BUILD_TIMEOUT)
    subprocess.run([str(CLUSTER), "up"], check=True, timeout=180)
    try:
        yield
    finally:
        subprocess.run([str(CLUSTER), "down"], check=True, timeout=120)


@pytest.fixture(scope="package")
def k8s(tmp_path_factory: pytest.TempPathFactory, cluster: None) -> Iterator[KubernetesPlatform]:
    """The platform with the example plugin, after its first launch. Tests leave it as they found it."""
    found = KubernetesPlatform.in_folder(tmp_path_factory.mktemp("k8s"), "openedx")
    found.tutor("plugins", "enable", "sandbox", "myapp")
    found.tutor("sandbox", "base", timeout=LAUNCH_TIMEOUT)
    found.tutor("images", "build", "all", timeout=LAUNCH_TIMEOUT)
    try:
        (found.root.parent / "first-launch.txt").write_text(found.launch())
        yield found
    finally:
        shutil.rmtree(found.root, ignore_errors=True)


#: Runs of the platform only what starts and stops at once.
LIGHT = """
stopped = "\\n---\\n".join(
    "apiVersion: apps/v1\\nkind: Deployment\\nmetadata: {name: %s}\\nspec: {replicas: 0}" % name
    for name in ("lms", "cms", "lms-worker", "cms-worker")
)
patches = {"k8s-override": stopped}
"""


@pytest.fixture
def neighbour(k8s: KubernetesPlatform, tmp_path: Path) -> KubernetesPlatform:
    """A small platform from another root, for another namespace, on the same images; nothing runs yet."""
    found = KubernetesPlatform.in_folder(tmp_path, "neighbour")
    distribution(found.site, "light", LIGHT)
    found.tutor("plugins", "enable", "sandbox", "light")
    settings = ["K8S_NAMESPACE=neighbour", *(f"RUN_{n}=false" for n in ("MYSQL", "MONGODB", "MEILISEARCH"))]
    found.tutor("config", "save", *(word for setting in settings for word in ("--set", setting)))
    return found
