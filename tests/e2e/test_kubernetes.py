"""The platform on a real Kubernetes cluster of one node, on the sandbox's images."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import HOST, LAUNCH_TIMEOUT, REQUIRED, Platform, _missing
from tests.kit import REPOSITORY, distribution
from tutor.engines.kubectl import find_kubectl
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.e2e

CLUSTER = REPOSITORY / "bin" / "cluster"
PROGRAMS = REPOSITORY / ".cache" / "kubernetes"
KUBECONFIG = REPOSITORY / ".cache" / "cluster" / "kubeconfig"
HOOKS = """
from pathlib import Path
templates = str(Path(__file__).parent / "templates")
hooks = {"init": ["lms", "cms"]}
"""
#: Seconds. It is compiled once, on a slow machine beside everything else.
BUILD_TIMEOUT = 2400
#: Seconds of load, and the least number of answers in that time that makes it one.
LOAD_SECONDS, LEAST_ANSWERS = 20, 50


@dataclass(frozen=True)
class KubernetesPlatform(Platform):
    """A platform in a namespace."""

    namespace: str = "openedx"

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command."""
        return {**super().variables(extra), "KUBECONFIG": str(KUBECONFIG)}

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

    @property
    def address(self) -> str:
        """Of the web server, in the cluster's network, of which this machine is a node."""
        return str(self.objects("services")["caddy"]["spec"]["clusterIP"])

    def page(self, path: str = "/", host: str = HOST) -> str:
        """Fetch a page through the web server."""
        request = urllib.request.Request(f"http://{self.address}{path}", headers={"Host": host})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read().decode())

    def query(self, sql: str) -> list[list[str]]:
        """Rows from the platform's database."""
        script = (
            'MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root --batch --skip-column-names openedx -e "$0"'
        )
        out = self.tutor("k8s", "exec", "mysql", "sh", "-c", script, sql)
        return [line.split("\t") for line in out.splitlines() if not line.startswith("Defaulted container")]


def _missing_cluster() -> str | None:
    missing = _missing()
    if missing:
        return missing
    try:
        find_kubectl()
    except EngineError as error:
        return f"{error} ({error.hint})"
    if REQUIRED and subprocess.run([str(CLUSTER), "possible"], check=False).returncode == 0:
        return None
    return None if (PROGRAMS / "kubelet").is_file() else "Kubernetes is not compiled (bin/cluster build)"


@pytest.fixture(scope="module")
def k8s(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubernetesPlatform]:
    """A cluster, and the platform with the example plugin on it. Tests leave it as they found it."""
    missing = _missing_cluster()
    possible = subprocess.run([str(CLUSTER), "possible"], check=False).returncode == 0
    if missing and REQUIRED and possible:
        pytest.fail(f"a cluster is required here: {missing}")
    if missing:
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("k8s")
    (folder / "plugins").mkdir()
    (folder / "site").mkdir()
    found = KubernetesPlatform(folder / "root", folder / "plugins", folder / "site", "", 80)
    found.tutor("plugins", "enable", "sandbox", "myapp")
    found.tutor("sandbox", "base", timeout=LAUNCH_TIMEOUT)
    found.tutor("images", "build", "all", timeout=LAUNCH_TIMEOUT)
    subprocess.run([str(CLUSTER), "build"], check=True, timeout=BUILD_TIMEOUT)
    subprocess.run([str(CLUSTER), "up"], check=True, timeout=180)
    try:
        (folder / "first-launch.txt").write_text(found.tutor("k8s", "launch", "-I", timeout=600))
        yield found
    finally:
        subprocess.run([str(CLUSTER), "down"], check=True, timeout=120)
        shutil.rmtree(found.root, ignore_errors=True)


@contextlib.contextmanager
def _plugin(k8s: KubernetesPlatform, name: str, lms: str, cms: str) -> Iterator[None]:
    folder = f"templates/{name}/hooks"
    distribution(k8s.site, name, HOOKS, files={f"{folder}/lms/init": lms, f"{folder}/cms/init": cms})
    k8s.tutor("plugins", "enable", name)
    try:
        yield
    finally:
        k8s.tutor("plugins", "disable", name)


def _rest(k8s: KubernetesPlatform) -> list[str]:
    """What is left of tasks."""
    listed = k8s.kubectl("get", "jobs,secrets,pods", "--selector=tutor.job=true", "--output=name")
    return [name for name in listed.split() if not name.startswith("pod/")]


