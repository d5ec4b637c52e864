"""Installing: which installer is asked for what, what is refused, and how it is undone."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import site as site_module
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import fingerprint, write
from tutor.engines.run import Call, RecordingRunner, Result
from tutor.exceptions import PluginError
from tutor.plugins.installers import Pip, Place, Uv, find_installer, find_place
from tutor.plugins.installing import Installation, install
from tutor.plugins.staged import Staged, conflicts, needed, satisfied
from tutor.plugins.wanted import Wanted, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import Distribution


@dataclasses.dataclass
class Package:
    """An installed package, as far as it matters."""

    name: str
    version: str
    requires: Sequence[str] = ()

    @property
    def metadata(self) -> dict[str, str]:
        """Its metadata."""
        return {"Name": self.name}


def world(*packages: Package) -> dict[str, Distribution]:
    """Installed packages by name."""
    return {p.name: p for p in packages}  # type: ignore[misc]


def staged(
    name: str, version: str = "1.0", *requires: str, plugin: str | None = None, asked: bool = False
) -> Staged:
    """A package that could be installed."""
    plugins = (("v1", plugin),) if plugin else ()
    return Staged(name, version, tuple(requires), plugins, wanted=Wanted(name, name, name) if asked else None)


def test_only_what_is_missing_is_needed() -> None:
    """What is there and fits stays as it is, with all that it requires; tutor is never needed."""
    installed = world(Package("here", "1.5", ["deep>=1"]), Package("deep", "1.0"), Package("old", "1.0"))
    found = {
        s.key: s
        for s in (
            staged(
                "tutor-x",
                "1.0",
                "here>=1",
                "old>=2",
                "tutor<22",
                "tutor-openedx",
                "new",
                plugin="x",
                asked=True,
            ),
            staged("here", "2.0"),
            staged("deep", "2.0"),
            staged("old", "2.0"),
            staged("new", "1.0", "tutor>=1", "old"),
            staged("tutor", "21.0"),
        )
    }
    assert [s.title for s in needed(found, installed)] == ["tutor-x 1.0", "old 2.0", "new 1.0"]


def test_satisfied_looks_at_all_that_is_required() -> None:
    """A package whose own requirement is missing is not good enough."""
    (requirement,) = staged("x", "1", "here").applying()
    assert satisfied(requirement, world(Package("here", "1", ["here", "tutor>=99"])))
    assert not satisfied(requirement, world(Package("here", "1", ["gone"])))
    assert not satisfied(requirement, world())


def test_conflicts() -> None:
    """With what is there, and among the new ones; not those that there were already."""
    installed = world(
        Package("tutor", "22.1.0", ["click>=8.1"]), Package("sad", "1", ["lib<1"]), Package("lib", "1.0")
    )
    new = [staged("click", "7.0"), staged("lib", "2.0"), staged("tutor-x", "1", "lib<2", "tutor<22")]
    assert list(conflicts(new, installed)) == [
        "tutor 22.1.0 requires click>=8.1, not click 7.0",
        "tutor-x 1 requires lib<2, not lib 2.0",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tutor-x", Wanted("tutor-x", "tutor-x", "tutor-x")),
        ("Tutor_X[a]>=1", Wanted("Tutor_X[a]>=1", "Tutor_X[a]>=1", "tutor-x", ("a",))),
        (
            "x @ https://e.com/x.whl",
            Wanted("x @ https://e.com/x.whl", "x @ https://e.com/x.whl", "x", direct=True),
        ),
        ("git+https://e.com/x", Wanted("git+https://e.com/x", "git+https://e.com/x", direct=True)),
        (
            "-e git+https://e.com/x",
            Wanted("-e git+https://e.com/x", "git+https://e.com/x", direct=True, editable=True),
        ),
    ],
)
def test_parse(text: str, expected: Wanted) -> None:
    """What pip takes."""
    assert parse(text) == expected


def test_parse_paths(tmp_path: Path) -> None:
    """Paths are absolute, and start from the folder of the index that names them."""
    write(tmp_path / "p/pyproject.toml", "")
    write(tmp_path / "x.whl", "")
    (tmp_path / "empty").mkdir()
    found = parse("./p[dev, docs]", folder=tmp_path)
    assert (found.argument, found.extras, found.direct) == (f"{tmp_path}/p[dev, docs]", ("dev", "docs"), True)
    assert parse("-e p", folder=tmp_path).arguments == ["-e", f"{tmp_path}/p"]
    assert parse("x.whl", folder=tmp_path).argument == f"{tmp_path}/x.whl"
    with pytest.raises(PluginError, match=r"neither pyproject\.toml nor setup\.py"):
        parse("./empty", folder=tmp_path)
    with pytest.raises(PluginError, match="is not there"):
        parse("y.tar.gz", folder=tmp_path)


class Fake:
    """An installer that does something else."""

    name = "fake"

    def __init__(self, do: Any) -> None:
        self.do = do

    def stage(self, wanted: Sequence[Wanted], work: Path) -> dict[str, Staged]:
        """Nothing is fetched."""
        return {}

    def install(self, packages: Sequence[Staged], work: Path) -> None:
        """Do what the test wants."""
        self.do()

    def uninstall(self, packages: Sequence[str]) -> None:
        """Nothing is removed."""


@pytest.mark.parametrize("error", [PluginError("pip failed"), KeyboardInterrupt(), None])
def test_what_was_done_is_undone(tmp_path: Path, error: BaseException | None) -> None:
    """New files go, old ones come back, strangers' stay; also when the installer says that all is well."""
    folder, scripts = tmp_path / "site", tmp_path / "bin"
    scripts.mkdir()
    info = folder / "a-1.0.dist-info"
    write(folder / "a/__init__.py", "OLD = 1\n")
    write(folder / "a/gone.py", "")
    write(folder / "b/mine.txt", "a user's own")
    write(info / "METADATA", "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n")
    write(
        info / "RECORD",
        "a/__init__.py,,\na/gone.py,,\na-1.0.dist-info/METADATA,,\na-1.0.dist-info/RECORD,,\n",
    )
    before = fingerprint(folder, scripts)

    def half() -> None:
        shutil.rmtree(info)
        (folder / "a/gone.py").unlink()
        write(folder / "a/__init__.py", "NEW = 1\n")
        write(folder / "a/__pycache__/__init__.cpython-399.pyc", "")
        write(folder / "a-2.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: a\nVersion: 2.0\n")
        write(folder / "a-2.0.dist-info/RECORD", "a/__init__.py,,\na-2.0.dist-info/METADATA,,\n")
        write(folder / "b/__init__.py", "")
        write(folder / "b/c/__init__.py", "")
        write(scripts / "b", "")
        if error is not None:
            raise error

    new = [
        Staged("a", "2.0", (), (), ("a/__init__.py",)),
        Staged("b", "1.0", (), (), ("b/__init__.py", "b/c/__init__.py", "../../outside"), ("b",)),
    ]
    installation = Installation(tuple(new), {}, (), tmp_path / "work")
    with pytest.raises(type(error) if error else PluginError):
        install(installation, Fake(half), Place(folder, scripts))
    after = {k: v for k, v in fingerprint(folder, scripts).items() if "a-2.0" not in k}
    assert {k: v[1] for k, v in after.items()} == {k: v[1] for k, v in before.items()}
    assert not list(folder.glob("a-2.0*/*"))


