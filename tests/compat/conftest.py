"""Fixtures of the tests with published plugins: each is installed alone, and what came of it is recorded."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.compat.packages import Release, fetch, releases
from tests.kit import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: What became of each release. The page of the documentation is made from it.
RESULTS = Path(__file__).parent / "results.json"


@dataclass
class CompatSession(Session):
    """A session on a project for which published plugins are installed."""

    requirements: list[Path] = field(default_factory=list)

    def variables(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process; what plugins require is on the path, behind everything else."""
        found = super().variables(extra)
        found.setdefault("TESTS_SITE", str(self.site))
        found["PYTHONPATH"] = os.pathsep.join([found["PYTHONPATH"], *map(str, self.requirements)])
        return found


@pytest.fixture(scope="session")
def failed_installs() -> dict[str, str]:
    """Install everything that is not in the cache; what could not be installed, and why."""
    return fetch(releases().values())


@pytest.fixture
def with_plugins(
    session: Session, failed_installs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Iterable[Release]], CompatSession]:
    """A saved project, and some releases installed."""

    def make(wanted: Iterable[Release]) -> CompatSession:
        made = CompatSession(session.root, session.plugins_root, session.site)
        # Some read and write files in the folder in which the command runs.
        monkeypatch.chdir(session.root)
        for release in wanted:
            assert release.pin not in failed_installs, failed_installs[release.pin]
            # Links, so that every module of a plugin lies below one folder and is forgotten afterwards.
            for path in release.folder.iterdir():
                if path.name != "bin" and not (made.site / path.name).exists():
                    (made.site / path.name).symlink_to(path)
            if release.requirements.is_dir():
                made.requirements.append(release.requirements)
        # A module that one of them imports adds its own way of finding what is installed.
        monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
        # Extension modules cannot be imported twice: what plugins require stays imported.
        monkeypatch.setattr(sys, "path", [*sys.path, *map(str, made.requirements)])
        return made

    return make


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Callable[[Release, dict[str, Any]], None]:
    """Compare what became of a release with what is recorded, or record it (--update-golden)."""

    def record(release: Release, outcome: dict[str, Any]) -> None:
        known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        if request.config.getoption("--update-golden"):
            known = {pin: facts for pin, facts in known.items() if pin in releases()} | {release.pin: outcome}
            RESULTS.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
            return
        assert known.get(release.pin) == outcome, "run pytest --update-golden, then read the difference"

    return record


@pytest.fixture(scope="session", autouse=True)
def _no_leftovers() -> None:
    """Remove what an interrupted installation left in the cache."""
    for folder in (RESULTS.parent.parent.parent / ".cache" / "compat").glob("*.part"):
        shutil.rmtree(folder, ignore_errors=True)
