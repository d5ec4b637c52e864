"""Real installations, by pip, into throw-away environments: all or nothing, and never of tutor."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tests.isolation import plugins
from tests.kit import ISOLATION, SOURCE, Result, Session, fingerprint, project_state, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    Golden = Callable[[Session], None]


@dataclasses.dataclass
class Environment(Session):
    """A session with an environment of its own, in which packages are really installed."""

    @property
    def folder(self) -> Path:
        """The environment."""
        return self.root.parent / "venv"

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        return next(self.folder.glob("lib/python*/site-packages"))

    @property
    def wheels(self) -> Path:
        """What the package registry is here."""
        return self.root.parent / "wheels"

    @property
    def cache(self) -> Path:
        """The user's folder for caches."""
        return self.root.parent / "cache"

    def process(
        self, *arguments: str, code: int = 0, env: Mapping[str, str] | None = None, timeout: float = 120
    ) -> Result:
        """Run a command with the tutor of the environment."""
        done = subprocess.run(
            [str(self.folder / "bin" / "python"), "-m", "tutor", *arguments],
            env={
                **{
                    k: v
                    for k, v in os.environ.items()
                    if not k.startswith(("PIP_", "UV_", "TUTOR_", "PYTHON"))
                },
                "PYTHONPATH": str(ISOLATION),
                plugins.VARIABLE: str(self.packages),
                "TUTOR_ROOT": str(self.root),
                "TUTOR_PLUGINS_ROOT": str(self.plugins_root),
                "XDG_CACHE_HOME": str(self.cache),
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.wheels),
                "COLUMNS": "80",
                **(env or {}),
            },
            cwd=self.root.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return self._record(arguments, Result(done.returncode, done.stdout, done.stderr), code)

    def normalised(self) -> str:
        """The transcript, without what differs from day to day and from Python to Python."""
        text = super().normalised().replace(datetime.now(timezone.utc).date().isoformat(), "TODAY")
        text = re.sub(r"[^\s(]+/tutor-fetched-\w+/plan/", "FETCHED/", text)
        return re.sub(r"lib/python[\d.]+/", "lib/python3/", text)

    def installed(self) -> dict[str, Any]:
        """Every file of the environment's packages and commands, but for what Python compiled."""
        found = fingerprint(self.folder / "lib", self.folder / "bin")
        return {k: v for k, v in found.items() if "__pycache__" not in k}

    def listed(self) -> dict[str, Any]:
        """Rows of `plugins list`, by name."""
        rows = json.loads(self.process("plugins", "list", "--json").out)["plugins"]
        self.transcript.clear()
        return {row["name"]: row for row in rows}


@pytest.fixture
def environment(session: Session) -> Environment:
    """An environment with this tutor in it, and no plugin."""
    found = Environment(session.root, session.plugins_root, session.site)
    # pip is that of the environment of the tests: making another one takes seconds.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(found.folder)], check=True)
    paths = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    (found.packages / "tests.pth").write_text("\n".join([*paths, str(SOURCE), ""]))
    found.wheels.mkdir()
    return found


def wheel(
    folder: Path,
    name: str,
    version: str = "1.0.0",
    *,
    requires: Iterable[str] = (),
    plugin: str | None = None,
    group: str = "tutor.plugin.v1",
    source: str = "",
) -> Path:
    """Make a wheel; with a plugin in it where one is named."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": source,
        f"{info}/METADATA": "\n".join(
            ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: The {name}"]
            + [f"Requires-Dist: {r}" for r in requires]
        )
        + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if plugin:
        files[f"{info}/entry_points.txt"] = f"[{group}]\n{plugin} = {module}\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, content in files.items():
            archive.writestr(inner, content)
    return path


#: A builder of wheels that needs nothing else: `wheel` without arguments.
BUILDER = """
import zipfile

