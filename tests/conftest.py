"""Fixtures of all tests: nothing of the machine or the user gets in."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.isolation import plugins
from tests.kit import Session
from tutor.contributions import core_registry
from tutor.core.hooks import activate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutor.core.hooks import Registry

GOLDEN = "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    parser.addoption("--update-golden", action="store_true", help="Rewrite the golden files of the sessions.")
    parser.addoption(
        "--record-effects", action="store_true", help="Run the incumbent, and record what plugins make of it."
    )


@pytest.fixture(autouse=True)
def _clean_environment(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No setting and no plugin comes from outside, and nothing is written to the user's folders."""
    for name in list(os.environ):
        if name.startswith("TUTOR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    # One for all tests: whatever is in it, nothing may depend on it.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv(plugins.VARIABLE, str(tmp_path / "site"))
    with plugins.hidden():
        yield


@pytest.fixture(scope="session")
def kubectl() -> str:
    """The command that builds manifests; it comes with the development packages."""
    found = shutil.which("kubectl", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("there is no kubectl in this virtual environment: bin/setup")
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project root that is not there yet."""
    return tmp_path / "root"


@pytest.fixture
def plugins_root(tmp_path: Path) -> Path:
    """An empty folder of plugins."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An empty folder in which plugins can be installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry of its own, with what the core contributes."""
    with activate(core_registry()) as found:
        yield found


@pytest.fixture
def empty_session(root: Path, plugins_root: Path, site: Path) -> Session:
    """Commands on a project that is not there yet."""
    return Session(root, plugins_root, site)


@pytest.fixture(scope="session")
def saved_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after `tutor config save`. Copy it: making its keys takes a while."""
    folder = tmp_path_factory.mktemp("saved")
    (folder / "plugins").mkdir()
    cache = {"XDG_CACHE_HOME": str(tmp_path_factory.getbasetemp() / "cache")}
    Session(folder / "root", folder / "plugins", folder / "site").tutor("config", "save", env=cache)
    return folder / "root"


@pytest.fixture
def session(empty_session: Session, saved_project: Path) -> Session:
    """Commands on a saved project without plugins."""
    shutil.copytree(saved_project, empty_session.root)
    return empty_session


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the templates that Jinja compiles."""
    from tutor.env.jinja import SettingsEnvironment

    names: list[str] = []
    compile_anew = SettingsEnvironment._compile_anew

    def count(self: SettingsEnvironment, source: Any, name: str, *args: Any, **how: Any) -> Any:
        names.append(name)
        return compile_anew(self, source, name, *args, **how)

    monkeypatch.setattr(SettingsEnvironment, "_compile_anew", count)
    return names


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Session], None]:
    """Compare what a session printed with the golden file that is named after the test."""

    def check(session: Session) -> None:
        node = request.node
        path = node.path.parent / GOLDEN / node.path.stem.removeprefix("test_") / f"{_name(node.name)}.txt"
        found = session.normalised()
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found)
            return
        assert path.is_file(), f"run pytest --update-golden, then read {path}"
        assert found == path.read_text()

    return check


def _name(test: str) -> str:
    return "".join(c if c.isalnum() or c in "_-" else "-" for c in test.removeprefix("test_")).strip("-")
