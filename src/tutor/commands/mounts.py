"""`tutor mounts`: folders of this machine in containers and images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import fmt
from tutor.commands.groups import CommandGroup
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.change import Change
    from tutor.commands.context import Context


#: Names under which plugins import what is elsewhere.
HANDED_ON = {
    "config_save": "tutor.commands.config:save",
    "mounts_add": "tutor.commands.mounts:add",
    "mounts_list": "tutor.commands.mounts:list_command",
    "mounts_remove": "tutor.commands.mounts:remove",
}

__getattr__ = hand_on(__name__, "tutor.commands.mounts", HANDED_ON)


@click.group(
    "mounts", cls=CommandGroup, short_help="Folders of this machine in containers: list, add, remove."
)
def mounts_command() -> None:
    """Mount folders of this machine in containers, and build them into images: to work on code.

    \b
    Examples:
      tutor mounts add ~/edx-platform
      tutor mounts add ~/my-xblock
      tutor mounts list
    """


@mounts_command.command("list", short_help="List mounts, and what each does.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.pass_obj
def list_command(context: Context, as_json: bool) -> None:
    """List mounts, each with what it is, where it appears, and the images that it is built into.

    \b
    Example:
      tutor mounts list
    """
    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        rows = [_effects(mount) for mount in project.values["MOUNTS"]]
    if as_json:
        fmt.echo_json(mounts=rows)
    elif rows:
        import yaml

        click.echo(yaml.safe_dump(rows, sort_keys=False, allow_unicode=True), nl=False)
    else:
        fmt.echo_info("There are no mounts. To add one: tutor mounts add FOLDER")


@mounts_command.command("add", short_help="Add mounts.")
@click.argument("mounts", metavar="MOUNT...", nargs=-1)
@click.option("--allow-missing", is_flag=True, help="Go on without enabled plugins that cannot be loaded.")
@click.pass_obj
def add(context: Context, mounts: tuple[str, ...], allow_missing: bool) -> None:
    """Add mounts, and render the environment with them: all or none.

    A mount is a folder that tutor or a plugin recognises: the platform's code, an XBlock or another package
    of the platform. Any other is written SERVICE[,SERVICE...]:FOLDER:PATH_IN_CONTAINER.

    \b
    Examples:
      tutor mounts add ~/edx-platform ~/my-xblock
      tutor mounts add lms,cms:/home/me/files:/openedx/files
    """
    from tutor import change as changes
    from tutor.bindmount import normalised
    from tutor.mounting import check_form

    if not mounts:
        raise click.UsageError("Missing argument 'MOUNT...'.", click.get_current_context())
    for mount in mounts:
        check_form(mount)
    wanted = list(dict.fromkeys(map(normalised, mounts)))
    with context.opened() as project:
        present = list(project.values["MOUNTS"])
        rows = [_checked(mount) for mount in wanted]
    for mount in wanted:
        if mount in present:
            fmt.echo_info(f"{mount} is mounted already")
    wish = changes.Change(append=tuple(("MOUNTS", mount) for mount in wanted))
    _save(context, wish, allow_missing)
    _explain(rows)


@mounts_command.command("remove", short_help="Remove mounts.")
@click.argument("mounts", metavar="MOUNT...", nargs=-1)
@click.option("--allow-missing", is_flag=True, help="Go on without enabled plugins that cannot be loaded.")
@click.pass_obj
def remove(context: Context, mounts: tuple[str, ...], allow_missing: bool) -> None:
    """Remove mounts, and render the environment without them: all or none. The folders are left alone.

    \b
    Example:
      tutor mounts remove ~/my-xblock
    """
    from tutor import change as changes
    from tutor.bindmount import normalised
    from tutor.config.userfile import nearest
    from tutor.exceptions import ConfigError

    if not mounts:
        raise click.UsageError("Missing argument 'MOUNT...'.", click.get_current_context())
    with context.opened() as project:
        present = list(project.values["MOUNTS"])
    chosen = [m for m in present if {m, normalised(m)} & {*mounts, *map(normalised, mounts)}]
    for mount in mounts:
        if not any({mount, normalised(mount)} & {m, normalised(m)} for m in chosen):
            near = nearest(normalised(mount), present)
            raise ConfigError(
                f"There is no mount {mount}" + (f"; did you mean {near}?" if near else ""),
                where="setting MOUNTS",
                hint="tutor mounts list",
            )
    _save(context, changes.Change(remove=tuple(("MOUNTS", mount) for mount in chosen)), allow_missing)


def _save(context: Context, wish: Change, allow_missing: bool) -> None:
    from tutor import change as changes
    from tutor.commands import report

    options = changes.Options(allow_missing=allow_missing, command="mounts")
    report.saved(changes.save(Path(context.root), Path(context.plugins_root), wish, options))


def _checked(mount: str) -> dict[str, Any]:
    """What a mount does; an error where it does nothing."""
    from tutor.bindmount import host_path
    from tutor.exceptions import ConfigError

    host = host_path(mount)
    row = _effects(mount)
    if not row["compose_mounts"] and not row["build_mounts"]:
        raise ConfigError(
            f"Neither tutor nor an enabled plugin knows what to do with {host} ({row['is']})",
            where=f"mount {mount}",
            hint=f"say where it belongs: tutor mounts add lms,cms:{host}:/mnt/{Path(host).name}",
        )
    return row


def _effects(mount: str) -> dict[str, Any]:
    from tutor.bindmount import build_contexts, host_path, parse_mount, recognised

    return {
        "name": mount,
        "is": recognised(host_path(mount)).words,
        "compose_mounts": [
            {"service": service, "container_path": container} for service, _, container in parse_mount(mount)
        ],
        "build_mounts": [{"image": image, "context": name} for image, name, _ in build_contexts(mount)],
    }


def _explain(rows: Iterable[dict[str, Any]]) -> None:
    """Say what mounts do, and what is left to do."""
    for row in rows:
        fmt.echo(f"{row['name']} is {row['is']}:", err=True)
        for bind in row["compose_mounts"]:
            fmt.echo(f"  service {bind['service']} sees it at {bind['container_path']}", err=True)
        for build in row["build_mounts"]:
            fmt.echo(f"  image {build['image']} is built with it", err=True)
    fmt.echo_info("To run with it: tutor dev launch, or tutor local launch")
