"""Scripts that use the package as a library, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session


@pytest.fixture
def script(session: Session) -> Callable[[str], Any]:
    """Runs a script in which ``root`` is the project's; returns what it puts into ``found``."""

    def run(source: str) -> Any:
        begin = "import json, os, sys\nroot = os.environ['TUTOR_ROOT']\nfound = None\n"
        end = "\nsys.stdout.write('\\n' + json.dumps(found))\n"
        done = subprocess.run(
            [sys.executable, "-c", begin + textwrap.dedent(source) + end],
            env=session.variables({}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
