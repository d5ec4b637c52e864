"""pip and uv: which of them there is, and how it is asked. Argument lists only; a runner starts them."""

from __future__ import annotations

import importlib.metadata as importlib_metadata
import importlib.util
import os
import site
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Protocol

from tutor.__about__ import __version__
from tutor.exceptions import PluginError
from tutor.plugins.requirements import OURS, applying, canonical
from tutor.plugins.staged import Staged, describe, installed_packages, satisfied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from importlib.metadata import Distribution

    from packaging.requirements import Requirement

    from tutor.engines.run import Runner
    from tutor.plugins.wanted import Wanted

_VENV = "python3 -m venv ~/tutor && ~/tutor/bin/pip install tutor"


@dataclass(frozen=True, slots=True)
class Place:
    """Where packages go: the environment in which tutor runs.

    Args:
        folder: of packages.
        scripts: of commands.
        user: it is the user's folder of packages, beside a Python that is not theirs.
    """

    folder: Path
    scripts: Path
    user: bool = False


class Installer(Protocol):
    """Fetches and installs packages."""

    @property
    def name(self) -> str:
        """What it is called."""

    def stage(self, wanted: Sequence[Wanted], work: Path) -> dict[str, Staged]:
        """Fetch packages and all that they require, except for tutor, and install nothing."""

    def install(self, packages: Sequence[Staged], work: Path) -> None:
        """Install exactly these packages."""

    def uninstall(self, packages: Sequence[str]) -> None:
        """Remove packages."""


def find_place() -> Place:
    """Where packages go.

    Raises:
        PluginError: nothing can be installed there; says why, and what to do.
    """
    if getattr(sys, "frozen", False):
        raise _closed(
            "tutor is a single file here, to which no package can be added", f"to use plugins: {_VENV}"
        )
    place = _place()
    if place.user:
        return place
    stdlib = Path(sysconfig.get_path("stdlib"))
    managed = sys.prefix == sys.base_prefix and (stdlib / "EXTERNALLY-MANAGED").is_file()
    if managed and not os.environ.get("PIP_BREAK_SYSTEM_PACKAGES"):
        raise _closed(
            "this Python belongs to the operating system, which installs its packages itself",
            f"run tutor in an environment of its own: {_VENV}",
        )
    if not os.access(place.folder, os.W_OK):
        raise _closed(
            f"{place.folder} cannot be written",
            f"ls -ld {quote(str(place.folder))}, or run tutor in an environment of its own: {_VENV}",
        )
    return place


def _place() -> Place:
    user = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    try:
        ours = os.path.abspath(str(importlib_metadata.distribution("tutor").locate_file("")))
    except importlib_metadata.PackageNotFoundError:
        ours = None  # run from its source
    if user is not None and ours == os.path.abspath(user):
        return Place(Path(user), Path(site.getuserbase()) / "bin", user=True)
    return Place(Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("scripts")))


def _closed(why: str, hint: str) -> PluginError:
    return PluginError(f"Packages cannot be installed: {why}", where=sys.prefix, hint=hint)


def find_installer(runner: Runner, place: Place, progress: Callable[[str], None] | None = None) -> Installer:
    """pip where it is there, else uv.

    Raises:
        PluginError: there is neither.
    """
    if importlib.util.find_spec("pip") is not None:
        return Pip(runner, place, progress)
    from shutil import which

    uv = which("uv")
    if uv is not None:
        return Uv(runner, place, progress, uv)
    raise PluginError(
        "Packages cannot be installed: there is neither pip nor uv",
        where=sys.prefix,
        hint=f"{sys.executable} -m ensurepip",
    )


