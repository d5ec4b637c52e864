"""`tutor config patches`: where plugins can put something into the files of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.groups import CommandGroup
from tutor.commands.params import NameType, completing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.commands.context import Context
    from tutor.env.points import PatchPoint


class PatchNameParamType(NameType):
    """The name of a patch point."""

    name = "patch"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Those of the core and of enabled plugins."""
        from tutor.env.points import patch_points

        with completing(ctx).opened() as project:
            return list(patch_points(project.renderer))


@click.group("patches", cls=CommandGroup, short_help="Places where plugins add to files.")
def patches_command() -> None:
    """Show the places in templates where plugins put something: patch points."""


@patches_command.command("list", short_help="List all patch points.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.pass_obj
def list_command(context: Context, as_json: bool) -> None:
    """List the patch points of the platform and of enabled plugins, and which plugins use them.

    \b
    Examples:
      tutor config patches list
      tutor config patches list --json
    """
    points = _points(context)
    if as_json:
        fmt.echo_json(patches=[_row(point) for point in points.values()])
        return
    rows = [
        (
            point.name,
            point.format,
            ", ".join(dict.fromkeys(f"{place.template}:{place.line}" for place in point.places)),
            ", ".join(_plugins(point)),
        )
        for point in points.values()
    ]
    table = [("NAME", "FORMAT", "TEMPLATE", "USED BY"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    for row in table:
        click.echo("  ".join([*(row[n].ljust(widths[n]) for n in range(3)), row[3]]).rstrip())


@patches_command.command("show", short_help="Show one patch point.")
@click.argument("name", type=PatchNameParamType())
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.pass_obj
def show(context: Context, name: str, as_json: bool) -> None:
    """Show what a patch point is for, where it is, an example, and what enabled plugins put there.

    Contents are shown as plugins wrote them: with the names of settings, not their values.

    \b
    Example:
      tutor config patches show local-docker-compose-services
    """
    points = _points(context)
    point = points.get(name) or next((p for p in points.values() if p.matches(name)), None)
    if point is None:
        raise _unknown(name, points)
    if as_json:
        contents = [{**_user(origin), "content": content} for content, origin in point.uses]
        fmt.echo_json(**{**_row(point), "example": point.explanation.example, "plugins": contents})
        return
    click.echo("\n".join(_described(point)))


def _points(context: Context) -> dict[str, PatchPoint]:
    from tutor.env.points import patch_points

    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        return patch_points(project.renderer)


def _unknown(name: str, points: Iterable[str]) -> Exception:
    from tutor.config.userfile import nearest
    from tutor.env.contract import RETIRED_PATCHES
    from tutor.exceptions import ConfigError

    near = nearest(name, points)
    message = f"There is no patch point {name}"
    if name in RETIRED_PATCHES:
        message += f" any more; instead: {RETIRED_PATCHES[name]}"
    elif near:
        message += f"; did you mean {near}?"
    hint = f"tutor config patches show {near}" if near else "tutor config patches list"
    return ConfigError(message, where="command line", hint=hint)


def _described(point: PatchPoint) -> Iterator[str]:
    yield point.name
    if point.explanation.doc:
        yield f"  {point.explanation.doc}"
    yield f"  format: {point.format}"
    for place in point.places:
        owner = f" of {place.origin}" if place.origin.plugin else ""
        yield f"  place: {place.template}:{place.line}{owner}, indented by {place.indent}"
        others = [path for path in place.files if path != place.template]
        if others:
            yield f"    in the files {', '.join(others)}"
    if point.explanation.example:
        yield "  example:"
        yield from _indented(point.explanation.example)
    if not point.uses:
        yield "  No enabled plugin uses it."
    for content, origin in point.uses:
        yield f"  {origin}:"
        yield from _indented(content)


def _indented(text: str) -> Iterator[str]:
    yield from (f"    {line}".rstrip() for line in text.strip("\n").splitlines())


def _row(point: PatchPoint) -> dict[str, Any]:
    return {
        "name": point.name,
        "description": point.explanation.doc,
        "format": point.format,
        "places": [
            {
                "template": place.template,
                "line": place.line,
                "indent": place.indent,
                "files": list(place.files),
                "plugin": place.origin.plugin,
            }
            for place in point.places
        ],
        "plugins": [_user(origin) for _, origin in point.uses],
    }


def _user(origin: Any) -> dict[str, Any]:
    return {
        "plugin": origin.plugin,
        "version": origin.version,
        "file": origin.file,
        "line": origin.line,
    }


def _plugins(point: PatchPoint) -> list[str]:
    return list(dict.fromkeys(origin.plugin or str(origin) for _, origin in point.uses))