def test_uv_is_told_to_leave_tutor_out(tmp_path: Path) -> None:
    """It has an option for that."""
    runner = RecordingRunner()
    uv = Uv(runner, Place(tmp_path, tmp_path), None, "/bin/uv")
    assert uv.stage([Wanted("x", "tutor-x>=1")], tmp_path) == {}
    first, second = (call.argv for call in runner.calls)
    assert first[:6] == ("/bin/uv", "pip", "install", "--python", sys.executable, "--target")
    assert first[-2:] == ("--no-deps", "tutor-x>=1")
    assert "--no-deps" not in second
    overrides = Path(second[second.index("--overrides") + 1]).read_text()
    assert overrides == 'tutor ; python_version < "3"\ntutor-openedx ; python_version < "3"\n'
    uv.install([staged("x", "1.5")], tmp_path)
    assert runner.calls[-1].argv[3:] == ("--python", sys.executable, "--no-deps", "--reinstall", "x==1.5")
    uv.uninstall(["x"])
    assert runner.calls[-1].argv[1:] == ("pip", "uninstall", "--python", sys.executable, "x")


def test_pip_installs_exactly_what_was_fetched(tmp_path: Path) -> None:
    """Without looking anything up once more."""
    runner = RecordingRunner()
    (tmp_path / "wanted-0").mkdir()
    Pip(runner, Place(tmp_path, tmp_path, user=True)).install([staged("x", "1.5")], tmp_path)
    (call,) = runner.calls
    assert call.argv[:3] == (sys.executable, "-m", "pip")
    links = ("--find-links", str(tmp_path / "wanted-0"))
    assert call.argv[5:] == (
        "install",
        "--no-deps",
        "--force-reinstall",
        "--no-index",
        *links,
        "--user",
        "x==1.5",
    )


def test_what_installers_say(tmp_path: Path) -> None:
    """The reason, without advice that does not fit; the end of the output where there is no reason."""

    def fail(_: Call) -> Result:
        return Result(
            1, "Collecting x\nERROR: no x\n\nThe conflict:\n    a\nTo fix this you could try\n1. x\n"
        )

    pip = Pip(RecordingRunner(fail), Place(tmp_path, tmp_path))
    with pytest.raises(PluginError, match="x cannot be uninstalled") as caught:
        pip.uninstall(["x"])
    assert caught.value.excerpt == "no x\nThe conflict:\n    a"
    uv = Uv(RecordingRunner(lambda _: Result(2, "")), Place(tmp_path, tmp_path))
    with pytest.raises(PluginError) as caught:
        uv.uninstall(["x"])
    assert caught.value.excerpt == "exit code 2"


def test_which_installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip of the environment, else uv, else a remedy."""
    place = Place(tmp_path, tmp_path)
    runner = RecordingRunner()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert find_installer(runner, place).name == "pip"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert find_installer(runner, place).name == "uv"
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(PluginError, match="neither pip nor uv") as caught:
        find_installer(runner, place)
    assert "ensurepip" in str(caught.value.hint)


def test_places_where_nothing_can_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence and a remedy for each."""
    paths = {"stdlib": str(tmp_path), "purelib": str(tmp_path / "site"), "scripts": str(tmp_path / "bin")}
    monkeypatch.setattr(sysconfig, "get_path", lambda name: paths[name])
    monkeypatch.setattr(os, "access", lambda path, _: str(path) != str(tmp_path / "site"))
    monkeypatch.setattr(site_module, "ENABLE_USER_SITE", False)
    with pytest.raises(PluginError, match=r"/site cannot be written"):
        find_place()
    write(tmp_path / "EXTERNALLY-MANAGED", "")
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(PluginError, match="belongs to the operating system") as caught:
        find_place()
    assert "python3 -m venv" in str(caught.value.hint)
    monkeypatch.setenv("PIP_BREAK_SYSTEM_PACKAGES", "1")
    paths["purelib"] = str(tmp_path / "other")
    assert find_place() == Place(tmp_path / "other", tmp_path / "bin")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(PluginError, match="single file"):
        find_place()
