"""What the tests share: throw-away plugins, sessions of commands, fingerprints of folders."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.isolation import plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).parent.parent
SOURCE = REPOSITORY / "src"
DATA = Path(__file__).parent / "data"
ISOLATION = Path(__file__).parent / "isolation"
SECRET = re.compile(r"^(\S*(?:PASSWORD|SECRET|KEY|UID|ID)): (?!\|).*$", re.MULTILINE)
PEM = re.compile(r"-----BEGIN RSA PRIVATE KEY-----.*?-----END RSA PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


def distribution(
    folder: Path,
    name: str,
    source: str,
    *,
    package: str | None = None,
    version: str = "1.0.0",
    group: str = "tutor.plugin.v0",
    attribute: str = "",
    summary: str = "A plugin for tests",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Make an installed plugin: metadata and a package, found when ``folder`` is on the path.

    Returns:
        The plugin's module.
    """
    package = package or f"tutor-{name}"
    module = re.sub(r"\W", "", package).lower()
    info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    target = module + (f":{attribute}" if attribute else "")
    write(
        info / "METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nSummary: {summary}\n"
    )
    write(info / "entry_points.txt", f"[{group}]\n{name} = {target}\n")
    for path, content in (files or {}).items():
        write(folder / module / path, content)
    return write(folder / module / "__init__.py", source)


def write(path: Path, content: str) -> Path:
    """Write a text, without the indentation that it has in a test."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(content), encoding="utf-8")
    return path


def fingerprint(*places: Path) -> dict[str, tuple[str, str]]:
    """Everything below some places: path → (kind and permissions, hash of the content)."""
    found: dict[str, tuple[str, str]] = {}
    for place in places:
        if not os.path.lexists(place):
            continue
        inner = sorted(place.rglob("*")) if place.is_dir() and not place.is_symlink() else []
        for path in [place, *inner]:
            name = str(path.relative_to(place.parent))
            mode = oct(path.lstat().st_mode)
            if path.is_symlink():
                found[name] = (mode, str(path.readlink()))
            elif path.is_dir():
                found[name] = (mode, "")
            else:
                found[name] = (mode, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def project_state(root: Path) -> dict[str, tuple[str, str]]:
    """What must not change when a command fails: settings and environment."""
    return fingerprint(root / "config.yml", root / "env")


@dataclass
class Session:
    """Commands run one after the other on one project, and what they printed."""

    root: Path
    plugins_root: Path
    #: Folder in which plugins are "installed".
    site: Path
    transcript: list[str] = field(default_factory=list)

    def tutor(self, *arguments: str, code: int = 0, env: Mapping[str, str] | None = None) -> Result:
        """Run a command in this process: fast. Asserts its exit code."""
        from tutor.__main__ import run

        out, err = io.StringIO(), io.StringIO()
        with self.environment(env or {}), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exit_code = run(arguments)
        return self._record(arguments, Result(exit_code, out.getvalue(), err.getvalue()), code)

    def process(
        self,
        *arguments: str,
        code: int = 0,
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Result:
        """Run a command in a process of its own. Asserts its exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "tutor", *arguments],
            env=self.variables(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return self._record(arguments, Result(done.returncode, done.stdout, done.stderr), code)

    def variables(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The environment of a process: nothing from outside that tutor reads."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TUTOR_")}
        return {
            **kept,
            "TUTOR_ROOT": str(self.root),
            "TUTOR_PLUGINS_ROOT": str(self.plugins_root),
            "PYTHONPATH": os.pathsep.join(map(str, (self.site, ISOLATION, SOURCE))),
            plugins.VARIABLE: str(self.site),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "80",
            **extra,
        }

    @contextlib.contextmanager
    def environment(self, extra: Mapping[str, str]) -> Iterator[None]:
        """This process as a new one would be: variables, path, and no module of a plugin imported."""
        from tutor.plugins import loading

        variables, path, modules = dict(os.environ), list(sys.path), set(sys.modules)
        wanted = self.variables(extra)
        os.environ.clear()
        os.environ.update(wanted)
        sys.path.insert(0, str(self.site))
        sys.dont_write_bytecode, bytecode = True, sys.dont_write_bytecode
        try:
            with plugins.hidden():
                yield
        finally:
            sys.dont_write_bytecode = bytecode
            sys.path[:] = path
            os.environ.clear()
            os.environ.update(variables)
            loading._made_at_import.clear()
            for name in set(sys.modules) - modules:
                module = sys.modules[name]
                # A folder without __init__.py is a package too, and has no file.
                file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
                if name.startswith("tutor_plugin_") or file.startswith(
                    (str(self.site), str(self.plugins_root))
                ):
                    del sys.modules[name]

    def _record(self, arguments: tuple[str, ...], result: Result, code: int) -> Result:
        words = " ".join(f"'{word}'" if re.search(r"[\s{}]", word) else word for word in arguments)
        self.transcript.append(f"$ tutor {words}".rstrip())
        self.transcript += result.out.splitlines()
        self.transcript += [f"2| {line}".rstrip() for line in result.err.splitlines()]
        if result.code:
            self.transcript.append(f"exit {result.code}")
        assert result.code == code, f"exit code {result.code}:\n{result.out}\n{result.err}"
        assert "Traceback" not in result.err, result.err
        return result

    def note(self, text: str) -> None:
        """Add a line, or a file's content, to the transcript."""
        self.transcript += text.splitlines()

    def normalised(self) -> str:
        """The transcript, without what differs from machine to machine and from run to run."""
        text = "\n".join([*self.transcript, ""])
        for path, name in (
            (self.root, "ROOT"),
            (self.plugins_root, "PLUGINS"),
            (self.site, "SITE"),
            (SOURCE, "SRC"),
            (self.root.parent, "TMP"),
        ):
            for spelling in dict.fromkeys((str(path), str(path.resolve()))):
                text = text.replace(spelling, name)
        text = SECRET.sub(r"\1: SECRET", PEM.sub("PEM", text))
        # Numbers of files and lines of the platform's own templates.
        text = re.sub(r"\b\d{2,}(?= (?:new|changed|removed|unchanged)\b)", "N", text)
        text = re.sub(r"\b((?:apps|build|dev|k8s|local)/[^\s:]+):\d+", r"\1:LINE", text)
        text = re.sub(r"(?m)^2\|\s+(>?) *\d{2,} \|", r"2|     \1 LINE |", text)
        text = re.sub(r"\blines \d+-\d+", "lines N-M", text)
        text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b", "YYYY-MM-DD hh:mm:ss", text)
        return re.sub(r"(?m)\bprocess \d+\b", "process PID", text)
