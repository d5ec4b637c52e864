"""All published plugins at once: one environment, valid in every format."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import kubernetes_validate
import pytest
import yaml

from tests.compat.contributions import gather
from tests.compat.packages import Release, newest, releases
from tests.kit import fingerprint
from tests.manifests import build
from tests.tracing import untraced
from tutor.engines.compose import local_files
from tutor.env.plan import Manifest
from tutor.env.validate import check_files
from tutor.jobs.compose import check_services
from tutor.jobs.tasks import init_tasks
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.compat.conftest import CompatSession

#: What plugins mount and do not make: tutor-keyterms-api has a job, and no settings for it.
FAULTS = ["keyterms-job mounts ConfigMap keyterms-settings"]


def _newest() -> list[Release]:
    """The newest releases, in the order in which their plugins load: that of their names."""
    found = [r for r in newest(releases().values()) if not (r.cannot or r.uninstallable or r.apart)]
    return sorted(found, key=lambda release: release.name)


@pytest.fixture
def together(with_plugins: Callable[[Iterable[Release]], CompatSession]) -> CompatSession:
    """A project for which the newest release of every plugin is installed."""
    found = _newest()
    session = with_plugins(found)
    settings = [f"--set={name}={value}" for release in found for name, value in release.settings]
    session.tutor("config", "save", *settings)
    return session


def test_all_plugins_together(together: CompatSession, kubectl: str) -> None:
    """Enabled at once, found in one environment, and gone without a trace."""
    names = [release.name for release in _newest()]
    before = fingerprint(together.root / "env")
    said = together.tutor("plugins", "enable", *names).err
    enabled = fingerprint(together.root / "env")
    together.tutor("config", "save")
    assert fingerprint(together.root / "env") == enabled, "an unchanged save changes files"

    with together.environment({}), opened(together.root, together.plugins_root) as project:
        assert not project.plugin_errors
        assert [plugin.name for plugin in project.loaded] == names
        tree = project.renderer.render_tree()
        check_files(tree.files.values())
        assert untraced(project.renderer, tree) == []
        written = {*tree.files, *Manifest.read(together.root).guests}
        found_there = {p.removeprefix("env/") for p in enabled if (together.root / p).is_file()}
        assert written <= found_there
        # What plugins write when they are loaded lies in their own folders.
        folders = tuple(f"plugins/{name}/" for name in names)
        assert all(path.startswith(folders) for path in found_there - written)
        for name in names:
            found = gather(project, name)
            found.check_settings(project)
            found.check_patches(project, tree, said)
            found.check_files(project)
            found.check_tasks(project)
            found.check_images(project, ())
        check_services(init_tasks(project), local_files(project.environment))
        _compose_takes(together.root / "env" / "local")
        _kustomize_takes(together.root / "env", kubectl)

    together.tutor("plugins", "disable", *names)
    assert fingerprint(together.root / "env") == before


def test_all_plugins_in_a_process_of_their_own(together: CompatSession) -> None:
    """As a user runs them: nothing that Python warns about gets onto the terminal."""
    names = [release.name for release in _newest()]
    said = together.process("plugins", "enable", *names, timeout=120)
    assert "Warning: pkg_resources" not in said.err
    assert "DeprecationWarning" not in said.err
    assert "SyntaxWarning" not in said.err
    shown = together.process("plugins", "list", "--enabled").out
    assert all(name in shown for name in names)
    again = together.process("config", "save", timeout=120)
    assert "Traceback" not in again.err


def _compose_takes(folder: Path) -> None:
    """Where Compose is installed, it reads the files too."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    found = shutil.which("docker-compose", path=path)
    if found is None and not _has_plugin():
        return
    command = [found] if found else ["docker", "compose"]
    files = ["docker-compose.yml", "docker-compose.prod.yml", "docker-compose.jobs.yml"]
    options = [word for file in files for word in ("--file", file)]
    done = subprocess.run(
        [*command, *options, "config", "--quiet"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _kustomize_takes(folder: Path, kubectl: str) -> None:
    """Kustomize builds all objects; they are valid, and what pods mount is among them."""
    done = build(kubectl, folder)
    assert done.returncode == 0, done.stderr
    objects = list(yaml.load_all(done.stdout, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    there = {(o["kind"], o["metadata"]["name"]) for o in objects}
    missing = []
    newest_release = kubernetes_validate.latest_version()
    for manifest in objects:
        # Of custom resources there are no schemas, nor of APIs that this release has no more: old plugins'.
        with contextlib.suppress(kubernetes_validate.SchemaNotFoundError):
            kubernetes_validate.validate(manifest, newest_release, strict=True)
        template = manifest.get("spec", {}).get("template", {})
        for volume in template.get("spec", {}).get("volumes", ()):
            for key, kind, named in (
                ("configMap", "ConfigMap", "name"),
                ("secret", "Secret", "secretName"),
                ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
            ):
                if key in volume and not volume[key].get("optional"):
                    name = volume[key][named]
                    if (kind, name) not in there:
                        missing.append(f"{manifest['metadata']['name']} mounts {kind} {name}")
    assert missing == FAULTS


def _has_plugin() -> bool:
    try:
        return (
            subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False
