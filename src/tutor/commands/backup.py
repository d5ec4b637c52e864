"""`tutor local backup`: archives of a platform's data and settings."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.compose import Session, TerminalReporter, session
from tutor.commands.groups import CommandGroup
from tutor.commands.params import NameType, completing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.backup.deployment import Deployment
    from tutor.backup.listing import Listed
    from tutor.backup.manifest import Manifest
    from tutor.backup.restore import Hands
    from tutor.commands.context import Context


class ArchiveType(NameType):
    """The name of an archive in the project's folder of backups, or a path."""

    name = "archive"

    def names(self, ctx: click.Context) -> Iterable[str]:
        """Archives of the project, newest first."""
        from tutor.backup.listing import archives

        return [listed.path.name for listed in reversed(archives(Path(completing(ctx).root)))]


@click.group("backup", cls=CommandGroup, short_help="Backups: create, list, verify, restore.")
def backup() -> None:
    """Keep the platform's databases, files and settings in an archive, and restore them.

    \b
    Examples:
      tutor local backup create
      tutor local backup list
      tutor local backup restore tutor-20261124-030000.tar
    """


@backup.command("create", short_help="Make an archive.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File or folder of the archive.  [default: the folder backups of the project]",
)
@click.pass_obj
def create_command(context: Context, output: Path | None) -> None:
    """Make an archive of databases, data folders, volumes and settings, and verify it. Prints its path.

    The platform goes on. Databases are dumped as they are at one moment; services that keep their data in
    other ways are halted for the seconds in which it is copied. The archive holds secrets: only its owner can
    read it.

    \b
    Examples:
      tutor local backup create
      tutor local backup create --output /mnt/backups
    """
    from datetime import datetime, timezone

    from tutor.backup.create import create, default_path, size
    from tutor.backup.restore import demand_none
    from tutor.exceptions import BackupError

    now = datetime.now(timezone.utc)
    path = default_path(Path(context.root), now)
    if output is not None:
        path = output.absolute() / path.name if output.is_dir() else output.absolute()
    if path.exists():
        raise BackupError("There is a file of this name already", where=str(path), hint="choose another name")
    demand_none(Path(context.root))
    with session(context) as s:
        manifest = create(_deployment(s), path, now)
    for reason in manifest.left_out:
        fmt.echo_alert(f"not in the archive: {reason}")
    fmt.echo_info(f"{size(path.stat().st_size)} in {len(manifest.members)} members. Keep a copy elsewhere.")
    click.echo(str(path))