def _build(folder, extra, name="{name}", version="{version}", module="{module}"):
    info = f"{{module}}-{{version}}.dist-info"
    files = {{
        f"{{info}}/METADATA": f"Metadata-Version: 2.1\\nName: {{name}}\\nVersion: {{version}}\\n",
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{{info}}/entry_points.txt": "[tutor.plugin.v1]\\n{plugin} = {module}\\n",
        **extra,
    }}
    files[f"{{info}}/RECORD"] = "".join(f"{{p}},,\\n" for p in [*files, f"{{info}}/RECORD"])
    file = f"{{module}}-{{version}}-py3-none-any.whl"
    with zipfile.ZipFile(f"{{folder}}/{{file}}", "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return file

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return _build(folder, {{"{module}.py": open("{module}.py").read()}})

def build_editable(folder, config_settings=None, metadata_directory=None):
    import os
    return _build(folder, {{"{module}.pth": os.getcwd() + "\\n"}})
"""


def source_folder(folder: Path, name: str, plugin: str, source: str = "", version: str = "1.0.0") -> Path:
    """Make a folder with a package to build."""
    module = name.replace("-", "_")
    write(
        folder / "pyproject.toml",
        '[build-system]\nrequires = []\nbuild-backend = "builder"\nbackend-path = ["."]\n',
    )
    builder = BUILDER.format(name=name, version=version, module=module, plugin=plugin)
    (folder / "builder.py").write_text(builder)
    (folder / f"{module}.py").write_text(source)
    return folder


PLUGIN = """
from tutor import hooks

hooks.Filters.CONFIG_DEFAULTS.add_items([("MYAPP_GREETING", "hello"), ("MYAPP_VERSION", "{version}")])
hooks.Filters.ENV_PATCHES.add_item(("lms-env", "MYAPP: true"))
"""
#: A plugin whose version is in a setting, and in a file.
SHOWN = """
from tutor import hooks

hooks.Filters.CONFIG_DEFAULTS.add_item(("{name}_VERSION", "{version}"))
hooks.Filters.ENV_PATCHES.add_item(("lms-env", "{name}: {{{{ {name}_VERSION }}}}"))
"""


def index(folder: Path, *entries: Mapping[str, str]) -> Path:
    """Make an index."""
    return write(folder / "verawood" / "plugins.yml", json.dumps(list(entries)))


def test_from_an_index_to_the_plugin_and_back(environment: Environment, golden: Golden) -> None:
    """Add an index, find a plugin, install it, enable it, upgrade it, and take everything away again."""
    session = environment
    before = session.installed()
    wheel(session.wheels, "tutor-myapp", plugin="myapp", source=PLUGIN.format(version="1.0.0"))
    entry = {
        "name": "myapp",
        "src": "tutor-myapp>=1,<3",
        "description": "Says hello.\nTwice.",
        "author": "Ann",
    }
    place = index(session.root.parent / "index", entry).parent.parent
    session.process("plugins", "search", code=1)
    session.process("plugins", "index", "add", str(place))
    session.process("plugins", "index", "list")
    session.process("plugins", "search", "HELLO")
    session.process("plugins", "show", "MyApp")
    session.process("plugins", "install", "myapp")
    session.process("plugins", "list")
    session.process("plugins", "install", "myapp")
    session.process("plugins", "enable", "myapp")
    session.process("plugins", "uninstall", "myapp", code=1)
    session.process("plugins", "upgrade", "myapp")
    wheel(session.wheels, "tutor-myapp", "2.0.0", plugin="myapp", source=PLUGIN.format(version="2.0.0"))
    wheel(session.wheels, "tutor-myapp", "3.0.0", plugin="myapp", source=PLUGIN.format(version="3.0.0"))
    session.process("plugins", "upgrade", "all")
    session.process("config", "printvalue", "MYAPP_VERSION")
    session.process("plugins", "disable", "myapp")
    session.process("plugins", "uninstall", "myapp")
    session.process("plugins", "index", "remove", str(place))
    assert session.installed() == before
    golden(session)


def test_an_upgrade_is_shown_before_it_is_made(environment: Environment, golden: Golden) -> None:
    """From the registry and from a folder, as the index says: nothing is installed, nothing is written."""
    session = environment
    one, two = ({v: SHOWN.format(name=n, version=v) for v in ("1.0.0", "2.0.0")} for n in ("ONE", "TWO"))
    wheel(session.wheels, "tutor-one", plugin="one", source=one["1.0.0"])
    folder = source_folder(session.root.parent / "src", "tutor-two", "two", two["1.0.0"])
    entries = [{"name": "one", "src": "tutor-one"}, {"name": "two", "src": str(folder)}]
    place = index(session.root.parent / "index", *entries)
    session.process("plugins", "index", "add", str(place.parent.parent))
    session.process("plugins", "install", "one", "two")
    session.process("plugins", "enable", "one", "two")
    session.transcript.clear()
    session.process("plugins", "upgrade", "one", "--dry-run")
    wheel(session.wheels, "tutor-one", "2.0.0", plugin="one", source=one["2.0.0"])
    source_folder(folder, "tutor-two", "two", two["2.0.0"], "2.0.0")
    before, project = session.installed(), project_state(session.root)
    session.process("plugins", "upgrade", "one", "--dry-run", code=2, env={"COLUMNS": "200"})
    session.process("plugins", "upgrade", "all", "--dry-run", code=2, env={"COLUMNS": "200"})
    wheel(session.wheels, "tutor-one", "3.0.0", plugin="one", source="raise ValueError('three is broken')\n")
    session.process("plugins", "upgrade", "one", "--dry-run", code=1)
    assert session.installed() == before
    assert project_state(session.root) == project
    golden(session)


def test_requirements_on_tutor_are_left_out(environment: Environment, golden: Golden) -> None:
    """Also those of plugins that plugins need; what is no plugin is resolved as ever."""
    session = environment
    wheel(session.wheels, "tutor", "21.0.0")
    wheel(session.wheels, "tutor-openedx", "12.0.0")
    wheel(session.wheels, "somelib", "1.5", requires=["otherlib>=2"])
    wheel(session.wheels, "somelib", "3.0")
    wheel(session.wheels, "otherlib", "2.1")
    wheel(session.wheels, "tutor-base", plugin="base", requires=["tutor<22,>=21"])
    requires = ["tutor-openedx<13", "tutor-base", "somelib<2", 'nosuch; extra == "dev"', "click>=8"]
    wheel(session.wheels, "tutor-oldie", plugin="oldie", group="tutor.plugin.v0", requires=requires)
    session.process("plugins", "install", "tutor-oldie")
    session.process("plugins", "list")
    session.process("plugins", "enable", "oldie")
    session.process("plugins", "enable", "base")
    session.process("plugins", "disable", "base")
    session.process("plugins", "uninstall", "base", code=1)
    session.process("plugins", "enable", "base")
    session.process("config", "printvalue", "PLUGINS")
    session.process("plugins", "uninstall", "base", code=1)
    session.process("--version")
    golden(session)
    packages = next(session.folder.glob("lib/python*/site-packages"))
    names = sorted(p.name for p in packages.glob("*.dist-info"))
    assert names == [
        "otherlib-2.1.dist-info",
        "somelib-1.5.dist-info",
        "tutor_base-1.0.0.dist-info",
        "tutor_oldie-1.0.0.dist-info",
    ]


def _no_plugin(folder: Path) -> list[str]:
    wheel(folder, "tutor-nothing")
    wheel(folder, "tutor-good", plugin="good")
    return ["tutor-good", "tutor-nothing"]


def _newer(folder: Path) -> list[str]:
    wheel(folder, "tutor-newer", plugin="newer", requires=["tutor>=23,<24"])
    return ["tutor-newer"]


def _missing_requirement(folder: Path) -> list[str]:
    wheel(folder, "tutor-lonely", plugin="lonely", requires=["nosuchlib>=2"])
    wheel(folder, "tutor-good", plugin="good")
    return ["tutor-good", "tutor-lonely"]


def _breaks_tutor(folder: Path) -> list[str]:
    wheel(folder, "click", "7.0")
    wheel(folder, "tutor-clicky", plugin="clicky", requires=["click<8"])
    return ["tutor-clicky"]


def _two_of_one_name(folder: Path) -> list[str]:
    wheel(folder, "tutor-one", plugin="same")
    wheel(folder, "tutor-two", plugin="same")
    return ["tutor-one", "tutor-two"]


def _tutor_itself(folder: Path) -> list[str]:
    return [str(wheel(folder, "tutor-openedx", "12.0.0"))]


def _does_not_build(folder: Path) -> list[str]:
    place = source_folder(folder / "broken", "tutor-broken", "broken")
    (place / "builder.py").write_text("raise SystemExit('the builder is broken')\n")
    wheel(folder, "tutor-good", plugin="good")
    return ["tutor-good", str(place)]


@pytest.mark.parametrize(
    "make",
    [
        _no_plugin,
        _newer,
        _missing_requirement,
        _breaks_tutor,
        _two_of_one_name,
        _tutor_itself,
        _does_not_build,
    ],
    ids=lambda make: make.__name__.strip("_"),
)
def test_nothing_is_installed(
    environment: Environment, make: Callable[[Path], list[str]], golden: Golden
) -> None:
    """A sentence with the name of what is wrong, and everything as it was."""
    session = environment
    names = make(session.wheels)
    before, project = session.installed(), project_state(session.root)
    session.process("plugins", "install", *names, code=1)
    assert session.installed() == before
    assert project_state(session.root) == project
    if make is _does_not_build:
        assert "broken" in session.transcript[2]
        return
    golden(session)


@pytest.mark.parametrize(
    "name",
    [
        "myap",
        "nosuch",
        "tutor",
        "Tutor_Openedx>=1",
        "./nowhere",
        "no such thing",
        "--index-url=x",
        "tutor-nosuch",
    ],
)
def test_what_cannot_be_installed(environment: Environment, name: str, golden: Golden) -> None:
    """Slips, and what is no name."""
    place = index(environment.root.parent / "index", {"name": "myapp", "src": "tutor-myapp"})
    environment.process("plugins", "index", "add", str(place))
    environment.transcript.clear()
    environment.process("plugins", "install", "--", name, code=1)
    golden(environment)


def test_newer_with_force(environment: Environment, golden: Golden) -> None:
    """It is listed with what it requires, and enabled when that is asked for in so many words."""
    session = environment
    wheel(session.wheels, "tutor-newer", plugin="newer", requires=["tutor>=23,<24"])
    session.process("plugins", "install", "--force", "tutor-newer")
    session.process("plugins", "list")
    session.process("plugins", "enable", "newer", code=1)
    session.process("plugins", "enable", "--force", "newer")
    golden(session)


def test_one_that_cannot_be_imported(environment: Environment, golden: Golden) -> None:
    """It is installed as it is, that is said, and enabling it changes nothing."""
    session = environment
    wheel(session.wheels, "tutor-bad", plugin="bad", source="raise RuntimeError('no licence')\n")
    session.process("plugins", "install", "tutor-bad")
    before = project_state(session.root)
    session.process("plugins", "enable", "bad", code=1)
    assert project_state(session.root) == before
    golden(session)


def test_folders_files_and_editables(environment: Environment) -> None:
    """As pip takes them; what is run from its folder changes with it."""
    session = environment
    folder = source_folder(session.root.parent / "src", "tutor-myapp", "myapp", PLUGIN.format(version="1"))
    file = wheel(session.root.parent, "tutor-other", plugin="other")
    session.process("plugins", "install", str(folder), str(file))
    assert session.listed().keys() == {"myapp", "other"}
    session.process("plugins", "uninstall", "myapp", "tutor-other")
    assert not session.listed()
    session.process("plugins", "install", "--editable", str(folder))
    session.process("plugins", "enable", "myapp")
    (folder / "tutor_myapp.py").write_text(PLUGIN.format(version="2"))
    assert session.process("config", "printvalue", "MYAPP_VERSION").out == "2\n"
    upgraded = session.process("plugins", "upgrade", "myapp")
    assert "was installed from" in upgraded.err


def test_an_installer_that_fails_half_way(environment: Environment) -> None:
    """What it has done by then is undone: the old version is there, byte for byte."""
    session = environment
    wheel(session.wheels, "tutor-one", plugin="one", source="OLD = 1\n")
    session.process("plugins", "install", "tutor-one")
    wheel(session.wheels, "tutor-one", "2.0", plugin="one", source="NEW = 1\n", requires=["tutor-two"])
    # An installer cannot replace a folder by the file of that name: it stops after the first package.
    wheel(session.wheels, "tutor-two", plugin="two", source="")
    packages = next(session.folder.glob("lib/python*/site-packages"))
    (packages / "tutor_two" / "__init__.py").mkdir(parents=True)
    (packages / "tutor_two" / "__init__.py" / "mine").write_text("mine")
    before = session.installed()
    session.process("plugins", "upgrade", "one", code=1)
    assert session.installed() == before
    assert session.listed()["one"]["version"] == "1.0.0"


def test_a_cycle_of_requirements(environment: Environment, golden: Golden) -> None:
    """Both are installed, and both run: what packages require of each other is no order of plugins."""
    session = environment
    wheel(session.wheels, "tutor-egg", plugin="egg", requires=["tutor-hen"])
    wheel(session.wheels, "tutor-hen", plugin="hen", requires=["tutor-egg"])
    session.process("plugins", "install", "tutor-hen")
    session.process("plugins", "enable", "hen", "egg")
    session.process("config", "printvalue", "PLUGINS")
    golden(session)
