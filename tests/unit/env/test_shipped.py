"""Templates that were compiled when our package was built: nothing but the time differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import pass_context

from tests.kit import fingerprint, write
from tutor.change import Change, save
from tutor.contributions import core_registry
from tutor.core.hooks import activate
from tutor.env import ship, shipped
from tutor.env.render import TEMPLATES_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import Session
    from tutor.env.jinja import SettingsEnvironment


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """What a package brings along."""
    with activate(core_registry()):
        return ship.build()


@pytest.fixture(autouse=True)
def folder(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that was installed; nothing is kept for the user."""
    folder = tmp_path / "shipped"
    for name, content in files.items():
        write(folder / name, content)
    monkeypatch.setattr(shipped, "FOLDER", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shipped._fits.cache_clear()
    return folder


def rendered(session: Session) -> dict[str, Any]:
    """The environment, rendered with nothing kept for the user or the project."""
    (session.root / ".tutor" / "rendered").unlink(missing_ok=True)
    with session.environment({}):
        save(session.root, session.plugins_root, Change())
    return fingerprint(session.root / "env")


def test_a_whole_environment(session: Session, compiled: list[str]) -> None:
    """Jinja compiles nothing of ours, and every byte is the same."""
    before = fingerprint(session.root / "env")
    assert rendered(session) == before
    assert compiled == []


def test_where_nobody_can_keep_anything(
    session: Session, compiled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used as well."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(write(tmp_path / "file", "")))
    before = fingerprint(session.root / "env")
    assert rendered(session) == before
    assert compiled == []


def test_a_mistake_has_the_same_place(session: Session, folder: Path) -> None:
    """What a plugin breaks in a template of ours is found in the template, not in the module."""
    item = 'ENV_TEMPLATE_VARIABLES.add_item(("resources", "no function"))'
    write(session.plugins_root / "breaking.py", f"from tutor import hooks\nhooks.Filters.{item}\n")
    with_modules = session.tutor("plugins", "enable", "breaking", code=1)
    assert "template local/partials/limits.yml:2\n" in with_modules.err
    (folder / shipped.INDEX).unlink()
    shipped._fits.cache_clear()
    another = {"XDG_CACHE_HOME": str(folder.parent / "another")}
    assert session.tutor("plugins", "enable", "breaking", code=1, env=another).err == with_modules.err


@pytest.mark.parametrize("harm", ["jinja", "called", "cut", "other", "gone"])
def test_what_does_not_fit(session: Session, folder: Path, compiled: list[str], harm: str) -> None:
    """Another Jinja, filters that are called in another way, a damaged index or none: Jinja is asked."""
    index = folder / shipped.INDEX
    content = json.loads(index.read_text())
    if harm == "jinja":
        index.write_text(json.dumps({**content, "made_by": "another"}))
    elif harm == "called":
        index.write_text(json.dumps({**content, "called": {**content["called"], "tojson": "None"}}))
    elif harm == "cut":
        index.write_text(index.read_text()[:-10])
    elif harm == "other":
        index.write_text("[]")
    else:
        index.unlink()
    before = fingerprint(session.root / "env")
    assert rendered(session) == before
    assert "local/docker-compose.yml" in compiled


@pytest.fixture
def environment(session: Session) -> SettingsEnvironment:
    """That of a project, where something was shipped."""
    with session.environment({}):
        return save(session.root, session.plugins_root, Change()).project.renderer.jinja


def found(environment: SettingsEnvironment, name: str, more: str = "") -> Any:
    """What was shipped for the text of a template, under a name."""
    with open(f"{TEMPLATES_ROOT}/k8s/jobs.yml") as file:
        return shipped.code(environment, name, file.read() + more, "/where/it/is")


def test_another_text(environment: SettingsEnvironment) -> None:
    """A template of another content, or of another name, is not the one that was shipped."""
    assert found(environment, "k8s/jobs.yml").co_filename == "/where/it/is"
    assert found(environment, "k8s/jobs.yml", more=" ") is None
    assert found(environment, "k8s/other.yml") is None


def test_a_filter_that_a_plugin_replaces(environment: SettingsEnvironment) -> None:
    """Where it wants to be called in another way, what was compiled for ours would call it wrongly."""
    environment.filters["of_a_plugin"] = str
    assert found(environment, "k8s/jobs.yml") is not None
    environment.filters["indent"] = pass_context(lambda _, text: text)
    assert found(environment, "k8s/jobs.yml") is None