@dataclass(frozen=True, slots=True)
class Pip:
    """The pip of our own environment, of any version."""

    runner: Runner
    place: Place
    progress: Callable[[str], None] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return "pip"

    def stage(self, wanted: Sequence[Wanted], work: Path) -> dict[str, Staged]:
        """Fetch packages and what they require as wheels.

        What is made for tutor is fetched without its requirements, which are then looked at one by
        one: its own pip would not go on past a tutor of another version. The rest pip resolves itself.

        Raises:
            PluginError: one cannot be found, built or resolved.
        """
        installed = installed_packages()
        guests = {s.key: s for s in self._fetch_wanted(wanted, work / "wanted")}
        ordinary: dict[str, _Required] = {}
        level, depth = _open_requirements(guests.values(), {*guests}, installed), 0
        while level:
            depth += 1
            folder = work / f"required-{depth}"
            self._wheel(["--no-deps", *(r.text for r in level.values())], folder, _label(level.values()))
            found = {s.key: s for s in map(_read_wheel, sorted(folder.glob("*.whl")))}
            fresh = {key: package for key, package in found.items() if package.is_guest}
            ordinary |= {key: required for key, required in level.items() if key not in fresh}
            guests |= fresh
            level = _open_requirements(fresh.values(), {*guests, *ordinary}, installed)
        staged = dict(guests)
        if ordinary:
            folder = work / "ordinary"
            constraints = ["--constraint", str(_constraints(work))]
            texts = [required.text for required in ordinary.values()]
            self._wheel([*constraints, *texts], folder, _label(ordinary.values()))
            for wheel in sorted(folder.glob("*.whl")):
                package = _read_wheel(wheel)
                if package.key in OURS:
                    wheel.unlink()
                else:
                    staged.setdefault(package.key, package)
        return staged

    def install(self, packages: Sequence[Staged], work: Path) -> None:
        """Install the wheels that were fetched.

        Raises:
            PluginError: pip failed; what it has done by then is for the caller to undo.
        """
        links = [word for f in sorted(work.iterdir()) if f.is_dir() for word in ("--find-links", str(f))]
        # What is built once more, from a folder, may need a builder from the registry.
        built = any(p.wanted and p.wanted.direct and not p.wanted.argument.endswith(".whl") for p in packages)
        options = ["--no-deps", "--force-reinstall", *([] if built else ["--no-index"]), *links]
        user = ["--user"] if self.place.user else []
        arguments = [word for package in packages for word in package.arguments]
        self._run(["install", *options, *user, *arguments], ", ".join(p.title for p in packages))

    def uninstall(self, packages: Sequence[str]) -> None:
        """Remove packages.

        Raises:
            PluginError: pip refuses.
        """
        self._run(["uninstall", "--yes", *packages], ", ".join(packages), "uninstalled")

    def _fetch_wanted(self, wanted: Sequence[Wanted], folder: Path) -> list[Staged]:
        found = []
        # Each in a folder of its own: the wheel of a URL does not tell which URL it was.
        for number, want in enumerate(wanted):
            inner = folder.with_name(f"{folder.name}-{number}")
            self._wheel(["--no-deps", want.argument], inner, want.label)
            found += [_read_wheel(path, want) for path in sorted(inner.glob("*.whl"))]
        return found

    def _wheel(self, arguments: Sequence[str], folder: Path, label: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._run(["wheel", "--wheel-dir", str(folder), *arguments], label)

    def _run(self, arguments: Sequence[str], label: str, what: str = "installed") -> None:
        base = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        _run(self.runner, [*base, *arguments], label, what, self.progress)


@dataclass(frozen=True, slots=True)
class Uv:
    """uv, which can leave out requirements on tutor itself."""

    runner: Runner
    place: Place
    progress: Callable[[str], None] | None = None
    path: str = "uv"

    @property
    def name(self) -> str:
        """What it is called."""
        return "uv"

    def stage(self, wanted: Sequence[Wanted], work: Path) -> dict[str, Staged]:
        """Unpack packages and what they require into a folder of their own.

        Raises:
            PluginError: one cannot be found, built or resolved.
        """
        found: dict[str, Staged] = {}
        overrides = work / "overrides.txt"
        overrides.write_text("".join(f'{name} ; python_version < "3"\n' for name in sorted(OURS)))
        files = ["--overrides", str(overrides), "--constraints", str(_constraints(work))]
        # First one by one without requirements: what is in a folder does not tell who asked for it.
        names = {}
        for number, want in enumerate(wanted):
            folder = work / f"wanted-{number}"
            self._install(["--target", str(folder), "--no-deps", want.argument], want.label)
            for distribution in importlib_metadata.distributions(path=[str(folder)]):
                names[canonical(distribution.metadata["Name"])] = want
        folder = work / "all"
        arguments = [want.argument for want in wanted]
        self._install(["--target", str(folder), *files, *arguments], ", ".join(w.label for w in wanted))
        for distribution in importlib_metadata.distributions(path=[str(folder)]):
            package = describe(distribution, names.get(canonical(distribution.metadata["Name"])))
            found[package.key] = package
        return found

    def install(self, packages: Sequence[Staged], work: Path) -> None:  # noqa: ARG002 (uv has its own cache)
        """Install packages.

        Raises:
            PluginError: uv failed; what it has done by then is for the caller to undo.
        """
        arguments = [word for package in packages for word in package.arguments]
        title = ", ".join(p.title for p in packages)
        self._install(["--python", sys.executable, "--no-deps", "--reinstall", *arguments], title)

    def uninstall(self, packages: Sequence[str]) -> None:
        """Remove packages.

        Raises:
            PluginError: uv refuses.
        """
        argv = [self.path, "pip", "uninstall", "--python", sys.executable, *packages]
        _run(self.runner, argv, ", ".join(packages), "uninstalled", self.progress)

    def _install(self, arguments: Sequence[str], label: str) -> None:
        target = [] if "--python" in arguments else ["--python", sys.executable]
        _run(
            self.runner, [self.path, "pip", "install", *target, *arguments], label, "installed", self.progress
        )


def _run(
    runner: Runner, argv: Sequence[str], label: str, what: str, progress: Callable[[str], None] | None
) -> None:
    result = runner.tail(argv, line=progress)
    if result.code == 0:
        return
    raise PluginError(
        f"{label} cannot be {what}; nothing was changed",
        where="pip" if "-m" in argv else "uv",
        excerpt=_reason(result.output) or f"exit code {result.code}",
        hint="check the name, the version and the network, then run the command again",
    )


def _reason(output: str) -> str:
    """What an installer says about a failure, without its advice."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    first = next((n for n, line in enumerate(lines) if line.lower().startswith("error: ")), None)
    if first is None:
        return "\n".join(lines[-12:])
    told = []
    for line in lines[first:]:
        if line.startswith("To fix this"):
            break
        told.append(line.removeprefix("ERROR: ").removeprefix("error: "))
    return "\n".join(told[-12:])


def _constraints(work: Path) -> Path:
    """What has to stay true of the environment: this tutor, and what it requires itself."""
    path = work / "constraints.txt"
    lines = [f"tutor=={__version__}"]
    ours = installed_packages().get("tutor")
    if ours is not None:
        lines += [f"{r.name}{r.specifier}" for r in applying(ours.requires) if r.specifier]
    path.write_text("\n".join(lines) + "\n")
    return path


@dataclass(frozen=True, slots=True)
class _Required:
    """A package that others require.

    Args:
        name: of the package.
        text: the requirement.
        by: who requires it.
    """

    name: str
    text: str
    by: tuple[str, ...]


def _label(requirements: Iterable[_Required]) -> str:
    return ", ".join(f"{r.name} (required by {' and '.join(r.by)})" for r in requirements)


def _open_requirements(
    packages: Iterable[Staged], known: set[str], installed: Mapping[str, Distribution]
) -> dict[str, _Required]:
    """What packages require and is neither fetched nor installed, by name."""
    found: dict[str, list[Requirement]] = {}
    users: dict[str, list[str]] = {}
    for package in packages:
        for requirement in package.applying():
            name = canonical(requirement.name)
            if name not in known and not satisfied(requirement, installed):
                found.setdefault(name, []).append(requirement)
                users.setdefault(name, []).append(package.name)
    return {
        name: _Required(name, _merged(requirements), tuple(dict.fromkeys(users[name])))
        for name, requirements in found.items()
    }


def _merged(requirements: list[Requirement]) -> str:
    """Several requirements of one package as one."""
    first = requirements[0]
    if any(r.url for r in requirements):
        return next(f"{r.name} @ {r.url}" for r in requirements if r.url)
    extras = sorted({extra for r in requirements for extra in r.extras})
    specifiers = ",".join(dict.fromkeys(str(r.specifier) for r in requirements if r.specifier))
    return first.name + (f"[{','.join(extras)}]" if extras else "") + specifiers


def _read_wheel(path: Path, wanted: Wanted | None = None) -> Staged:
    with zipfile.ZipFile(path) as archive:
        names = {name.split("/")[0] for name in archive.namelist()}
        info = next(name for name in names if name.endswith(".dist-info"))
        return describe(importlib_metadata.PathDistribution(zipfile.Path(archive, f"{info}/")), wanted)
