"""Who imports whom, and what happens on import: nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: From the top: a package may import those on its own floor and below. `commands → doctor, jobs, engines,
#: env, plugins → config → core.hooks → exceptions, types`; opening a project and changing it stand
#: just below the commands.
FLOORS = (
    ("commands", "interactive", "__main__", "testing"),
    ("explain",),
    ("plan",),
    (
        "backup",
        "cautions",
        "change",
        "checking",
        "contributions",
        "edits",
        "facade",
        "mounting",
        "project",
        "upgrade",
    ),
    ("doctor", "jobs", "engines", "env", "plugins", "images", "tasks", "bindmount", "utils"),
    ("config",),
    ("hooks",),
    ("core",),
    ("fmt", "serialize", "types"),
    ("exceptions", "__about__"),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
#: (from, to) that go up, each for a reason.
EXCEPTIONS = {
    # They hand on, to names that published plugins import, what lives on a floor above.
    ("config", "facade"),
    ("env", "facade"),
    # Where the folders are, unless somebody says otherwise.
    ("facade", "commands"),
}


def modules() -> list[Path]:
    """Our modules, without the templates that are Python."""
    return [p for p in sorted((SOURCE / "tutor").rglob("*.py")) if "templates" not in p.parts]


def imports(path: Path, *, at_import: bool) -> Iterator[str]:
    """Names of modules that a module imports, some time or when it is imported; not for types alone."""
    left_out: set[ast.AST] = set()
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _is_type_checking(node):
            left_out.update(inner for child in node.body for inner in ast.walk(child))
        elif at_import and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            left_out.update(ast.walk(node))
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_type_checking(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def package(name: str) -> str:
    """The first name below `tutor`."""
    return name.split(".")[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE / "tutor")))
def test_imports_go_down(path: Path) -> None:
    """Also those that happen inside of functions."""
    own = package(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    for name in imports(path, at_import=False):
        if not name.startswith("tutor.") or package(name) == own or package(name) not in FLOOR:
            continue
        if (own, package(name)) not in EXCEPTIONS:
            assert FLOOR[own] <= FLOOR[package(name)], f"{own} must not import {name}"


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in modules()
        if p.relative_to(SOURCE / "tutor").parts[0]
        in ("config", "core", "engines", "env", "jobs", "plan", "explain")
    ],
    ids=lambda path: str(path.relative_to(SOURCE / "tutor")),
)
def test_engine_side_knows_no_click(path: Path) -> None:
    """What a command calls knows nothing of the command line."""
    for name in imports(path, at_import=True):
        assert name.split(".")[0] != "click"
        assert not name.startswith("tutor.commands")


def test_every_package_has_a_floor() -> None:
    """A new one is put where it belongs."""
    found = {p.relative_to(SOURCE / "tutor").with_suffix("").parts[0] for p in modules()}
    assert found - {"__init__"} <= set(FLOOR)


LISTENER = """
import importlib, json, sys

events = []
def listen(name, arguments):
    if name == "open" and isinstance(arguments[0], str):
        path = arguments[0]
        mode = arguments[1] or ""
        if "w" in mode or not path.endswith((".py", ".pyc", ".so", ".pth", "pyvenv.cfg")):
            events.append(f"open {path}")
    elif name in ("subprocess.Popen", "os.system", "socket.connect", "os.mkdir", "os.rename", "os.remove"):
        events.append(name)

importlib.import_module("tutor")
sys.addaudithook(listen)
for name in sys.argv[1:]:
    importlib.import_module(name)
from tutor.core.hooks import current
entries = sum(map(len, current()._entries.values()))
plugins = [m for m in sys.modules if m.startswith("tutor_plugin_")]
print(json.dumps({"events": events, "entries": entries, "plugins": plugins}))
"""


def names() -> list[str]:
    """Our modules, by the name under which they are imported."""
    found = [
        ".".join(p.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__") for p in modules()
    ]
    return [name for name in found if not name.startswith("tutor.testing")]


def test_importing_does_nothing() -> None:
    """All modules, one after the other: nothing is opened, started, discovered or registered."""
    done = subprocess.run(
        # -B: what Python compiles it does not keep, and so does not write.
        [sys.executable, "-B", "-c", LISTENER, *names()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    ours = [event for event in found["events"] if str(SOURCE) in event or not event.startswith("open")]
    assert not ours
    assert found["entries"] == 0
    assert not found["plugins"]


@pytest.mark.parametrize("arguments", [["--version"], ["config", "printroot"]])
def test_start_up_imports_little(arguments: list[str], tmp_path: Path) -> None:
    """`tutor --version` reads neither templates nor YAML nor plugins."""
    script = """
import sys
from tutor.__main__ import run
assert run(sys.argv[1:]) == 0
heavy = ("jinja2", "yaml", "ruamel", "Crypto", "importlib.metadata", "tutor.plugins")
print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"TUTOR_ROOT": str(tmp_path)},
    )
    assert done.stderr.strip() == "[]"
