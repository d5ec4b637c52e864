"""The page of names that plugins and scripts import, from the list of those that stay."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import click

LIST = Path(__file__).parent.parent / "tests" / "data" / "contract" / "names.json"
_INTRODUCTION = """\
# Names for plugins and scripts

What a plugin, or a script that uses tutor as a library, may import and call. These names stay, with the
parameters that they have; whatever else is in the package may change with any version.

Functions that take a *root* work on the project in that folder: on the one that is open, or they open it,
with the plugins that its `config.yml` enables. Functions that take *config* work with the settings that they
are given. What is wrong is an error of `tutor.exceptions.TutorError`; then nothing was changed. A script
opens a project for good, with its plugins, by `hooks.Actions.PROJECT_ROOT_READY.do(root)`; what it
contributes to hooks before, counts in every project that it opens, and in commands that it runs with
`tutor.commands.cli.main`:

    from tutor import config, env, hooks

    hooks.Filters.ENV_PATCHES.add_item(("caddyfile", "# from my script"))
    settings = config.load_full("/path/to/root")
    settings["LMS_HOST"] = "learn.example.com"
    env.save("/path/to/root", settings)

A command is called inside of another one, with the names of its parameters:
`click.get_current_context().invoke(save, set_vars=[("LMS_HOST", "learn.example.com")])`.
"""


def page() -> str:
    """The page's text."""
    lines = [_INTRODUCTION]
    for module, names in json.loads(LIST.read_text()).items():
        home = importlib.import_module(module)
        lines += [f"## {module}", "", "| name | |", "|---|---|"]
        lines += [
            f"| `{_call(name, parameters)}` | {_about(home, name)} |" for name, parameters in names.items()
        ]
        lines.append("")
    return "\n".join(lines)


def _call(name: str, parameters: str | list[str] | None) -> str:
    if not isinstance(parameters, str):
        return name
    return f"{name}({', '.join(p for p in parameters.split() if p != 'self')})"


def _about(home: Any, name: str) -> str:
    """What a name is, in one line."""
    found = home
    for part in name.split("."):
        found = getattr(found, part)
    if isinstance(found, click.Command):
        kind = "group of commands" if isinstance(found, click.Group) else "command"
        parameters = ", ".join(f"`{p.name}`" for p in found.params) if kind == "command" else ""
        return f"the {kind} `{found.name}`" + (f": {parameters}" if parameters else "")
    if inspect.ismodule(found):
        return "a module"
    if hasattr(found, "__name__") or isinstance(found, property):
        return _cell((inspect.getdoc(found) or "").partition("\n")[0])
    if isinstance(found, dict):
        return "a mapping"
    changes = name.startswith("__") or (isinstance(found, str) and found.startswith("/"))
    return "a text" if changes else f"`{found}`"  # versions, and paths of one machine


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")
