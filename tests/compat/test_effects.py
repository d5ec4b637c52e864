"""What published plugins make of a project is what the incumbent makes of them.

Where it differs on purpose, that stands in deviations.yml, and in docs/reference/differences.md for users.
"""

from __future__ import annotations

import difflib
import json
import re
import shutil
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from benchmarks.subjects import PEER
from tests.compat.effects import Gathered, Texts, changes, differences
from tests.compat.incumbent import PROBED, RECORDS, Case, Judges, Record, cases, install_inputs, own_facts
from tests.kit import REPOSITORY, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tests.compat.conftest import CompatSession
    from tests.compat.packages import Release

CASES = {case.name: case for case in cases()}
#: Differences on purpose.
LISTED: list[dict[str, Any]] = yaml.safe_load((REPOSITORY / "tests/compat/deviations.yml").read_text())

#: Which of them were found, and in which cases there was a look.
FOUND: set[int] = set()
COMPARED: set[str] = set()


@pytest.fixture(scope="session")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Judges:
    """The incumbent, for those who record anew."""
    return Judges(tmp_path_factory.mktemp("incumbent"))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gathered, Path]:
    """A project of ours without plugins, and what the probe wrote there."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "plugins").mkdir()
    session = Session(folder / "root", folder / "plugins", folder / "site")
    found = gathered(session, Case("bare"), {})
    found.modules  # noqa: B018  # once for all tests
    return found, folder / "dump.json"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_effects_are_the_same(
    case: Case,
    with_plugins: Callable[[Iterable[Release]], CompatSession],
    bare: tuple[Gathered, Path],
    request: pytest.FixtureRequest,
) -> None:
    """Settings, tasks, images, commands, hosts, mounts, patches, files, and the files of the core."""
    texts = Texts()
    if request.config.getoption("--record-effects"):
        judges: Judges = request.getfixturevalue("judges")
        judges.record(case, texts).write(case)
    record = _recorded(case)
    if record.fails:
        pytest.skip(f"no release of the incumbent can save with it: {record.fails}")
    session = with_plugins(case.releases)
    if record.judge == PEER:
        found = gathered(session, case, record.given, bare[1])
        ours = changes(found, bare[0], texts)
        # A value that both have in the end is the same, also where we have it without plugins.
        known = {name: texts.short(value) for name, value in found.dump["settings"].items()}
        ours["settings"] = {n: known.get(n) for n in record.effects["settings"]} | ours["settings"]
    else:
        found = gathered(session, case, record.given, bare[1])
        ours = own_facts(session.root, found.dump["settings"], case, record.judge, texts)
    unlisted = {}
    for place, pair in differences(record.effects, ours).items():
        listed = [number for number, d in enumerate(LISTED) if covers(d, case, place, pair)]
        FOUND.update(listed)
        if not listed and place not in record.varies:
            unlisted[place] = pair
    COMPARED.add(case.name)
    assert not unlisted, "\n".join(told(place, *pair, texts) for place, pair in unlisted.items())


def test_nothing_is_listed_that_is_the_same() -> None:
    """Where all cases were compared."""
    if {name for name, case in CASES.items() if not _recorded(case).fails} <= COMPARED:
        assert [d["places"] for number, d in enumerate(LISTED) if number not in FOUND] == []


def test_a_loss_is_seen(
    with_plugins: Callable[[Iterable[Release]], CompatSession], bare: tuple[Gathered, Path]
) -> None:
    """The comparison itself: a missing file, one that is another, a patch that is not in its place."""
    case, texts = CASES["input-beginnings"], Texts()
    session = with_plugins(())
    found = gathered(session, case, {}, bare[1])
    before = changes(found, bare[0], texts)
    env = session.root / "env"
    (env / "plugins/beginnings/more.txt").unlink()
    (env / "plugins/beginnings/files/.kept").write_text("something else")
    (env / "apps/caddy/Caddyfile").write_text(bare[0].text("apps/caddy/Caddyfile"))
    after = changes(Gathered(session.root, session.root.parent / "dump.json", session.site), bare[0], texts)
    lost = differences(before, after)
    assert set(lost) == {
        "files: plugins/beginnings/files/.kept",
        "files: plugins/beginnings/more.txt",
        "patches: caddyfile #1 in",
    }
    assert not any(covers(listed, case, *item) for item in lost.items() for listed in LISTED)


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed["places"][0])
def test_users_can_read_of_each_difference(listed: dict[str, Any]) -> None:
    page = (REPOSITORY / "docs/reference/differences.md").read_text()
    assert listed["page"] in re.sub(r"\s+", " ", page)
    assert re.fullmatch(r"[A-Z].*\.", listed["why"])


def test_nothing_is_recorded_that_is_not_compared() -> None:
    assert {path.stem for path in RECORDS.iterdir()} == {*CASES}


def _recorded(case: Case) -> Record:
    record = Record.read(case)
    assert record, "pytest --record-effects"
    return record


def gathered(session: Session, case: Case, given: Mapping[str, Any], without: Path | None = None) -> Gathered:
    """Enable plugins in a project of ours with the same secrets, and ask the probe."""
    shutil.rmtree(session.root / "env", ignore_errors=True)  # not the folder itself: some plugins work in it
    session.root.mkdir(exist_ok=True)
    user = {**case.settings, **given, "PLUGINS": []}
    lines = [f"{name}: {json.dumps(value)}\n" for name, value in user.items()]  # in their order
    (session.root / "config.yml").write_text("".join(lines))
    install_inputs(case, session.plugins_root)
    if any(release.settings for release in case.releases):
        session.tutor("config", "save")  # one names a file of the environment
    session.tutor("plugins", "enable", *case.plugins, PROBED)
    dump = session.root.parent / "dump.json"
    session.tutor(PROBED, str(dump), *(["--without", str(without)] if without else []))
    return Gathered(session.root, dump, session.site)


def covers(listed: dict[str, Any], case: Case, place: str, pair: tuple[Any, Any]) -> bool:
    """Whether a listed difference is this one."""
    return (
        any(fnmatchcase(case.name, pattern) for pattern in listed.get("cases", ["*"]))
        and any(fnmatchcase(place, pattern) for pattern in listed["places"])
        and listed.get("there", pair[0]) == pair[0]
        and listed.get("here", pair[1]) == pair[1]
    )


def told(place: str, theirs: Any, ours: Any, texts: Texts) -> str:
    """A difference; with its lines while the incumbent is run, and only of what plugins alone have made."""
    if place.startswith("files: ") or not {str(theirs), str(ours)} <= texts.keys():
        return f"{place}: {json.dumps(theirs)} there, {json.dumps(ours)} here"
    lines = difflib.unified_diff(texts[theirs].splitlines(), texts[ours].splitlines(), "there", "here", n=1)
    return "\n".join([f"{place}:", *list(lines)[:40]])