@backup.command("list", short_help="List archives.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.pass_obj
def list_command(context: Context, as_json: bool) -> None:
    """List the archives in the project's folder of backups, oldest first.

    \b
    Examples:
      tutor local backup list
      tutor local backup list --json
    """
    from tutor.backup.listing import archives

    found = archives(Path(context.root))
    if as_json:
        fmt.echo_json(backups=[listed.as_data for listed in found])
        return
    for listed in found:
        click.echo(_row(listed))
    if not found:
        fmt.echo_info("There are no archives. To make one: tutor local backup create")


@backup.command("verify", short_help="Check that an archive is complete and unchanged.")
@click.argument("archive", type=ArchiveType())
@click.pass_obj
def verify_command(context: Context, archive: str) -> int:
    """Read an archive from its beginning to its end: checksums, all members, formats, paths. Needs no engine.

    ARCHIVE is a name that `list` shows, or a path. The exit code is 1 when something is wrong.

    \b
    Example:
      tutor local backup verify tutor-20261124-030000.tar
    """
    from tutor.backup.listing import find
    from tutor.backup.verify import verify

    path = find(Path(context.root), archive, Path.cwd())
    manifest, faults = verify(path, TerminalReporter())
    for fault in faults:
        fmt.echo_error(f"Error: {fault}")
    manifest.check_release()
    if faults:
        fmt.echo_error(f"{path.name} is damaged. Others: tutor local backup list")
        return 1
    fmt.echo_info(f"{path.name} is complete and unchanged: {_made(manifest)}")
    return 0


@backup.command("restore", short_help="Put an archive in the place of what is there.")
@click.option("-I", "--non-interactive", is_flag=True, help="Ask nothing.")
@click.option("--resume", is_flag=True, help="Go on with a restore that was cut off.")
@click.option("--undo", is_flag=True, help="Put everything back as it was before a restore that was cut off.")
@click.option("--allow-missing", is_flag=True, help="Go on without plugins that cannot be loaded.")
@click.argument("archive", type=ArchiveType(), required=False)
@click.pass_obj
def restore_command(
    context: Context,
    non_interactive: bool,
    resume: bool,
    undo: bool,
    allow_missing: bool,
    archive: str | None,
) -> None:
    """Put the data and the settings of an archive in the place of those that are there.

    The archive is verified first, and what it replaces is shown. What is there now is kept until all is
    restored: when something fails, it is put back. ARCHIVE is a name that `list` shows, or a path.

    \b
    Examples:
      tutor local backup restore tutor-20261124-030000.tar
      tutor local backup restore --resume
      tutor local backup restore --undo
    """
    from tutor.backup import restore as restoring
    from tutor.backup.listing import find

    if sum((resume, undo, archive is not None)) != 1:
        raise click.UsageError("Name an archive, or --resume, or --undo.")
    root = Path(context.root)
    hands = _hands(context, allow_missing=allow_missing)
    if undo:
        restoring.undo(root, hands)
        fmt.echo_info("Everything is as it was before the restore.")
        return
    if resume:
        restoring.resume(root, hands)
    else:
        path = find(root, str(archive), Path.cwd())
        restoring.demand_none(root)
        manifest = _check(context, path, allow_missing=allow_missing)
        _show(manifest, hands)
        if not non_interactive:
            click.confirm(fmt.question("Replace it?"), abort=True, err=True)
        restoring.restore(root, path, hands)
    fmt.echo_info("The archive is restored. To bring everything up to date: tutor local launch")


def _check(context: Context, path: Path, *, allow_missing: bool) -> Manifest:
    """Verify an archive and try its settings."""
    from tutor.backup import settings, verify
    from tutor.backup.restore import settings_of

    fmt.echo_title("Verifying the archive")
    manifest = verify.demand(path)
    manifest.check_release()
    plugins_root = Path(context.plugins_root)
    content = settings_of(path)
    for note in settings.rehearse(content, plugins_root, manifest, allow_missing=allow_missing):
        fmt.echo_alert(note)
    return manifest


def _show(manifest: Manifest, hands: Hands) -> None:
    """Say what a restore replaces."""
    from tutor.backup.create import size

    fmt.echo(f"The archive was made {_made(manifest)}. It replaces:", err=True)
    fmt.echo("  settings: config.yml and the environment", err=True)
    for member in manifest.members:
        if member.kind != "settings":
            what = "databases" if member.kind == "dump" else "files"
            fmt.echo(f"  {what}: {member.place} ({size(member.raw_size)} in the archive)", err=True)
    with hands.opened() as deployment:
        found = deployment.inventory.items if deployment else ()
        kept = [item.name for item in found if item.name not in {m.place for m in manifest.members}]
    if kept:
        fmt.echo(f"It leaves alone, as the archive does not have it: {', '.join(kept)}", err=True)
    for reason in manifest.left_out:
        fmt.echo_alert(f"not in the archive: {reason}")


def _hands(context: Context, *, allow_missing: bool) -> Hands:
    from tutor.backup.restore import Hands

    @contextlib.contextmanager
    def opened() -> Iterator[Deployment | None]:
        from tutor.exceptions import EngineError

        with session(context) as s:
            try:
                s.files.paths(jobs=True)
            except EngineError:
                yield None
            else:
                yield _deployment(s)

    def replace_settings(content: bytes) -> None:
        from tutor.backup.settings import replace

        replace(Path(context.root), Path(context.plugins_root), content, allow_missing=allow_missing)

    return Hands(opened, replace_settings, _fetch, TerminalReporter())


def _fetch(deployment: Deployment) -> None:
    """Get the images of the platform that are missing."""
    from tutor.engines.fetch import ensure

    d = deployment
    ensure(d.runner, d.compose.engine, d.project, d.services, d.reporter, build=True)


def _deployment(s: Session) -> Deployment:
    """The platform, unless its sibling runs on the same data: files must not move from under a database.

    Raises:
        EngineError: it does.
    """
    from tutor.backup.deployment import Deployment
    from tutor.doctor import Subject, demand
    from tutor.doctor.data import check_data

    subject = Subject(s.runner, s.project, s.compose_on, engine=s.compose.engine)
    demand(check_data(subject), s.reporter)
    return Deployment(s.project, s.runner, s.compose, s.reporter)


def _made(manifest: Manifest) -> str:
    when = manifest.created.replace("T", " ").removesuffix("+00:00")
    plugins = ", ".join(f"{p.name} {p.version or ''}".strip() for p in manifest.plugins) or "none"
    return f"{when} UTC with tutor {manifest.version} on Open edX {manifest.release}, plugins: {plugins}"


def _row(listed: Listed) -> str:
    from tutor.backup.create import size

    if listed.manifest is None:
        return f"{listed.path.name}  {size(listed.size)}  unusable: {listed.fault}"
    return f"{listed.path.name}  {size(listed.size)}  {_made(listed.manifest)}"
