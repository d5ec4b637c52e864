"""Rule: shell scripts stop at the first error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.lines import start
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject

_SHELL = re.compile(r"#!\s*(?:/usr)?/bin/(?:env\s+)?(?:ba|da|k|z)?sh\b(.*)")
_STOPS = re.compile(r"^\s*set\s+(?:-\w*e\w*|-o\s+errexit)|^\s*set\s.*-o\s+errexit", re.MULTILINE)
_GOES_ON = re.compile(r"^\s*set\s+(?:\+\w*e\w*|\+o\s+errexit)", re.MULTILINE)
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_QUOTED = re.compile(r"""\"(?:\\.|[^"\\])*"|'[^']*'""", re.DOTALL)
#: Lines that are no command of their own, or none that fails: comments, the shell's own words, labels.
_NO_COMMAND = re.compile(
    r"\s*(#|$|[})]|;;|\w+=|\[|[^\s(]*\)\s*$|\w+\s*\(\)|(if|elif|then|else|fi|for|while|until|do|done|case|esac|"
    r"function|set|shift|trap|wait|sleep|local|export|unset|return|exit|exec|break|continue|read|echo|printf|"
    r"true|false|test|:)(\s|;|$))"
)


def check(subject: Subject) -> Iterator[Place]:
    """Tasks that turn this off, and shell scripts of the environment that do not turn it on."""
    for (service, script), origin in subject.own(Filters.CLI_DO_INIT_TASKS):
        for found in _GOES_ON.finditer(script):
            if not _STOPS.search(script, found.end()):
                where, exact = start(origin, service, script)
                line = script.count("\n", 0, found.start())
                place = _down(where, line) if exact else where
                yield Place(f"The init task for {service} goes on after errors", place, "remove set +e")
    for file in subject.files:
        text = file.content.decode(errors="replace")
        shebang = _SHELL.match(text)
        is_shell = shebang is not None or file.path.endswith((".sh", ".bash"))
        stops = (shebang and re.search(r"-\w*e", shebang[1])) or _STOPS.search(text)
        if is_shell and not stops and _commands(text) > 1:
            yield Place(
                "A shell script goes on after errors", subject.template_of(file), "add: set -e", file.path
            )


def _down(origin: Origin, lines: int) -> Origin:
    return origin if origin.line is None else origin._replace(line=origin.line + lines)


def _commands(text: str) -> int:
    """Number of commands that may fail: lines that are neither comments nor the rest of a command.

    A program in quotes, for another interpreter, is one argument.
    """
    joined = _QUOTED.sub("''", _COMMENT.sub("", text))
    joined = re.sub(r"\\\n|&&\s*\n|\|\|\s*\n", " ", joined)
    return sum(1 for line in joined.splitlines() if not _NO_COMMAND.match(line))


RULE = Rule(
    slug="shell-errors",
    severity="hint",
    title="A shell script that goes on after errors",
    why="Tasks run with `set -e`: they stop at the first command that fails, and the launch says so. A "
    "script that turns this off, or one of the plugin's own in the environment that has no `set -e`, "
    "goes on with half of its work missing.",
    check=check,
)