def test_the_page_comes_through_the_web_server(k8s: KubernetesPlatform) -> None:
    assert "Hello from myapp" in k8s.page()


def test_both_tasks_of_the_plugin_have_written_their_rows_in_order(k8s: KubernetesPlatform) -> None:
    rows = k8s.query("SELECT service FROM myapp_events ORDER BY id")
    assert rows[:2] == [["mysql"], ["lms"]]
    assert _rest(k8s) == []


def test_launch_tells_once_what_the_cluster_does_not_serve(k8s: KubernetesPlatform) -> None:
    told = (k8s.root.parent / "first-launch.txt").read_text()
    assert told.count("this cluster does not serve it: PodDisruptionBudget (policy/v1)") == 1


def test_nothing_would_change_after_a_launch(k8s: KubernetesPlatform) -> None:
    out = k8s.tutor("k8s", "launch", "--dry-run")
    assert "Nothing would change on the cluster" in out


def test_a_changed_setting_rolls_only_what_uses_it(k8s: KubernetesPlatform) -> None:
    before = k8s.pods()
    k8s.tutor("config", "save", "--set", "MYAPP_GREETING=Changed")
    out = k8s.tutor("k8s", "launch", "--dry-run", code=2)
    assert "deployment" in out.lower()
    plan = json.loads(k8s.tutor("plan", "--on", "k8s", "--json", code=2))
    assert {c["name"] for c in plan["services"] if c["action"] == "recreated"} == {
        f"deployment.apps/{name}" for name in ("lms", "cms", "lms-worker", "cms-worker")
    }
    assert k8s.pods() == before
    k8s.tutor("k8s", "launch", "-I", timeout=600)
    after = k8s.pods()
    assert {name for name in after if after[name] != before[name]} == {
        "lms",
        "cms",
        "lms-worker",
        "cms-worker",
    }
    assert "Changed" in k8s.page()
    settings = [name for name in k8s.objects("secrets") if name.startswith("openedx-settings-lms")]
    assert len(settings) == 1


def test_a_killed_pod_comes_back_without_a_lost_row(k8s: KubernetesPlatform) -> None:
    k8s.query("CREATE TABLE kept (id INT PRIMARY KEY)")
    k8s.query("INSERT INTO kept VALUES (1), (2), (3)")
    before = k8s.pods()["mysql"]
    k8s.kubectl("delete", "pod", before, "--grace-period=0", "--force")
    k8s.tutor("k8s", "wait", "mysql")
    assert k8s.pods()["mysql"] != before
    assert k8s.query("SELECT COUNT(*) FROM kept") == [["3"]]
    k8s.query("DROP TABLE kept")


def test_no_request_fails_while_pods_are_replaced(k8s: KubernetesPlatform) -> None:
    k8s.tutor("config", "save", "--set", "K8S_LMS_REPLICAS=2")
    k8s.tutor("k8s", "start")
    k8s.tutor("k8s", "wait", "lms")
    load = ["wrk", "--threads=1", "--connections=2", f"--duration={LOAD_SECONDS}s", "--timeout=10s"]
    with subprocess.Popen(
        [*load, "--header", f"Host: {HOST}", f"http://{k8s.address}/"], stdout=subprocess.PIPE, text=True
    ) as process:
        k8s.kubectl("rollout", "restart", "deployment/lms")
        k8s.tutor("k8s", "wait", "lms")
        out, _ = process.communicate(timeout=LOAD_SECONDS + 30)
    assert "Non-2xx" not in out, out
    assert "Socket errors" not in out, out
    answers = next(int(line.split()[0]) for line in out.splitlines() if "requests in" in line)
    assert answers >= LEAST_ANSWERS, out
    k8s.tutor("config", "save", "--unset", "K8S_LMS_REPLICAS")
    k8s.tutor("k8s", "start")
    k8s.tutor("k8s", "wait", "lms")


def test_a_disabled_plugin_takes_its_objects_along_and_nothing_else(k8s: KubernetesPlatform) -> None:
    k8s.kubectl("create", "configmap", "foreign", "--from-literal=a=b")
    assert "myapp-redis" in k8s.objects("deployments")
    k8s.tutor("plugins", "disable", "myapp")
    out = k8s.tutor("k8s", "start")
    assert "deployment.apps/myapp-redis" in out
    assert "myapp-redis" not in k8s.objects("deployments")
    assert "myapp-redis" not in k8s.objects("services")
    assert "foreign" in k8s.objects("configmaps")
    assert "lms" in k8s.objects("deployments")
    k8s.tutor("plugins", "enable", "myapp")
    k8s.tutor("k8s", "start")
    k8s.tutor("k8s", "wait", "myapp-redis")
    k8s.kubectl("delete", "configmap", "foreign")


