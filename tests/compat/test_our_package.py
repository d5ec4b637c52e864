"""Our own package, built and installed as users have it, not as the checkout that all other tests run on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
#: A first save that tells how many templates Jinja itself compiled.
SCRIPT = """
import sys
from tutor.env.jinja import SettingsEnvironment
count = 0
anew = SettingsEnvironment._compile_anew
def counted(*args, **how):
    global count
    count += 1
    return anew(*args, **how)
SettingsEnvironment._compile_anew = counted
from tutor.__main__ import run
code = run(["config", "save"])
print(sys.modules["tutor"].__file__, code, count)
"""


def test_a_first_save(tmp_path: Path) -> None:
    """It compiles no template of ours: the package brings them along."""
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*pip, "--use-pep517", "--target", str(site), str(REPOSITORY)],
        capture_output=True,
        text=True,
        check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
    )
    assert done.returncode == 0, done.stderr
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(site),
            "TUTOR_ROOT": str(tmp_path / "root"),
            "TUTOR_PLUGINS_ROOT": str(tmp_path / "plugins"),
        },
    )
    assert found.returncode == 0, found.stderr
    file, code, count = found.stdout.splitlines()[-1].split()
    assert Path(file).is_relative_to(site)
    assert (code, count) == ("0", "0")
