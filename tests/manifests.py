"""What tests of manifests share: the environment, rendered with some settings, and built by kustomize."""

from __future__ import annotations

import base64
import functools
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from Crypto.PublicKey import RSA

from tutor.config.settings import core
from tutor.config.table import core_settings
from tutor.contributions import core_registry
from tutor.core.hooks import Layer, Origin, activate
from tutor.env.render import Renderer
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutor.env.render import RenderedTree

Manifest = dict[str, Any]


OUTSIDE = {
    **{f"RUN_{name}": False for name in ("MYSQL", "MONGODB", "REDIS", "MEILISEARCH", "SMTP")},
    "MYSQL_HOST": "mysql.example.com",
    "MONGODB_HOST": "mongodb.example.com",
    "REDIS_HOST": "redis.example.com",
    "SMTP_HOST": "smtp.example.com",
    "MEILISEARCH_URL": "https://search.example.com",
}
#: Names of environments that differ, and their settings.
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "medium, https": {"PLATFORM_SIZE": "medium", "ENABLE_HTTPS": True},
    "large, more pods": {
        "PLATFORM_SIZE": "large",
        "K8S_LMS_REPLICAS": 4,
        "K8S_CMS_WORKER_REPLICAS": 2,
        "K8S_CADDY_REPLICAS": 2,
        "LMS_MEMORY_LIMIT": "none",
        "LMS_CPU_LIMIT": "none",
    },
    "autoscaling": {"K8S_AUTOSCALING": True, "K8S_LMS_REPLICAS": 2, "K8S_LMS_MAX_REPLICAS": 10},
    "behind a proxy": {"ENABLE_WEB_PROXY": False, "ENABLE_HTTPS": True, "K8S_CADDY_REPLICAS": 2},
    "ingress": {
        "ENABLE_WEB_PROXY": False,
        "ENABLE_HTTPS": True,
        "K8S_INGRESS": "ingress",
        "K8S_INGRESS_CLASS": "nginx",
        "K8S_INGRESS_TLS_SECRET_NAME": "openedx-tls",
        "K8S_INGRESS_HOSTS": ["www.example.com"],
        "K8S_INGRESS_ANNOTATIONS": ["cert-manager.io/cluster-issuer=letsencrypt"],
    },
    "ingress without anything": {
        "ENABLE_WEB_PROXY": False,
        "K8S_INGRESS": "ingress",
        "K8S_INGRESS_ANNOTATIONS": [],
    },
    "gateway": {"ENABLE_WEB_PROXY": False, "K8S_INGRESS": "gateway", "K8S_GATEWAY": "infra/public"},
    "databases outside": OUTSIDE,
    "storage": {"K8S_STORAGE_CLASS": "fast", "K8S_MYSQL_STORAGE": "100Gi"},
    "registry": {
        "DOCKER_REGISTRY": "registry.example.com:5000/",
        "K8S_REGISTRY_USERNAME": "puller",
        "K8S_REGISTRY_PASSWORD": "planted-registry",
    },
    "pull secret": {"K8S_PULL_SECRET_NAME": "regcred"},
    "no network policies": {"K8S_NETWORK_POLICIES": False},
    "user of Redis": {"REDIS_USERNAME": "openedx"},
}
#: A plugin's Deployment that runs with the platform's settings, as published ones do.
CONSUMER = """\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: consumer
  labels:
    app.kubernetes.io/name: consumer
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: consumer
  template:
    metadata:
      labels:
        app.kubernetes.io/name: consumer
    spec:
      containers:
        - name: consumer
          image: {{ DOCKER_IMAGE_OPENEDX }}
          volumeMounts:
            - mountPath: /openedx/config
              name: config
      volumes:
      - name: settings-lms
        configMap:
          name: openedx-settings-lms
      - name: config
        configMap:
          name: openedx-config
      - name: own
        configMap:
          name: caddy-config
"""
WITH_CONSUMER = {"k8s-deployments": CONSUMER}


@dataclass
class Cluster:
    """What kustomize makes of one environment."""

    objects: list[Manifest]

    def of(self, kind: str) -> dict[str, Manifest]:
        """The objects of a kind, by the names that they have in the templates: without a hash."""
        return {_plain(o["metadata"]["name"], kind): o for o in self.objects if o["kind"] == kind}

    def pods(self) -> dict[str, Manifest]:
        """Specifications of pods, by kind and name of what makes them."""
        found = {}
        for o in self.objects:
            spec = o.get("spec", {})
            template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
            if template and "spec" in template:
                found[f"{o['kind']}/{o['metadata']['name']}"] = template["spec"]
        return found


@functools.cache
def private_key() -> str:
    """A key of tokens, generated once."""
    return RSA.generate(1024).export_key().decode()


def planted() -> dict[str, str]:
    """A value for every secret of the core that can be found again wherever it gets to."""
    values = {s.name: f"planted-{s.name.lower()}" for s in core_settings().values() if s.secret or s.unique}
    del values["K8S_REGISTRY_PASSWORD"]
    values["ID"] = "planted0id"
    values["JWT_RSA_PRIVATE_KEY"] = private_key()
    return values


def render(settings: Mapping[str, Any], patches: Mapping[str, str] | None = None) -> RenderedTree:
    """The environment with these settings, and one plugin that contributes patches."""
    with activate(core_registry()) as registry:
        found = core()
        for name, value in {**planted(), **settings}.items():
            found.add(name, value, Origin(Layer.CONFIG_FILE))
        origin = Origin(Layer.PLUGIN_DEFAULT, "myapp", "1.0", "/myapp.py", 10)
        registry.add(Filters.ENV_PATCHES, items=tuple((patches or {}).items()), origin=origin)
        return Renderer(found).render_tree()


def write(tree: RenderedTree, folder: Path) -> None:
    """The part of an environment that kustomize reads."""
    for path, file in tree.files.items():
        if path.startswith(("apps/", "k8s/", "kustomization", "plugins/")):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(file.content)


def build(kubectl: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the objects of an environment with kustomize, without a server."""
    return subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False)


def _plain(name: str, kind: str) -> str:
    return name.rsplit("-", 1)[0] if kind in ("ConfigMap", "Secret") else name


def decoded(manifest: Manifest) -> dict[str, str]:
    """What a ConfigMap or a Secret holds, as texts."""
    data = dict(manifest.get("data") or {})
    if manifest["kind"] == "Secret":
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    return data
