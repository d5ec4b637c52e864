"""References to ConfigMaps that are Secrets here: in whatever form a plugin writes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tutor.env.references import MANIFESTS, to_secrets

if TYPE_CHECKING:
    from tests.unit.env.conftest import Platform

BLOCK = """\
volumes:
  - name: config
    configMap:  # the settings
      name: openedx-config
      defaultMode: 0444
  - name: own
    configMap:
      name: myapp-config
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "volumes:\n- name: a\n  configMap:\n    name: openedx-config\n",
            {"volumes": [{"name": "a", "secret": {"secretName": "openedx-config"}}]},
        ),
        (
            "volumes:\n- configMap:\n    defaultMode: 256\n    name: 'openedx-settings-lms'\n  name: a\n",
            {
                "volumes": [
                    {"name": "a", "secret": {"secretName": "openedx-settings-lms", "defaultMode": 256}}
                ]
            },
        ),
        (
            'volumes: [{name: a, "configMap": {"name": "redis-config", items: [{key: k, path: p}]}}]\n',
            {
                "volumes": [
                    {
                        "name": "a",
                        "secret": {
                            "secretName": "redis-config",
                            "items": [{"key": "k", "path": "p"}],
                        },
                    }
                ]
            },
        ),
        (
            "sources:\n- configMap:\n    name: openedx-config\n- configMap:\n    name: other\n",
            {"sources": [{"secret": {"name": "openedx-config"}}, {"configMap": {"name": "other"}}]},
        ),
        (
            "envFrom:\n- configMapRef:\n    name: redis-config\n",
            {"envFrom": [{"secretRef": {"name": "redis-config"}}]},
        ),
        (
            "valueFrom:\n  configMapKeyRef:\n    name: redis-config\n    key: redis.conf\n",
            {"valueFrom": {"secretKeyRef": {"name": "redis-config", "key": "redis.conf"}}},
        ),
        (
            "kind: ConfigMap\nmetadata:\n  name: openedx-config\n",
            {"kind": "ConfigMap", "metadata": {"name": "openedx-config"}},
        ),
    ],
)
def test_references_become_those_of_secrets(written: str, meant: object) -> None:
    assert yaml.safe_load(to_secrets(written)) == meant


def test_lines_and_comments_stay() -> None:
    """So that each line still knows which plugin it is from."""
    assert to_secrets(BLOCK) == BLOCK.replace("configMap:  #", "secret:  #").replace(
        "name: openedx-config", "secretName: openedx-config"
    )


def test_every_document_and_patches_in_text() -> None:
    patch = "patches:\n- target:\n    kind: Deployment\n  patch: |-\n\n"
    patch += "".join(f"    {line}\n" for line in ("# mine", *BLOCK.splitlines()))
    text = f"---\na: &x {{configMap: {{name: openedx-config}}}}\nb: *x\n---\n{patch}"
    changed = to_secrets(text)
    assert "configMap: {name: openedx-config}" not in changed
    inner = yaml.safe_load(list(yaml.safe_load_all(changed))[1]["patches"][0]["patch"])
    assert inner["volumes"][0] == {
        "name": "config",
        "secret": {"secretName": "openedx-config", "defaultMode": 0o444},
    }
    assert changed.count("\n") == text.count("\n")


def test_references_beside_those_that_are_right() -> None:
    """Of the same Secret, or of another one."""
    for name in ("openedx-config", "redis-config"):
        right = f"  - secret:\n      secretName: {name}\n"
        text = f"volumes:\n{right}  - name: x\n    configMap:\n      name: redis-config\n{right}"
        volumes = yaml.safe_load(to_secrets(text))["volumes"]
        assert volumes[1] == {"name": "x", "secret": {"secretName": "redis-config"}}
        assert volumes[0] == volumes[2] == {"secret": {"secretName": name}}


@pytest.mark.parametrize(
    "text",
    [
        "configMap: {name: openedx-config",  # not YAML
        "a: |\n  configMap: {name: openedx-config\n",  # not YAML inside
        "configMap: openedx-config\n",
        "configMap: {name: [openedx-config]}\n",
        "configMap:\n",
        "? [configMap]\n: {name: openedx-config}\n",
        "text: the configMap openedx-config\n",
    ],
)
def test_what_is_no_reference_is_left_alone(text: str) -> None:
    assert to_secrets(text) == text


def test_files_that_may_be_manifests() -> None:
    for path in ("k8s/deployments.yml", "kustomization.yml", "plugins/myapp/k8s/app.yaml"):
        assert re.fullmatch(MANIFESTS, path)
    for path in ("apps/openedx/config/lms.env.yml", "local/docker-compose.yml", "plugins/myapp/x.json"):
        assert not re.fullmatch(MANIFESTS, path)


def test_origin_of_a_changed_line(platform: Platform) -> None:
    """The rendered file refers to the Secret, and its line is the plugin's."""
    platform.template("k8s/deployments.yml", 'kind: List\n{{ patch("k8s-deployments") }}\n')
    platform.patch("k8s-deployments", "v:\n  name: a\n  configMap: {name: openedx-config}")
    file = platform.renderer().render_tree().files["k8s/deployments.yml"]
    assert file.content.decode().splitlines()[3] == "  secret: {secretName: openedx-config}"
    span = file.contributor(4)
    assert span is not None
    assert span.patch.origin.plugin == "myapp"
