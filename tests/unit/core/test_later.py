"""Modules that are imported when they are used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from tests.kit import SOURCE
from tutor.core import later

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


PARTS = """
import sys
sys.path.insert(0, sys.argv[1])
from tutor.core.later import import_later, import_parts, is_imported
import_parts("jinja2")
from jinja2 import nodes
from jinja2.environment import Environment
import jinja2 as before
assert "jinja2.bccache" not in sys.modules and not is_imported("jinja2")
assert before.environment.Environment is Environment  # a part by its name
assert before.Environment is Environment  # a name of the whole
assert "jinja2.bccache" in sys.modules and is_imported("jinja2")
import jinja2 as after
assert after is not before and after.nodes is before.nodes is nodes
assert after.loaders.BaseLoader is before.BaseLoader
import_parts("jinja2")
assert sys.modules["jinja2"] is after
import_parts("no_such_package")
assert "no_such_package" not in sys.modules
"""
THEN = """
import sys
sys.path.insert(0, sys.argv[1])
from tutor.core.later import import_later, is_imported
told = []
import_later("shlex", then=lambda: told.append(sys.modules["shlex"].quote("a b")))
import shlex
assert not told and not is_imported("shlex") and is_imported("sys") and not is_imported("cmd")
shlex.split("a")
shlex.quote("a")
import shlex
shlex.join(["a"])
assert told == ["'a b'"] and is_imported("shlex")
"""


CALLED = """
import sys
sys.path.insert(0, sys.argv[1])
from tutor.core.later import called_later, import_later, is_imported
import_later("shlex", join=called_later("shlex", "join"))
from shlex import join
assert not is_imported("shlex")
assert join(["a b"]) == "'a b'" and is_imported("shlex")
import shlex
assert shlex.join is not join and join(["c d"]) == shlex.join(["c d"])
"""


WITHOUT = """
import sys
sys.path.insert(0, sys.argv[1])
from tutor.core.later import import_parts, import_without
import_parts("jinja2")
left_out = {
    "jinja2.compiler": ("CodeGenerator", "generate"),
    "jinja2.lexer": ("Lexer", "TokenStream", "get_lexer"),
    "jinja2.parser": ("Parser",),
}
import_without("jinja2.environment", left_out)
assert not left_out.keys() & sys.modules.keys()
from jinja2 import environment, meta
assert "jinja2.lexer" not in sys.modules
others = sys.modules["jinja2.compiler"].CodeGenerator
assert issubclass(meta.TrackingCodeGenerator, others)
assert environment.CodeGenerator is not meta.CodeGenerator
made = environment.Environment()
assert made.from_string("{{ 1 + a }}").render(a=1) == "2"
assert environment.TokenStream is sys.modules["jinja2.lexer"].TokenStream  # as for isinstance
assert environment.CodeGenerator is meta.CodeGenerator
import jinja2
class Shout(jinja2.ext.Extension):
    def filter_stream(self, stream):
        return iter([*stream])
assert jinja2.Environment(extensions=[Shout]).from_string("{{ 2 }}").render() == "2"
import_without("jinja2.environment", left_out)
assert sys.modules["jinja2.environment"] is environment
"""
PATTERNS = r"""
import sys
sys.path.insert(0, sys.argv[1])
from tutor.core.later import import_later, is_imported, patterns_later
import_later("yaml", within=patterns_later)
import yaml, re
assert re.compile("a") is re.compile("a") and not is_imported("yaml")
assert yaml.safe_load("[1, 1.5, yes, no such, ~, 0x10]") == [1, 1.5, True, "no such", None, 16]
pattern = sys.modules["yaml.reader"].Reader.NON_PRINTABLE
assert type(pattern).__name__ == "_Pattern" and pattern.search("a\x00b").start() == 1
assert pattern.pattern.startswith("[^") and pattern.search is pattern.search
try:
    yaml.load("a\x00", yaml.Loader)
except yaml.reader.ReaderError as error:
    assert error.position == 1
else:
    raise SystemExit("no error")
assert sys.modules["re"] is re and is_imported("yaml")
from yaml.constructor import SafeConstructor
assert SafeConstructor is sys.modules["yaml"].constructor.SafeConstructor
"""


@pytest.mark.parametrize(
    "script",
    [PARTS, THEN, CALLED, WITHOUT, PATTERNS],
    ids=["parts", "then", "called", "without", "patterns"],
)
def test_how_much_is_imported_and_what_comes_then(script: str) -> None:
    """Parts of a package before the whole; what is to be done once a module is there, once."""
    command = [sys.executable, "-c", script, str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One line. ",
        "  One.\n\n    Two,\n      in.\n    Three.\n    ",
        "\n\n  a\n b\n\n\n",
        "a\n\tb\n        c",
        "a\n   \n  b",
        "   ",
        "a\n  ",
    ],
)
def test_docstrings_are_cleaned_as_python_does(text: str) -> None:
    """Without importing what Python does it with."""
    assert later.cleandoc(text) == inspect.cleandoc(text)
