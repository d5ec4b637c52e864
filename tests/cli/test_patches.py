"""The catalogue of patch points: `tutor config patches`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import DATA, Session, distribution
from tutor.env.contract import PATCH_POINTS
from tutor.env.points import explanations, patch_points
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.env.points import PatchPoint

    Golden = Callable[[Session], None]

PLUGIN = '''\
"""A plugin with a patch, and a template that asks for patches itself."""
from pathlib import Path

templates = str(Path(__file__).parent / "templates")
patches = {
    "caddyfile": "notes.{{ LMS_HOST }} {\\n    respond hello\\n}",
    "notes-settings": "DEBUG = True",
    "notes-for-lms": "# lms",
}
'''
TEMPLATE = """\
# Settings of notes
class Notes:
    {{ patch("notes-settings")|indent }}
{% for service in ["lms", "cms"] %}{{ patch("notes-for-" ~ service) }}
{% endfor %}
"""


def points(session: Session) -> dict[str, PatchPoint]:
    """The patch points of a project."""
    with session.environment({}), opened(session.root, session.plugins_root) as project:
        return patch_points(project.renderer)


@pytest.fixture
def with_notes(session: Session) -> Session:
    """A project with a plugin that has patch points of its own."""
    files = {"templates/notes/apps/notes/settings.py": TEMPLATE}
    distribution(session.site, "notes", PLUGIN, files=files)
    session.tutor("plugins", "enable", "notes")
    session.transcript.clear()
    return session


@pytest.mark.parametrize("command", [["patches"], ["patches", "list"], ["patches", "show"]], ids="-".join)
def test_help(command: list[str], session: Session, golden: Golden) -> None:
    session.process("config", *command, "--help")
    golden(session)


def test_points_are_those_that_plugins_know(session: Session) -> None:
    """In the files, with the indentation, that published plugins rely on."""
    facts = json.loads((DATA / "contract/patches.json").read_text())
    found = points(session)
    assert set(found) == set(facts) == set(PATCH_POINTS) == set(explanations())
    for name, places in facts.items():
        assert {p["file"] for p in places} <= {p.template for p in found[name].places}, name
        # Some are asked for twice in one file, the first time to know whether there is anything.
        widths = [int(fact["filter"].removeprefix("|indent(").rstrip(")") or 0) for fact in places]
        assert max(widths) == max(place.indent for place in found[name].places), name


def test_every_example_is_right(session: Session) -> None:
    """All of them, as patches of one plugin: every file passes its check, and shows them."""
    examples = {name: text.example for name, text in explanations().items()}
    distribution(session.site, "examples", f"patches = {examples!r}\n")
    session.tutor("plugins", "enable", "examples")
    for name, point in points(session).items():
        assert [origin.plugin for _, origin in point.uses] == ["examples"], name
        # Up to the first setting, which is a value by now.
        starts = [line.partition("{{")[0].strip() for line in examples[name].splitlines()]
        words = next(start for start in starts if len(start) > 3).removeprefix("- ").rstrip(":")
        paths = {path for place in point.places for path in place.files}
        assert any(words in (session.root / "env" / path).read_text() for path in paths), name


def test_each_is_explained() -> None:
    for name, text in explanations().items():
        assert text.doc[0].isupper(), name
        assert text.doc.endswith("."), name
        assert text.example.strip(), name


def test_list_and_show(with_notes: Session, golden: Golden) -> None:
    out = with_notes.tutor("config", "patches", "list").out.splitlines()
    assert out[0].split() == ["NAME", "FORMAT", "TEMPLATE", "USED", "BY"]
    assert len(out) == 1 + len(PATCH_POINTS) + 2
    # The widths of the columns depend on all points.
    some = [line for line in out if "notes" in line or "caddyfile" in line]
    with_notes.transcript[1:] = [re.sub(" {2,}", "  ", line) for line in some]
    for name in ("caddyfile", "openedx-common-settings", "notes-settings", "notes-for-cms", "k8s-override"):
        with_notes.tutor("config", "patches", "show", name)
    with_notes.tutor("config", "patches", "show", "caddyfiles", code=1)
    with_notes.tutor("config", "patches", "show", "nginx-extra", code=1)
    golden(with_notes)


def test_json(with_notes: Session) -> None:
    rows = {
        row["name"]: row
        for row in json.loads(with_notes.tutor("config", "patches", "list", "--json").out)["patches"]
    }
    place = rows["notes-settings"]["places"][0]
    assert place == {
        "template": "notes/apps/notes/settings.py",
        "line": 3,
        "indent": 4,
        "files": ["plugins/notes/apps/notes/settings.py"],
        "plugin": "notes",
    }
    assert rows["notes-for-*"]["plugins"][0]["plugin"] == "notes"
    assert rows["openedx-common-settings"]["places"][0]["files"] == [
        f"apps/openedx/settings/{service}/{module}.py"
        for service in ("cms", "lms")
        for module in ("development", "production")
    ]
    shown = json.loads(with_notes.tutor("config", "patches", "show", "caddyfile", "--json").out)
    assert shown["format"] == "Caddyfile"
    assert shown["example"].startswith("notes.{{ LMS_HOST }}")
    (use,) = shown["plugins"]
    assert (use["plugin"], use["version"]) == ("notes", "1.0.0")
    assert use["file"].endswith("tutornotes/__init__.py")
    assert use["line"] == 6
    assert use["content"].startswith("notes.{{ LMS_HOST }}")


def test_names_are_completed(with_notes: Session) -> None:
    variables = {
        "_TUTOR_COMPLETE": "bash_complete",
        "COMP_WORDS": "tutor config patches show notes",
        "COMP_CWORD": "4",
    }
    out = with_notes.process(env=variables).out
    assert out.split() == ["plain,notes-for-*", "plain,notes-settings"]
