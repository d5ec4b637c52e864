"""The published plugins that are tested: which there are, and how they get onto this machine."""

from __future__ import annotations

import concurrent.futures
import fcntl
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.kit import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable

LIST = Path(__file__).parent / "packages.yml"
CACHE = REPOSITORY / ".cache" / "compat"
#: Downloads at a time: registries are shared.
PARALLEL = 2
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Release:
    """One release of a published plugin.

    Args:
        package: its name in the registry.
        version: of the package.
        companions: releases that are enabled before it.
        settings: those that it needs before it can be enabled: name → value.
        cannot: why it cannot work, if so.
        error: what the error says then, a regular expression.
        uninstallable: why it cannot even be installed, if so.
        apart: why it is not enabled together with all others, if so.
        unbuildable: images that it declares and has nothing to build from.
    """

    package: str
    version: str
    companions: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    cannot: str | None = None
    error: str | None = None
    uninstallable: str | None = None
    apart: str | None = None
    unbuildable: tuple[str, ...] = ()

    @property
    def pin(self) -> str:
        """The requirement that gives this release."""
        return f"{self.package}=={self.version}"

    @property
    def folder(self) -> Path:
        """Where it is installed, alone."""
        return CACHE / self.pin / "plugin"

    @property
    def requirements(self) -> Path:
        """Where the packages that it requires are installed."""
        return CACHE / self.pin / "requirements"

    @property
    def name(self) -> str:
        """The name under which it is enabled."""
        return self._entry_point.name

    @property
    def api(self) -> str:
        """The API that its entry point is of."""
        return self._entry_point.group.removeprefix("tutor.plugin.")

    @property
    def _entry_point(self) -> metadata.EntryPoint:
        for distribution in distributions(self.folder):
            for point in distribution.entry_points:
                if point.group.startswith("tutor.plugin."):
                    return point
        raise LookupError(f"{self.pin} declares no plugin")


def distributions(folder: Path) -> list[metadata.Distribution]:
    """What is installed in a folder; no finder is asked, tests put their own in place."""
    return [metadata.Distribution.at(path) for path in folder.glob("*.dist-info")]


def releases() -> dict[str, Release]:
    """All releases of the list, by ``PACKAGE==VERSION``."""
    content: dict[str, dict[str, dict[str, Any] | None]] = yaml.safe_load(LIST.read_text())
    found = {}
    for package, versions in content.items():
        for version, given in versions.items():
            facts = given or {}
            release = Release(
                package,
                version,
                tuple(facts.get("with", ())),
                tuple((name, str(value)) for name, value in facts.get("set", {}).items()),
                facts.get("cannot"),
                facts.get("error"),
                facts.get("uninstallable"),
                facts.get("apart"),
                tuple(facts.get("unbuildable", ())),
            )
            found[release.pin] = release
    return found


def newest(found: Iterable[Release]) -> list[Release]:
    """The newest release of each package."""
    best: dict[str, Release] = {}
    for release in found:
        known = best.get(release.package)
        if known is None or _numbers(release.version) > _numbers(known.version):
            best[release.package] = release
    return list(best.values())


def fetch(wanted: Iterable[Release]) -> dict[str, str]:
    """Install releases that are not in the cache.

    Returns:
        What the installer said about those that cannot be installed, by ``PACKAGE==VERSION``.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock, concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests may run twice at the same time
        missing = {r.pin: r for r in wanted if not (CACHE / r.pin).is_dir()}
        known = {pin: _failure(pin).read_text() for pin, r in missing.items() if _failed_before(r)}
        missing = {pin: r for pin, r in missing.items() if pin not in known}
        answers = pool.map(_install, missing.values())
        failed = {pin: answer for pin, answer in zip(missing, answers, strict=True) if answer}
        for pin, answer in failed.items():
            _failure(pin).write_text(answer)
        return known | failed


def _failure(pin: str) -> Path:
    """What the installer said, for releases that cannot be installed: compiling them takes a while."""
    return CACHE / f"{pin}.failed"


def _failed_before(release: Release) -> bool:
    return release.uninstallable is not None and _failure(release.pin).is_file()


def _install(release: Release) -> str:
    """Install one release and what it requires; what we provide and other plugins left out."""
    folder = CACHE / f"{release.pin}.part"
    shutil.rmtree(folder, ignore_errors=True)
    # Most of the old ones are source packages. They build with the setuptools that is here: an
    # environment for each would take most of the time.
    target = ("--no-deps", "--target", str(folder / "plugin"))
    failure = _pip(*target, "--no-build-isolation", release.pin)
    if failure:
        shutil.rmtree(folder, ignore_errors=True)
        failure = _pip(*target, release.pin)  # it builds with something else
    if failure:
        return failure
    required = []
    for distribution in distributions(folder / "plugin"):
        for requirement in distribution.requires or ():
            name = _NAME.match(requirement)
            if name and not name[0].lower().startswith("tutor") and not _needless(name[0], requirement):
                required.append(requirement)
    if required:
        failure = _pip("--target", str(folder / "requirements"), *required)
        if failure:
            return failure
    folder.rename(CACHE / release.pin)
    return ""


def _needless(name: str, requirement: str) -> bool:
    """Whether a requirement is optional, or comes with us."""
    if "extra ==" in requirement:
        return True
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # An older pip, such as Debian's, installs source packages in a way of its own otherwise.
    done = subprocess.run(
        [*command, "--use-pep517", "--no-compile", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
    )
    return done.stderr.strip() if done.returncode else ""


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
