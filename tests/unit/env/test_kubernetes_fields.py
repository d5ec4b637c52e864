"""Fields of manifests: what the schemas of Kubernetes refuse is found, and what they take is let be."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tutor.env import formats

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: myapp
spec:
  replicas: 1
  selector:
    matchLabels: {app: myapp}
  template:
    metadata:
      labels: {app: myapp}
    spec:
      containers:
        - name: myapp
          image: docker.io/me/myapp:1
          args: ["--port", "80"]
          ports: [{containerPort: 80}]
          readinessProbe: {httpGet: {path: /, port: 80}}
          resources:
            limits: {cpu: 500m, memory: 2Gi}
            requests: {cpu: 0.5, memory: 1000000}
          securityContext: {allowPrivilegeEscalation: false}
      enableServiceLinks:
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: myapp}
spec:
  selector: {app: myapp}
  ports: [{port: 80, targetPort: http}]
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: myapp}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: myapp}
data: {a: "1"}
"""
#: Manifest, what stands there, what is put there, line, words.
WRONG = [
    (DEPLOYMENT, "replicas: 1", 'replicas: "1"', 6, "spec.replicas: expected a whole number, without quotes"),
    (DEPLOYMENT, "replicas: 1", "replicas: two", 6, "spec.replicas: expected a whole number"),
    (DEPLOYMENT, "replicas: 1", "replicas: true", 6, "spec.replicas: expected a whole number"),
    (DEPLOYMENT, "replicas: 1", "replica: 1", 6, "knows no such field; did you mean replicas?"),
    (
        DEPLOYMENT,
        "image: d",
        "imagePullPolcy: Always\n          image: d",
        15,
        "did you mean imagePullPolicy?",
    ),
    (
        DEPLOYMENT,
        "containerPort: 80",
        "containerPort: http",
        17,
        "containers[0].ports[0].containerPort: expected",
    ),
    (DEPLOYMENT, "[{containerPort: 80}]", "{containerPort: 80}", 17, "ports: expected a list"),
    (DEPLOYMENT, "{containerPort: 80}", "{name: http}", 17, "ports[0].containerPort is missing"),
    (DEPLOYMENT, '"80"]', "80]", 16, "args[1]: expected a text: put it in quotes"),
    (DEPLOYMENT, 'args: ["--port", "80"]', "args: --port", 16, "args: expected a list"),
    (DEPLOYMENT, "Escalation: false", 'Escalation: "false"', 22, "expected true or false, without quotes"),
    (DEPLOYMENT, "memory: 2Gi", "memory: 2 GB", 20, "limits.memory: expected a quantity"),
    (DEPLOYMENT, "memory: 2Gi", "memory: 2GiB", 20, "limits.memory: expected a quantity"),
    (DEPLOYMENT, "cpu: 500m", "cpu: half", 20, "limits.cpu: expected a quantity"),
    (SERVICE, "selector: {app: myapp}", "selector: myapp", 5, "spec.selector: expected a mapping"),
    (SERVICE, "{port: 80, ", "{", 6, "spec.ports[0].port is missing"),
    (SERVICE, "port: 80", "port: eighty", 6, "spec.ports[0].port: expected a whole number"),
    (CLAIM, "[ReadWriteOnce]", "ReadWriteOnce", 5, "spec.accessModes: expected a list"),
    (CLAIM, "1Gi", "1 Gi", 6, "spec.resources.requests.storage: expected a quantity"),
    (CONFIG, '"1"', "1", 4, "data.a: expected a text: put it in quotes"),
    (CONFIG, "data: {a", "datas: {a", 4, "did you mean data?"),
]
#: What the schemas, which take any text for a quantity, do not refuse; servers do.
QUANTITY = "expected a quantity"


@pytest.mark.parametrize(("manifest", "old", "new", "line", "words"), WRONG)
def test_wrong_fields(manifest: str, old: str, new: str, line: int, words: str) -> None:
    text = manifest.replace(old, new, 1)
    assert text != manifest
    faults = formats.check("k8s/a.yml", text)[1]
    assert any(words in fault.message and fault.line == line for fault in faults), faults
    if QUANTITY not in words:
        with pytest.raises(kubernetes_validate.ValidationError):
            _judge(text)


@pytest.mark.parametrize("manifest", [DEPLOYMENT, SERVICE, CLAIM, CONFIG])
def test_right_ones(manifest: str) -> None:
    assert formats.check("k8s/a.yml", manifest)[1] == []
    _judge(manifest)


def test_a_change_need_not_be_whole() -> None:
    """It may take away, and has what it changes; which has to be right."""
    change = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: lms}\nspec:\n  template:\n    spec:\n"
    taken = f"{change}      containers: [{{name: lms, $patch: delete}}]\n      dnsPolicy: null\n"
    assert formats.check("k8s/override.yml", taken)[1] == []
    (fault,) = formats.check("k8s/override.yml", f"{change}      container: []\n")[1]
    assert (fault.line, "did you mean containers?" in fault.message) == (7, True)


@pytest.mark.parametrize("version", ["example.com/v1", "policy/v1beta1"])
def test_of_other_kinds_nothing_is_said(version: str) -> None:
    text = f"apiVersion: {version}\nkind: PodDisruptionBudget\nmetadata: {{name: a}}\nspec: {{own: 1}}\n"
    assert formats.check("k8s/a.yml", text)[1] == []


def test_no_value_is_shown() -> None:
    """It may be a secret."""
    text = CONFIG.replace("ConfigMap", "Secret").replace("data", "stringData").replace('"1"', "4711")
    (fault,) = formats.check("k8s/a.yml", text)[1]
    assert "4711" not in fault.message


def test_the_file_of_fields_is_what_the_script_writes() -> None:
    path = Path(__file__).parents[3] / "docs/kubernetes_fields.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    content = Path(script.TARGET).read_text()
    if f'"release":"{kubernetes_validate.latest_version()}"' not in content:
        pytest.skip("the package describes another release")
    assert script.describe() == content


def _judge(text: str) -> None:
    kubernetes_validate.validate(yaml.safe_load(text), kubernetes_validate.latest_version(), strict=True)
