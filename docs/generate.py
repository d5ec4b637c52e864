#!/usr/bin/env python3
"""Writes the reference pages from the code. A test fails when one is stale.

Without an option it writes docs/reference/*.md; with --check it exits 1 and names the pages that are stale.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import compatibility
import hooks
import names
import published_checks

from tutor.commands.cli import COMMANDS, cli
from tutor.config.sizes import SIZES, memory_setting
from tutor.config.table import GROUPS
from tutor.core.safe import set_safe
from tutor.plugins.checks import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parent / "reference"


def pages() -> dict[str, str]:
    """Name of each generated page → its text."""
    return {
        "settings.md": settings(),
        "commands.md": commands(),
        "patches.md": patches(),
        "compatibility.md": compatibility.page(),
        "hooks.md": hooks.page(),
        "names.md": names.page(),
        "published-checks.md": published_checks.page(),
        "checks.md": checks(),
    }


def settings() -> str:
    """The page of all settings of the core."""
    lines = [
        "# Settings",
        "",
        "Every setting of the core. Values are templates over other settings. To change one:",
        "`tutor config save --set NAME=VALUE`. Where several sources give a value, the last one wins:",
        "default, plugin's default, plugin's override, `config.yml`, environment variable `TUTOR_NAME`,",
        "`--set`.",
    ]
    for group, members in GROUPS.items():
        lines += ["", f"## {group}", "", "| setting | type | default | |", "|---|---|---|---|"]
        for s in members:
            default = "generated once" if s.unique else f"`{_cell(s.default)}`"
            kind = s.type + (", secret" if s.secret else "")
            lines.append(f"| `{s.name}` | {kind} | {default} | {_cell(s.doc)} |")
    return "\n".join([*lines, *_sizes()]) + "\n"


def _sizes() -> Iterator[str]:
    """The table of what each service gets by the platform's size."""
    yield from (
        "",
        "`PLATFORM_SIZE` decides how much memory and CPU each service may use. `small` is the default: a",
        "platform that used to run well on a small machine reaches none of its limits. Limits are ceilings,",
        "not reservations; they may add up to more than there is. In Kubernetes, requests are set aside.",
        "",
        "| size | meant for | processes of each background worker |",
        "|---|---|---|",
    )
    for name, size in SIZES.items():
        yield f"| `{name}` | {size.machine} | {size.workers} |"
    yield from (
        "",
        "Limit of memory in MiB and of CPUs, and in brackets what Kubernetes requests:",
        "",
        f"| service | {' | '.join(f'`{name}`' for name in SIZES)} |",
        f"|---|{'---|' * len(SIZES)}",
    )
    for service in SIZES["small"].shares:
        shares = [size.shares[service] for size in SIZES.values()]
        cells = [
            f"{s.memory}, {s.cpu / 1000:g} ({s.memory_request}, {s.cpu_request / 1000:g})" for s in shares
        ]
        yield f"| `{service}` | {' | '.join(cells)} |"
    yield from (
        "",
        f"One service alone: `tutor config save --set {memory_setting('mysql')}=6Gi`; `none` takes its limit",
        "away. Web processes do not follow the size: `OPENEDX_LMS_UWSGI_WORKERS` and",
        "`OPENEDX_CMS_UWSGI_WORKERS` set their number. Templates of plugins read the same table:",
        '`resources("lms").compose` gives keys of a Compose service, `resources("lms").kubernetes` the',
        "`resources` of a container.",
    )


def commands() -> str:
    """The page of all commands of the core."""
    lines = ["# Commands", "", "What `--help` says of every command, on one page."]
    set_safe(True)  # commands of plugins that are enabled on this machine are not the core's
    root = click.Context(cli, info_name="tutor")
    for name in ("", *sorted(COMMANDS)):
        command = cli.get_command(root, name) if name else cli
        if command is not None:
            start = click.Context(command, info_name=name, parent=root) if name else root
            for context in _walk(start):
                lines += _command(context)
    return "\n".join(lines) + "\n"


def checks() -> str:
    """The page of all rules of `tutor plugins check`."""
    lines = [
        "# Checks of plugins",
        "",
        "What `tutor plugins check` looks for; how to use it: [check a plugin](../how-to/check-a-plugin.md).",
        "An *error* keeps a plugin from being enabled, a *warning* is likely a mistake, a *hint* is for its",
        "author.",
        "",
        "| rule | | |",
        "|---|---|---|",
        *(
            f"| [`{rule.slug}`](#{rule.slug}) | {rule.severity} | {_cell(rule.title)} |"
            for rule in all_rules()
        ),
    ]
    for rule in all_rules():
        lines += ["", f"## {rule.slug}", "", f"*{rule.severity}* · {rule.title}.", "", rule.why]
    return "\n".join(lines) + "\n"


def patches() -> str:
    """The page of all patch points of the core."""
    from tutor.config.settings import core
    from tutor.contributions import core_registry
    from tutor.core.hooks import activate
    from tutor.env.points import patch_points
    from tutor.env.render import Renderer

    lines = [
        "# Patch points",
        "",
        "Where plugins put something into the files of the environment. A patch has the name of its point;",
        "its content is a template over settings, and starts at the first column: the template indents it.",
        "Those of enabled plugins, and who uses which, are told by `tutor config patches list` and `show`.",
    ]
    with activate(core_registry()):
        points = patch_points(Renderer(core()))
    for point in points.values():
        places = [f"`{p.template}:{p.line}`, indented by {p.indent}" for p in point.places]
        lines += ["", f"## {point.name}", "", point.explanation.doc, ""]
        lines += [f"{point.format}: {'; '.join(places)}.", "", "```text"]
        lines += [*point.explanation.example.splitlines(), "```"]
    return "\n".join(lines) + "\n"


def _command(context: click.Context) -> Iterator[str]:
    command = context.command
    arguments = [p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)]
    yield from ("", f"## {' '.join([context.command_path, *arguments])}", "")
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```text", paragraph.removeprefix("\b").strip("\n"), "```", "")
        else:
            yield from (paragraph, "")
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        yield from ("| option | |", "|---|---|")
    for option in options:
        names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
        yield f"| {names} | {_cell(option.help or '')} |"


def _walk(context: click.Context) -> Iterator[click.Context]:
    yield context
    command = context.command
    if isinstance(command, click.Group) and command is not cli:
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _walk(click.Context(child, info_name=name, parent=context))


def _cell(value: object) -> str:
    text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text.replace("|", "\\|") or '""'


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.is_file() or path.read_text() != text:
            stale.append(name)
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    if "--check" in arguments and stale:
        print(f"Stale: {', '.join(stale)}. Run: python docs/generate.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
