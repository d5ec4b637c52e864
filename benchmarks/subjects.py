"""The two programs, each in an environment of its own: installed from the same index, nothing shared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REPOSITORY = Path(__file__).parent.parent
CACHE = REPOSITORY / ".cache" / "benchmarks"
#: The incumbent, as a black box.
PEER = "tutor==22.0.3"
_UNSET: Mapping[str, object] = {}
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Program:
    """One of the two.

    Args:
        name: ``theirs`` or ``ours``.
        python: of its environment.
    """

    name: str
    python: Path

    def on(self, folder: Path, site: Path | None = None, settings: Mapping[str, object] = _UNSET) -> Project:
        """A project for it below a folder.

        Args:
            folder: of the projects of both programs.
            site: where plugins are installed.
            settings: what the user has in ``config.yml``: which plugins are enabled, and what they need.
        """
        return Project(self, folder / self.name, site, settings)

    @property
    def site(self) -> Path:
        """Where its packages are."""
        return next((self.python.parent.parent / "lib").glob("python3*/site-packages"))


@dataclass(frozen=True)
class Project:
    """A project of one of the programs."""

    program: Program
    folder: Path
    site: Path | None
    settings: Mapping[str, object]

    @property
    def root(self) -> Path:
        """Where its settings and its environment are."""
        return self.folder / "root"

    def env(self) -> dict[str, str]:
        """The environment of its commands: nothing of the user's."""
        found = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TUTOR_ROOT": str(self.root),
            "TUTOR_PLUGINS_ROOT": str(self.folder / "plugins"),
        }
        return found | {"PYTHONPATH": str(self.site)} if self.site else found

    def tutor(
        self,
        *arguments: str,
        prepare: Callable[[], None] = lambda: None,
        allowed: tuple[int, ...] = (0,),
        variables: Mapping[str, str] = _NONE,
    ) -> measure.Command:
        """A command of it; ``{n}`` in an argument is the number of the run."""
        (self.folder / "plugins").mkdir(parents=True, exist_ok=True)
        words = (str(self.program.python.parent / "tutor"), *arguments)
        return measure.Command(words, self.env() | dict(variables), prepare, allowed)

    def works(self, *arguments: str) -> bool:
        """Whether a command succeeds."""
        try:
            measure.run(self.tutor(*arguments), 0)
        except SystemExit:
            return False
        return True

    def begin(self) -> None:
        """Leave nothing of the project but what the user has chosen; what is kept for the user stays."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(parents=True)
        if self.settings:
            lines = [f"{name}: {json.dumps(value)}\n" for name, value in self.settings.items()]
            (self.root / "config.yml").write_text("".join(lines))

    def save(self) -> None:
        """Make the project, for commands that want one.

        Raises:
            SystemExit: it cannot be saved.
        """
        self.begin()
        measure.run(self.tutor("config", "save"), 0)

    def begin_anew(self) -> None:
        """The same, where the user has nothing either."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "plugins").mkdir(parents=True)
        self.begin()


def programs() -> tuple[Program, Program]:
    """Install both, the incumbent once and this checkout anew.

    Raises:
        CalledProcessError: one cannot be installed.
    """
    ours = _environment("ours", (REPOSITORY / "pyproject.toml").read_text(), str(REPOSITORY))
    _pip(ours, "--force-reinstall", "--no-deps", str(REPOSITORY))
    return incumbent(), Program("ours", ours)


def incumbent(requirement: str = PEER, *beside: str) -> Program:
    """Install a release of the incumbent, once, and what has to be installed beside it.

    Raises:
        CalledProcessError: it cannot be installed.
    """
    name = "theirs" if requirement == PEER else requirement.replace("==", "-")
    return Program("theirs", _environment(name, "\n".join([requirement, *beside]), requirement, *beside))


def _environment(name: str, identity: str, *requirements: str) -> Path:
    """An environment with packages in it, made anew where its file ``installed`` says something else."""
    folder = CACHE / name
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.is_file() or stamp.read_text() != identity:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        _pip(python, *requirements)
        stamp.write_text(identity)
    return python


def _pip(python: Path, *arguments: str) -> None:
    pip = [str(python), "-m", "pip", "install", "-q", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, *arguments], check=True)
