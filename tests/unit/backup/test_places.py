"""Which data there is, and how plugins say how it is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.backup.conftest import PLUGIN, VALUES
from tutor.backup.places import Inventory, inventory
from tutor.exceptions import PluginError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from pathlib import Path

    from tutor.core.hooks import Registry


def _bind(root: Path, path: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"type": "bind", "source": str(root / path), "target": "/x", "read_only": read_only}


def _inventory(root: Path, services: dict[str, Any], volumes: dict[str, Any] | None = None) -> Inventory:
    project: Any = SimpleNamespace(
        root=root, values=VALUES, renderer=SimpleNamespace(render_text=lambda source, _: f"rendered {source}")
    )
    return inventory(project, {"services": services, "volumes": volumes or {}})


def _service(*mounts: dict[str, Any]) -> dict[str, Any]:
    return {"image": "i", "volumes": list(mounts)}


def test_folders_below_data_and_named_volumes(root: Path, registry: Registry) -> None:
    """Without a word of a plugin. What is mounted from elsewhere, and what has no name, is not data."""
    found = _inventory(
        root,
        {
            "mysql": _service(_bind(root, "data/mysql")),
            "notes": _service(
                _bind(root, "data/notes"),
                _bind(root, "env/apps/notes.yml", read_only=True),
                {"type": "bind", "source": "/home/me/notes", "target": "/code"},
                {"type": "volume", "source": "cache", "target": "/cache"},
                {"type": "volume", "target": "/scratch"},
                {"type": "tmpfs", "target": "/tmp"},
            ),
        },
        {"cache": {"name": "p_cache"}},
    )
    sources = {item.name: item.place.source for item in found.items if item.place}
    assert sources == {
        "data/mysql": str(root / "data/mysql"),
        "data/notes": str(root / "data/notes"),
        "volumes/cache": "p_cache",
    }


def test_dumps_come_last(root: Path, registry: Registry) -> None:
    found = _inventory(root, {"a": _service(_bind(root, "data/zzz"), _bind(root, "data/mysql"))})
    assert [item.name for item in found.items] == ["data/zzz", "data/mysql"]


def test_a_folder_in_a_folder_is_one_place(root: Path, registry: Registry) -> None:
    found = _inventory(
        root,
        {"a": _service(_bind(root, "data/notes")), "b": _service(_bind(root, "data/notes/attachments"))},
    )
    item = found.item("data/notes")
    assert item is not None
    assert item.services == ("a", "b")
    assert found.item("data/notes/attachments") is None


def test_the_folder_of_a_file_is_a_place(root: Path, registry: Registry) -> None:
    (root / "data/notes").mkdir(parents=True)
    (root / "data/notes/key").touch()
    found = _inventory(root, {"a": _service(_bind(root, "data/notes/key"))})
    assert found.item("data/notes") is not None


def test_who_is_halted(root: Path, registry: Registry) -> None:
    """Those that write to it, except for the platform itself, which goes on."""
    found = _inventory(
        root,
        {
            "notes": _service(_bind(root, "data/notes"), _bind(root, "data/lms")),
            "reader": _service(_bind(root, "data/notes", read_only=True)),
            "lms": _service(_bind(root, "data/lms")),
        },
    )
    assert {item.name: item.paused for item in found.items if item.place} == {
        "data/notes": ("notes",),
        "data/lms": ("notes",),
    }


def test_what_a_plugin_declares(root: Path, registry: Registry) -> None:
    declared: list[tuple[str, dict[str, Any]]] = [
        ("data/events", {"dump": ("events", "dump it"), "restore": ("events", "read it")}),
        ("cache", {"skip": True}),
        ("data/files", {"live": True, "exclude": ["tmp/*"]}),
        ("data/nowhere", {"live": True}),
    ]
    registry.add(Filters.BACKUP_DATA, items=tuple(declared), origin=PLUGIN)
    found = _inventory(
        root,
        {
            "events": _service(_bind(root, "data/events"), {"type": "volume", "source": "cache"}),
            "files": _service(_bind(root, "data/files")),
        },
        {"cache": {"name": "p_cache"}},
    )
    events, files = found.item("data/events"), found.item("data/files")
    assert events is not None
    assert files is not None
    assert events.treatment.dump == ("events", "rendered dump it")
    assert files.treatment.exclude == ("tmp/*",)
    assert files.paused == ()
    assert found.item("volumes/cache") is None
    assert "volumes/cache: plugin notes says that it need not be kept" in found.left_out
    assert f"data/nowhere: no service has it ({PLUGIN})" in found.left_out


def _inventory_with(root: Path, registry: Registry, item: Any) -> None:
    """What is wrong is found where a plugin adds it, or where it is read."""
    registry.add(Filters.BACKUP_DATA, items=(item,), origin=PLUGIN)
    _inventory(root, {})


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (("data/x", {"dump": ("a", "b")}), "dump and restore go together"),
        (("data/x", {"dumb": True}), "'dumb' is none of dump, restore, skip, live, exclude"),
        (("data/x", {"dump": "script", "restore": ("a", "b")}), "dump is not a service and a script"),
        (("data/x", {"exclude": "tmp"}), "exclude is not a list of patterns"),
        (("data/x", "skip"), "a text as the treatment of data/x, expected a mapping"),
    ],
)
def test_a_wrong_declaration_is_the_plugins_mistake(
    root: Path, registry: Registry, item: Any, reason: str
) -> None:
    with pytest.raises(PluginError, match=reason) as caught:
        _inventory_with(root, registry, item)
    assert "Plugin notes" in caught.value.message
    assert "notes.py:3" in str(caught.value.where)
    assert "tutor plugins disable notes" in str(caught.value.hint)


def test_databases_outside_are_told(root: Path, registry: Registry) -> None:
    assert _inventory(root, {}).left_out == (
        "MongoDB at mongo.example.com: it runs outside, back it up there",
    )
