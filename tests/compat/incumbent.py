"""What the incumbent makes of published plugins: recorded in tests/data/effects.

To record it anew, which installs and runs it: ``pytest tests/compat/test_effects.py --record-effects``; some
of it, with ``-k``.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from packaging.requirements import Requirement

from benchmarks import measure
from benchmarks.published import link
from benchmarks.subjects import PEER, incumbent
from tests.compat.effects import Facts, Gathered, Texts, changes, differences
from tests.compat.packages import distributions, newest, releases
from tests.kit import DATA
from tutor.__about__ import __interface_version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.subjects import Project
    from tests.compat.packages import Release

RECORDS = DATA / "effects"
PROBE = Path(__file__).parent / "probe.py"
#: The probe's name as a plugin, and of its command.
PROBED = "effects"
SECRETS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "secrets.yml").read_text())
#: Plugins of ours, each in a folder of its name.
INPUTS = DATA / "plugins"
#: Sets of plugins that are enabled together: name → names of packages and inputs.
SETS: dict[str, dict[str, list[str]]] = yaml.safe_load((Path(__file__).parent / "sets.yml").read_text())
#: Releases of the incumbent before `PEER`, the newest first, and what has to be installed beside them today.
OLD = (
    ("tutor==18.2.2",),
    ("tutor==15.3.9",),
    ("tutor==14.2.5", "setuptools<81"),
    ("tutor==13.3.2", "setuptools<81"),
    ("tutor==12.2.0", "setuptools<81", "click<8.2"),
    ("tutor-openedx==12.2.0", "setuptools<81", "click<8.2"),
    ("tutor-openedx==11.3.1", "setuptools<81", "click<8.2"),
    ("tutor-openedx==10.5.5", "setuptools<81"),
    ("tutor-openedx==3.12.6", "setuptools<81", "click<8.2"),
)
#: Prints the settings of a project of an old release.
_SETTINGS = """
import contextlib, json, sys
from tutor import config, env
with contextlib.suppress(ImportError):
    from tutor import hooks
    from tutor.commands import cli
    hooks.Actions.CORE_READY.do()
    hooks.Actions.PROJECT_ROOT_READY.do(sys.argv[1])
