"""The projects that are measured are what they say: plugins that load and patches that are valid."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import cases, measure
from benchmarks.plugins import POINTS, generate
from benchmarks.subjects import Program

if TYPE_CHECKING:
    from tests.kit import Session

PROGRAMS = (Program("theirs", Path(sys.executable)), Program("ours", Path(sys.executable)))


def test_generated_plugins_are_saved_with_all_their_patches(session: Session) -> None:
    names = generate(session.site, 2, patches=len(POINTS) + 1, settings=7)
    session.tutor("plugins", "enable", *names)
    assert session.tutor("config", "printvalue", "GENERATED0001_EXTRA_6").out == "extra 1 1.1\n"
    files = [path for path in (session.root / "env").rglob("*") if path.is_file()]
    text = "\n".join(path.read_text() for path in files)
    for number in range(len(POINTS) + 1):
        assert re.search(
            rf"\b(PLUGIN|LMS|CMS)_0_{number}\b|\bservice0x{number}\b|Plugin 0 .* {number}\b", text
        )


def test_a_project_begins_with_its_plugins_and_nothing_else(tmp_path: Path) -> None:
    theirs, ours = cases.generated(PROGRAMS, tmp_path, 2)
    (ours.root / "env").mkdir(parents=True)
    ours.begin()
    assert [path.name for path in ours.root.iterdir()] == ["config.yml"]
    line = (ours.root / "config.yml").read_text()
    assert json.loads(line.removeprefix("PLUGINS: ")) == ["generated0000", "generated0001"]
    assert theirs.root != ours.root


@pytest.mark.parametrize("number", [0, 3])
def test_both_programs_are_told_the_same(tmp_path: Path, number: int) -> None:
    found = list(cases.of_projects(cases.generated(PROGRAMS, tmp_path, number), str(number)))
    assert len({case.name for case in found}) == len(found)
    for case in found:
        assert case.theirs.words[1:] == case.ours.words[1:]
        assert set(case.theirs.env) == set(case.ours.env)
        assert ("PYTHONPATH" in case.ours.env) == bool(number)


def test_the_floor_writes_what_the_environment_has(tmp_path: Path) -> None:
    _, ours = cases.generated(PROGRAMS, tmp_path, 1)
    ours.begin()
    (ours.root / "env" / "apps").mkdir(parents=True)
    (ours.root / "env" / "apps" / "one").write_text("content")
    measure.run(cases.floors(ours)["saving"], 0)
    assert (ours.folder / "floor" / "env" / "apps" / "one").read_text() == "content"
