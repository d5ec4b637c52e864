"""What tests of manifests share: the environment, rendered with some settings, and built by kustomize."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from Crypto.PublicKey import RSA

from tutor.config.settings import core
from tutor.config.table import core_settings
from tutor.core.hooks import Layer, Origin, Registry, activate
from tutor.env.render import Renderer
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutor.env.render import RenderedTree

Manifest = dict[str, Any]


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
    with activate(Registry()) as registry:
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
