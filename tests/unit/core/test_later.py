"""Modules that are imported when they are used."""

from __future__ import annotations

import subprocess
import sys

from tests.kit import SOURCE

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from tutor.core.later import import_later
import_later("inspect")
import inspect as before
assert type(before).__name__ == "_Later", before
from inspect import signature
import inspect as after
def function(a, b=1): pass
assert str(signature(function)) == str(after.signature(function)) == "(a, b=1)"
assert before.signature is signature
assert type(after).__name__ == "module" and sys.modules["inspect"] is after
assert before.Parameter is after.Parameter
import_later("os", "inspect")
assert sys.modules["inspect"] is after
try:
    before.nothing
except AttributeError as error:
    assert "nothing" in str(error)
else:
    raise SystemExit("no error")
"""


def test_a_module_is_imported_when_it_is_used() -> None:
    """And is the same for those that imported it before and after that."""
    command = [sys.executable, "-S", "-c", SCRIPT, str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
