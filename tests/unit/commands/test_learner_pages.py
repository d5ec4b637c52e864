"""What `launch` says about the plugins that the learner's pages come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import write
from tutor.commands import learner_pages, plugin_install
from tutor.commands.context import Context
from tutor.plugins import indexes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.kit import Session
    from tutor.plugins.indexes import IndexEntry
    from tutor.plugins.wanted import Wanted

IMAGE = 'from tutor import hooks\nhooks.Filters.CONFIG_OVERRIDES.add_item(("DOCKER_IMAGE_OPENEDX", "mine"))\n'


def told(session: Session, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said about a project."""
    with session.environment({}), Context(str(session.root), str(session.plugins_root)).opened() as project:
        learner_pages.tell(project)
    return capsys.readouterr().err


def test_tell(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    """One notice with the commands, and none where nothing is missed."""
    both = told(session, capsys)
    assert both.endswith("tutor plugins install mfe indigo && tutor plugins enable mfe indigo\n")
    assert both.count("\n") == 1
    write(session.plugins_root / "mfe.py", "")
    assert told(session, capsys).endswith("tutor plugins install indigo && tutor plugins enable mfe indigo\n")
    session.tutor("plugins", "enable", "mfe")
    assert "comes with plugin indigo, which is not enabled" in told(session, capsys)
    write(session.plugins_root / "indigo.py", "")
    assert ": tutor plugins enable indigo\n" in told(session, capsys)
    session.tutor("plugins", "enable", "indigo")
    assert told(session, capsys) == ""


def test_another_platform_has_its_own_pages(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    """A plugin's is; an image that the user built of this one is not."""
    session.tutor("config", "save", "--set", "DOCKER_IMAGE_OPENEDX=registry.example.com/openedx:1")
    assert "mfe" in told(session, capsys)
    session.tutor("config", "save", "--unset", "DOCKER_IMAGE_OPENEDX")
    write(session.plugins_root / "sandbox.py", IMAGE)
    session.tutor("plugins", "enable", "sandbox")
    assert told(session, capsys) == ""


def test_get_works_without_an_index(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the index says is taken; where it says nothing, the package of the name that they are known by."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TUTOR_PLUGIN_INDEXES", f"[{tmp_path}/index.yml, {tmp_path}/gone.yml]")
    (tmp_path / "index.yml").write_text("- {name: indigo, src: tutor-indigo<22.5}")
    found: list[Wanted] = []

    def install(_: Context, choose: Callable[[list[IndexEntry]], list[Wanted]]) -> None:
        found.extend(choose(list(indexes.iter_cache_entries())))

    monkeypatch.setattr(plugin_install, "install_wanted", install)
    learner_pages.get(Context(str(session.root), str(session.plugins_root)), ["mfe", "indigo"])
    assert [(w.label, w.argument) for w in found] == [("mfe", "tutor-mfe"), ("indigo", "tutor-indigo<22.5")]
    write(session.plugins_root / "mfe.py", "")
    found.clear()
    learner_pages.get(Context(str(session.root), str(session.plugins_root)), ["mfe"])
    assert not found
