"""Environments that kustomize has built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.manifests import Cluster, build, render, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Callable[..., Cluster]:
    """Build the objects of an environment; each is built once, so tests must not change them."""
    known: dict[str, Cluster] = {}

    def built(settings: Mapping[str, Any] | None = None, patches: Mapping[str, str] | None = None) -> Cluster:
        key = json.dumps([settings or {}, patches or {}])
        if key not in known:
            folder = tmp_path_factory.mktemp("environment")
            write(render(settings or {}, patches), folder)
            done = build(kubectl, folder)
            assert done.returncode == 0, done.stderr
            known[key] = Cluster(list(yaml.load_all(done.stdout, Loader=_Loader)))
        return known[key]

    return built
