"""What plugins add to the kustomization: refused where kustomize would refuse it, and only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.manifests import build, render, write
from tutor.env.kustomization import check_kustomization
from tutor.exceptions import RenderError

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = """\
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector: {{app: x}}
"""
CHANGE = """\
---
apiVersion: {version}
kind: {kind}
metadata:
  name: {name}
spec:
  replicas: 2
"""
TWICE = SERVICE.format(name="myapp") * 2


def _change(kind: str, name: str, version: str = "apps/v1") -> str:
    return CHANGE.format(kind=kind, name=name, version=version)


def _data(kind: str, name: str) -> str:
    return f"---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\ndata: {{more: dGV4dA==}}\n"


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        (
            {"k8s-services": SERVICE.format(name="mysql")},
            "there is a Service mysql already, in k8s/services.yml:",
        ),
        ({"k8s-deployments": TWICE}, "there is a Service myapp already, in k8s/deployments.yml:"),
        (
            {"k8s-services": SERVICE.format(name="a"), "k8s-jobs": SERVICE.format(name="a")},
            "there is a Service a already, in k8s/jobs.yml:",
        ),
    ],
)
def test_what_kustomize_refuses(patches: dict[str, str], message: str, tmp_path: Path, kubectl: str) -> None:
    tree = render({}, patches)
    with pytest.raises(RenderError) as raised:
        check_kustomization(tree.files, lambda path: False)
    assert message in raised.value.message
    assert (raised.value.where or "").startswith("plugin myapp 1.0 (/myapp.py:10), patch k8s-")
    assert raised.value.hint == "correct the plugin, or: tutor plugins disable myapp"
    write(tree, tmp_path)
    assert build(kubectl, tmp_path).returncode != 0


@pytest.mark.parametrize(
    ("patches", "message"),
    [
        ({"k8s-override": _change("Deployment", "lsm")}, "there is no Deployment lsm to change"),
        ({"k8s-override": _change("StatefulSet", "lms")}, "there is no StatefulSet lms to change"),
        (
            {"k8s-override": _change("Deployment", "lms", "extensions/v1beta1")},
            "there is no Deployment lms to change",
        ),
        (
            {"k8s-override": _change("Deployment", "lms") + _change("Deployment", "x")},
            "there is no Deployment x to change",
        ),
    ],
)
def test_changes_that_kustomize_refuses(
    patches: dict[str, str], message: str, tmp_path: Path, kubectl: str
) -> None:
    """Published plugins change objects of others: on Compose, they run without these."""
    tree = render({}, patches)
    (warning,) = check_kustomization(tree.files, lambda path: False)
    assert f"plugin myapp: {message}; kubectl will refuse that" in warning
    write(tree, tmp_path)
    assert build(kubectl, tmp_path).returncode != 0


@pytest.mark.parametrize(
    "patches",
    [
        {},
        {"k8s-services": SERVICE.format(name="myapp"), "k8s-override": _change("Service", "myapp", "v1")},
        {"k8s-override": _change("Deployment", "lms") + _change("Deployment", "redis")},
        {"k8s-override": _data("ConfigMap", "caddy-config")},
        {"k8s-override": _data("Secret", "openedx-config")},
        {
            "kustomization-configmapgenerator": "- name: myapp\n  literals: [a=b]\n",
            "k8s-override": _data("ConfigMap", "myapp"),
        },
    ],
)
def test_what_kustomize_takes(patches: dict[str, str], tmp_path: Path, kubectl: str) -> None:
    tree = render({}, patches)
    assert check_kustomization(tree.files, lambda path: False) == []
    write(tree, tmp_path)
    done = build(kubectl, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("patches", "path"),
    [
        ({"kustomization-resources": "- plugins/myapp/k8s/app.yml"}, "plugins/myapp/k8s/app.yml"),
        (
            {"kustomization-configmapgenerator": "- name: a\n  files: [x.conf=./plugins/myapp/x]"},
            "plugins/myapp/x",
        ),
        ({"kustomization-patches": "- path: plugins/myapp/patch.yml"}, "plugins/myapp/patch.yml"),
    ],
)
def test_files_that_are_not_there(patches: dict[str, str], path: str, tmp_path: Path, kubectl: str) -> None:
    """They are warned of: the plugin may write them when the environment is saved."""
    tree = render({}, patches)
    (warning,) = check_kustomization(tree.files, lambda path: False)
    assert (
        f"names {path}, which is not in the environment (plugin myapp 1.0 (/myapp.py:10), patch " in warning
    )
    assert check_kustomization(tree.files, lambda found: found == path) == []
    write(tree, tmp_path)
    assert build(kubectl, tmp_path).returncode != 0


def test_objects_from_elsewhere_may_be_changed() -> None:
    """What is fetched, or lies in a folder of its own, is known to kustomize alone."""
    for resources in (
        "- https://example.com/x.yml",
        "- github.com/org/app//base?ref=1",
        "- plugins/myapp/base",
    ):
        patches = {
            "kustomization-resources": resources,
            "k8s-override": _change("Deployment", "other"),
        }
        assert check_kustomization(render({}, patches).files, lambda path: True) == []


POD = """\
---
apiVersion: v1
kind: Pod
metadata: {{name: myapp}}
spec:
  containers:
    - name: a
      image: b
      {container}
  volumes: [{volume}]
"""


INGRESS = """\
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: myapp}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: no, port: {number: 1}}}}
"""


def _pod(container: str = "{}", volume: str = "") -> str:
    return POD.format(container="" if container == "{}" else container, volume=volume)


@pytest.mark.parametrize(
    ("pod", "needed"),
    [
        (_pod(volume="{name: v, configMap: {name: nosuch}}"), "ConfigMap nosuch"),
        (_pod(volume="{name: v, secret: {secretName: nosuch}}"), "Secret nosuch"),
        (_pod(volume="{name: v, persistentVolumeClaim: {claimName: no}}"), "PersistentVolumeClaim no"),
        (_pod(volume="{name: v, projected: {sources: [{secret: {name: nosuch}}]}}"), "Secret nosuch"),
        (_pod("envFrom: [{configMapRef: {name: nosuch}}]"), "ConfigMap nosuch"),
        (_pod("env: [{name: A, valueFrom: {secretKeyRef: {name: no, key: a}}}]"), "Secret no"),
        (
            INGRESS,
            "Service no",
        ),
    ],
)
def test_what_is_not_there_is_told(pod: str, needed: str) -> None:
    (warning,) = check_kustomization(render({}, {"k8s-deployments": pod}).files, lambda path: False)
    assert f"myapp needs the {needed}, which is not there" in warning
    assert "patch k8s-deployments" in warning


@pytest.mark.parametrize(
    "pod",
    [
        _pod(volume="{name: v, configMap: {name: nosuch, optional: true}}"),
        _pod(volume="{name: v, configMap: {name: caddy-config}}"),
        _pod(volume="{name: v, persistentVolumeClaim: {claimName: mysql}}"),
        _pod("envFrom: [{secretRef: {name: openedx-config}}]"),
    ],
)
def test_what_is_there_or_may_lack(pod: str) -> None:
    assert check_kustomization(render({}, {"k8s-deployments": pod}).files, lambda path: False) == []