def test_a_failing_task_is_named_with_its_pod_and_the_run_resumes_there(k8s: KubernetesPlatform) -> None:
    script = "echo before the fault; echo the reason >&2; exit 3"
    with _plugin(k8s, "fragile", "echo first task", script):
        out = k8s.tutor("k8s", "do", "init", code=1)
        error = out[out.index("Error:") :]
        for expected in ("plugin fragile", "service cms", "exit code 3", "pod cms-job-", "the reason"):
            assert expected in error
        assert "tutor k8s do init --resume" in error
        assert _rest(k8s) == []
        next(k8s.site.glob("*/templates/fragile/hooks/cms/init")).write_text("echo repaired")
        out = k8s.tutor("k8s", "do", "init", "--resume")
        assert "repaired" in out
        assert "first task" not in out


def test_a_killed_run_goes_on_and_its_script_was_nowhere_to_be_read(k8s: KubernetesPlatform) -> None:
    script = "echo the slow task begins; secret=very-secret-word; sleep 600"
    with _plugin(k8s, "slow", script, "echo last task"):
        process = k8s.start("k8s", "do", "init", "--limit=slow")
        assert process.stdout is not None
        assert any("the slow task begins" in line for line in process.stdout)
        described = k8s.kubectl("get", "jobs,pods", "--output=yaml")
        assert "tutor-task" in described
        assert "very-secret-word" not in described
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        next(k8s.site.glob("*/templates/slow/hooks/lms/init")).write_text("echo quick now")
        out = k8s.tutor("k8s", "do", "init", "--limit=slow")
        assert "removed the containers of a run that was cut off" in out
        assert "quick now" in out
        assert _rest(k8s) == []


def test_two_pods_may_not_write_to_one_volume(k8s: KubernetesPlatform) -> None:
    out = k8s.tutor("k8s", "scale", "mysql", "2", code=1)
    assert "mysql cannot run in several pods" in out
    k8s.tutor("k8s", "scale", "cms-worker", "0")
    k8s.tutor("k8s", "wait", "cms-worker")
    k8s.tutor("k8s", "start")


def test_another_root_does_not_touch_this_platform(k8s: KubernetesPlatform, tmp_path: Path) -> None:
    other = KubernetesPlatform(tmp_path / "root", k8s.plugins_root, k8s.site, "", 80)
    other.tutor("plugins", "enable", "sandbox")
    before = (other.root / "config.yml").read_bytes()
    out = other.tutor("k8s", "launch", "-I", code=1)
    assert "The namespace openedx belongs to another platform" in out
    assert (other.root / "config.yml").read_bytes() == before
    other.tutor("config", "save", "--set", "K8S_NAMESPACE=other")
    out = other.tutor("k8s", "launch", "--dry-run", code=2)
    assert "created: namespace/other" in out
    other.kubectl("get", "namespace", "other", code=1)


def test_the_steps_of_an_upgrade_run_in_pods(k8s: KubernetesPlatform) -> None:
    out = k8s.tutor("k8s", "upgrade", "--from=ulmo", "-I")
    assert "The data is that of" in out
    assert _rest(k8s) == []
    k8s.tutor("k8s", "wait", "meilisearch")


# The last one: it takes the platform away.
def test_delete_says_which_data_goes_asks_and_leaves_what_is_not_ours(k8s: KubernetesPlatform) -> None:
    k8s.kubectl("create", "configmap", "foreign", "--from-literal=a=b")
    out = k8s.tutor("k8s", "delete", code=130)
    assert "the data of volume mysql (5Gi)" in out
    assert "configmap/foreign" in out
    assert "mysql" in k8s.objects("deployments")
    k8s.tutor("k8s", "delete", "--yes")
    assert k8s.objects("deployments") == {}
    assert k8s.objects("persistentvolumeclaims") == {}
    assert "foreign" in k8s.objects("configmaps")
    k8s.kubectl("delete", "configmap", "foreign")
    assert "there is nothing of this platform" in k8s.tutor("k8s", "delete", "--yes")
