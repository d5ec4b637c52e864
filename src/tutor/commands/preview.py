"""What plugins would change, told by a process of its own: their code does not run in the one that installs.

    python -m tutor.commands.preview ROOT PLUGINS_ROOT NAME...

prints a JSON object: name → what it contributes, or the sentence about why that is not known.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor import fmt
from tutor.exceptions import TutorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutor.engines.run import Runner

#: Seconds that plugins may take to load.
TIMEOUT = 60


def show(runner: Runner, root: Path, plugins_root: Path, names: Sequence[str]) -> list[str]:
    """Say what plugins would change if they were enabled. Never fails.

    Returns:
        The plugins that can be enabled, as far as is known.
    """
    from tutor.commands import report

    argv = [sys.executable, "-m", "tutor.commands.preview", str(root), str(plugins_root), *names]
    try:
        result = runner.capture(argv)
    except TutorError as error:
        return _untold(names, error.message)
    try:
        found = json.loads(result.output)
    except ValueError:
        slow = result.code == 128 + signal.SIGALRM
        return _untold(names, f"loading takes more than {TIMEOUT} seconds" if slow else result.reason)
    for name, told in found.items():
        if "error" in told:
            fmt.echo_alert(f"{name} is installed, but cannot be enabled as it is: {told['error']}")
        else:
            report.brings(f"{name} {told['version'] or ''}".rstrip(), told["brings"])
    return [name for name, told in found.items() if "error" not in told]


def _untold(names: Sequence[str], reason: str) -> list[str]:
    fmt.echo_alert(f"what {' and '.join(names)} would change cannot be told: {reason}")
    return list(names)


def plan(fetched: Path, root: Path) -> int:
    """Show what the platform would be with packages that were fetched and not installed, in a new process.

    Args:
        fetched: folder with their wheels, or with folders into which they were unpacked.
        root: the project's root.

    Returns:
        The exit code: 0 where nothing would change, 2 where something would.
    """
    import os
    import zipfile

    from tutor.engines.run import ProcessRunner

    unpacked = fetched / "plan"
    for wheel in sorted(fetched.rglob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
    folders = sorted({path.parent for path in fetched.rglob("*.dist-info") if path.is_dir()})
    path = os.pathsep.join(map(str, [*folders, *filter(None, [os.environ.get("PYTHONPATH")])]))
    argv = [sys.executable, "-m", "tutor", "--root", str(root), "config", "save", "--dry-run"]
    return ProcessRunner().run(argv, environment={"PYTHONPATH": path})


def collect(root: Path, plugins_root: Path, names: Sequence[str]) -> dict[str, Any]:
    """What plugins contribute when they are loaded after those that are enabled."""
    from tutor.commands.report import contributions
    from tutor.config import userfile
    from tutor.config.userfile import enabled_plugins
    from tutor.project import opened

    enabled = enabled_plugins(userfile.read(root))
    found: dict[str, Any] = {}
    with opened(root, plugins_root, enabled=[*enabled, *names]) as project:
        loaded = {plugin.name: plugin for plugin in project.loaded}
        for name in names:
            if name in loaded:
                found[name] = {"version": loaded[name].version, "brings": contributions(name, project)}
                continue
            errors = [e for e in project.plugin_errors if name in e.message.split()]
            error = errors[0] if errors else TutorError("it was not loaded")
            found[name] = {"error": f"{error.message} ({error.where})" if error.where else error.message}
    return found


def main(arguments: Sequence[str]) -> None:
    """Print what plugins contribute."""
    root, plugins_root, *names = arguments
    signal.alarm(TIMEOUT)
    # What plugins print when they are loaded is not the answer.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            found = collect(Path(root), Path(plugins_root), names)
        except TutorError as error:
            found = {name: {"error": error.message} for name in names}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