found = getattr(config, "load_full", config.load)(sys.argv[1])
print(json.dumps({n: env.render_str(found, v) if isinstance(v, str) else v for n, v in found.items()}))
"""


@dataclass(frozen=True)
class Case:
    """Plugins that are enabled together.

    Args:
        name: of the release, or of the set.
        releases: those whose plugins are enabled, in this order.
        inputs: plugins of ours that are enabled after them.
    """

    name: str
    releases: tuple[Release, ...] = ()
    inputs: tuple[str, ...] = ()

    @property
    def plugins(self) -> list[str]:
        """Names of the plugins."""
        return [*(release.name for release in self.releases), *self.inputs]

    def allows(self, requirement: str) -> bool:
        """Whether the packages were made for a release of the incumbent."""
        package, _, version = requirement.partition("==")
        wanted = [
            parsed
            for release in self.releases
            for distribution in distributions(release.folder)
            for parsed in map(Requirement, distribution.requires or ())
            if parsed.name in ("tutor", "tutor-openedx")
        ]
        return all(parsed.name == package and parsed.specifier.contains(version) for parsed in wanted)

    @property
    def settings(self) -> dict[str, Any]:
        """What a user has in ``config.yml`` before."""
        return SECRETS | {name: value for release in self.releases for name, value in release.settings}


@dataclass
class Record:
    """What the incumbent makes of plugins.

    Args:
        judge: which release of it.
        given: settings that it generated or had, and that others have to be given.
        effects: what changes by the plugins.
        varies: places of the effects that are different each time.
        fails: what it says when it cannot save.
    """

    judge: str
    given: dict[str, Any] = field(default_factory=dict)
    effects: Facts = field(default_factory=dict)
    varies: list[str] = field(default_factory=list)
    fails: str | None = None

    @classmethod
    def read(cls, case: Case) -> Record | None:
        """What is recorded."""
        path = RECORDS / f"{case.name}.json"
        return cls(**json.loads(path.read_text())) if path.is_file() else None

    def write(self, case: Case) -> None:
        """Record it."""
        RECORDS.mkdir(exist_ok=True)
        content = {key: value for key, value in dataclasses.asdict(self).items() if value}
        (RECORDS / f"{case.name}.json").write_text(json.dumps(content, indent=1) + "\n")


def cases() -> list[Case]:
    """Every release alone, but for those that it builds on; and the sets."""
    known = releases()
    able = {pin: release for pin, release in known.items() if not (release.cannot or release.uninstallable)}
    found = [Case(pin, (*(known[p] for p in r.companions), r)) for pin, r in able.items()]
    latest = {release.package: release for release in newest(able.values())}
    for name, facts in SETS.items():
        packages = tuple(latest[package] for package in facts.get("packages", ()))
        found.append(Case(name, packages, tuple(facts.get("inputs", ()))))
    return found


def install_inputs(case: Case, plugins_root: Path) -> None:
    """Put the probe and the plugins of ours into a folder of plugins."""
    shutil.copy(PROBE, plugins_root / f"{PROBED}.py")
    for name in case.inputs:
        shutil.copytree(INPUTS / name, plugins_root, dirs_exist_ok=True)


class Judges:
    """Runs the incumbent.

    Args:
        folder: where its projects are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bare: Gathered | None = None

    def record(self, case: Case, texts: Texts) -> Record:
        """What the newest release makes of plugins that can save with them, whole or in part."""
        found = self._by_the_newest(case, texts)
        if found.fails and case.releases:
            # They were made for the oldest that they allow.
            for requirements in [judge for judge in reversed(OLD) if case.allows(judge[0])][:3]:
                older = self._by_an_old_one(case, requirements, texts)
                if not older.fails:
                    return older
        return found

    def _by_the_newest(self, case: Case, texts: Texts) -> Record:
        if self._bare is None:
            self._bare = self._saved(self._project(Case("bare")), ())
        project = self._project(case)
        try:
            found = self._saved(project, case.plugins)
            missing = {*case.plugins} - {*found.dump["others"]["loaded"]}
            if missing:
                return Record(PEER, fails=f"not loaded: {', '.join(sorted(missing))}")
            effects = changes(found, self._bare, texts)
            known = {*case.settings, *self._bare.user}
            given = {name: value for name, value in found.user.items() if name not in known}
            again = changes(self._saved(project, ()), self._bare, texts)
        except SystemExit as error:
            return Record(PEER, fails=str(error))
        finally:
            shutil.rmtree(project.folder)
        return Record(PEER, given, effects, list(differences(effects, again)))

    def _by_an_old_one(self, case: Case, requirements: tuple[str, ...], texts: Texts) -> Record:
        """By a release that has no hooks, or others: settings and files of the plugins alone."""
        judge = requirements[0]
        try:
            project = self._project(case, requirements)
            _run(project, "plugins", "enable", *case.plugins)
            _run(project, "config", "save")
        except SystemExit as error:
            return Record(judge, fails=str(error))
        words = [str(project.program.python), "-c", _SETTINGS, str(project.root)]
        done = subprocess.run(words, env=project.env(), capture_output=True, text=True, check=False)
        if done.returncode:
            return Record(judge, fails=_last_line(done.stderr))
        settings = json.loads(done.stdout)
        effects = own_facts(project.root, settings, case, judge, texts)
        shutil.rmtree(project.folder)
        return Record(judge, {n: v for n, v in settings.items() if n not in case.settings}, effects)

    def _project(self, case: Case, requirements: tuple[str, ...] = (PEER,)) -> Project:
        program = incumbent(*requirements)
        folder = self._folder / requirements[0] / case.name
        link(case.releases, folder / "site", [program])
        project = program.on(folder, folder / "site", case.settings | {"PLUGINS": []})
        project.begin_anew()
        install_inputs(case, project.folder / "plugins")
        _run(project, "config", "save")
        return project

    def _saved(self, project: Project, plugins: Iterable[str]) -> Gathered:
        """Enable plugins, save, and ask what became of it."""
        dump, bare = project.folder / "dump.json", self._folder / PEER / "bare" / "theirs" / "dump.json"
        without = ["--without", str(bare)] if self._bare else []
        enable = ["plugins", "enable", *plugins, PROBED]
        for words in (enable, ["config", "save"], [PROBED, str(dump), *without]):
            _run(project, *words)
        assert project.site
        return Gathered(project.root, dump, project.site)


def own_facts(root: Path, settings: Mapping[str, Any], case: Case, judge: str, texts: Texts) -> Facts:
    """The plugins' own settings and files: what can be compared with releases that are otherwise different.

    Args:
        root: of a saved project.
        settings: all, rendered.
        case: the plugins.
        judge: the release that is compared with: templates may tell its version, and ours.
        texts: gets the long texts.
    """

    versions = re.compile("|".join(map(re.escape, (judge.partition("==")[2], __interface_version__))))

    def short(value: Any) -> Any:
        return texts.short(versions.sub("VERSION", value) if isinstance(value, str) else value)

    prefixes = tuple(f"{name.upper().replace('-', '_')}_" for name in case.plugins)
    folder = root / "env" / "plugins"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {
        "settings": {name: short(v) for name, v in sorted(settings.items()) if name.startswith(prefixes)},
        "files": {
            path: short(content.decode("utf-8", "surrogateescape").rstrip("\n"))
            for path, content in contents.items()
        },
    }


def _run(project: Project, *words: str) -> None:
    """Run a command in the folder of its project: some plugins look there for files."""
    command = project.tutor(*words)
    words = ("env", f"--chdir={project.root}", *command.words)
    try:
        measure.run(dataclasses.replace(command, words=words), 0)
    except SystemExit as error:
        raise SystemExit(_last_line(str(error))) from None


def _last_line(text: str) -> str:
    """The end of what a program says, without places: what stands before may be lines of its source."""
    return re.sub(r"\s*\(?/[^\s)]*\)?", "", (text.strip().splitlines() or [""])[-1])
