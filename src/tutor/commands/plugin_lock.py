"""`tutor plugins lock` and `sync`: the same plugins on every machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.commands.compose import TerminalReporter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutor.commands.context import Context
    from tutor.engines.find import Engine
    from tutor.engines.run import Runner
    from tutor.plugins import Installed
    from tutor.plugins.installing import Installation
    from tutor.plugins.lock import Difference, Locked


@click.command("lock", short_help="Write down exactly which plugins there are.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written, for scripts.")
@click.pass_obj
def lock(context: Context, as_json: bool) -> None:
    """Write plugins.lock into the project's folder: name, version, source and SHA-256 of each installed
    plugin, and digests of the images that the engine knows. Keep it under version control: the same plugins
    give the same file.

    The SHA-256 is that of the plugin's files, by path, as they are installed: a change to one of them shows.

    \b
    Example:
      tutor plugins lock
    """
    from tutor.env.lock import locked
    from tutor.env.transaction import Transaction
    from tutor.plugins import lock as locks

    root = Path(context.root)
    installed = _installed(context)
    found = locks.Lock(locks.now(installed), _images(context, _known_images(root)))
    for plugin in found.plugins:
        if plugin.sha256 is None:
            fmt.echo_alert(f"{plugin.name} is run from {plugin.source}, whose files are not locked")
    with locked(root):
        change = Transaction(root)
        change.write(locks.FILENAME, found.serialized(), 0o644)
        change.commit()
    if as_json:
        fmt.echo_json(plugins=found.plugins, images=dict(found.images))
    plugins = f"{len(found.plugins)} plugin{'s' if len(found.plugins) != 1 else ''}"
    fmt.echo_info(f"Written: {root / locks.FILENAME} ({plugins}, {len(found.images)} images)")


@click.command("sync", short_help="Make the machine equal to plugins.lock.")
@click.option("--check", is_flag=True, help="Only say what differs; the exit code is 2 then.")
@click.option("--skip-images", is_flag=True, help="Leave images as they are.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.pass_context
def sync(ctx: click.Context, check: bool, skip_images: bool, as_json: bool) -> None:
    """Install, upgrade, downgrade and uninstall plugins so that they are those of plugins.lock.

    What is fetched has to have the SHA-256 that is in the file, else nothing is installed. All of it is
    installed or none. An enabled plugin is not uninstalled. Then images are pulled that are not here with the
    digest that is in the file, where there is an engine.

    \b
    Examples:
      tutor plugins sync
      tutor plugins sync --check
      tutor plugins sync --skip-images
    """
    from tutor.engines import digests
    from tutor.engines.run import ProcessRunner
    from tutor.plugins import lock as locks

    context: Context = ctx.obj
    root = Path(context.root)
    wanted = locks.read(root)
    found = list(locks.differences(wanted, _installed(context)))
    runner = ProcessRunner()
    engine = _engine(runner) if wanted.images and not skip_images else None
    images = digests.differences(runner, engine, wanted.images) if engine else []
    if as_json:
        import dataclasses

        kinds = ("kind", "name", "have", "want", "message")
        fmt.echo_json(
            differences=[{key: getattr(difference, key) for key in kinds} for difference in found],
            images=[{**dataclasses.asdict(image), "message": image.message} for image in images],
        )
    else:
        for message in (*(d.message for d in found), *(d.message for d in images)):
            click.echo(message)
        if not found and not images:
            compared = "Everything is" if engine or not wanted.images else "The plugins are"
            fmt.echo_info(f"{compared} as {locks.FILENAME} says.")
    if check:
        if found or images:
            ctx.exit(2)
        return
    if found:
        _make_equal(context, found)
    if engine and images:
        for image in images:
            digests.pull(runner, engine, image, TerminalReporter())
        fmt.echo_info("To run the platform on these images: tutor local launch")


def _make_equal(context: Context, found: list[Difference]) -> None:
    """Install what is missing or differs, all or nothing, then remove what is too much.

    Raises:
        PluginError: a plugin is a file that only the user can put there, a digest differs.
    """
    from tutor.config import userfile
    from tutor.config.userfile import enabled_plugins
    from tutor.engines.run import ProcessRunner
    from tutor.exceptions import PluginError
    from tutor.plugins import lock as locks
    from tutor.plugins.installers import find_installer, find_place
    from tutor.plugins.installing import install, prepared, to_uninstall
    from tutor.plugins.requirements import canonical
    from tutor.plugins.wanted import parse

    for difference in found:
        if difference.kind == "unknown":
            raise PluginError(
                f"{difference.message}; nothing was changed",
                where=str(Path(context.plugins_root)),
                hint="put the right file there or remove it, or accept it: tutor plugins lock",
            )
    installed = _installed(context)
    enabled = enabled_plugins(userfile.read(Path(context.root)))
    gone = to_uninstall(locks.packages(found), installed, enabled)
    entries = [d.locked for d in found if d.locked is not None]
    place = find_place()
    installer = find_installer(ProcessRunner(), place)
    if entries:
        wanted = [parse(locks.requirement(entry), label=entry.name) for entry in entries]
        again = {canonical(entry.package) for entry in entries if entry.package}
        with prepared(wanted, installer, installed, force=True, again=again) as installation:
            _verify(installation, entries)
            install(installation, installer, place)
            fmt.echo_info(f"Installed: {', '.join(package.title for package in installation.packages)}")
    if gone:
        installer.uninstall(gone)
        fmt.echo_info(f"Uninstalled: {', '.join(gone)}")
    fmt.echo_info("To run the platform with these plugins: tutor config save, then tutor local launch")


def _verify(installation: Installation, entries: list[Locked]) -> None:
    """Compare what was fetched with the file, before it is installed.

    Raises:
        PluginError: it is something else.
    """
    from tutor.exceptions import PluginError
    from tutor.plugins.digest import of_staged
    from tutor.plugins.lock import FILENAME
    from tutor.plugins.requirements import canonical

    wanted = {canonical(entry.package): entry for entry in entries if entry.package}
    for package in installation.packages:
        entry = wanted.get(package.key)
        if entry is None:
            continue
        if package.version != entry.version:
            raise PluginError(
                f"{entry.name} is {entry.version} in {FILENAME}, but {entry.source} gives {package.version}; "
                "nothing was installed",
                where=f"package {package.title}",
                hint="tutor plugins lock, where the right one is installed",
            )
        digest = of_staged(installation.work, package)
        if entry.sha256 is not None and digest != entry.sha256:
            raise PluginError(
                f"{package.title} is not what {FILENAME} says: its SHA-256 is {digest}, not {entry.sha256}; "
                "nothing was installed",
                where=f"package {package.title}, from {entry.source}",
                hint="find out who changed it; to accept it, install it and: tutor plugins lock",
            )


def _installed(context: Context) -> Mapping[str, list[Installed]]:
    """Installed plugins, by name.

    Raises:
        PluginError: two have one name.
    """
    from tutor.plugins.discovery import discover
    from tutor.plugins.loading import ambiguous

    found = discover(Path(context.plugins_root))
    for name, plugins in found.items():
        if len(plugins) > 1:
            raise ambiguous(name, plugins)
    return found


def _known_images(root: Path) -> dict[str, str]:
    """Images of the file that is there: they stay where no engine answers."""
    from tutor.exceptions import PluginError
    from tutor.plugins import lock as locks

    try:
        return dict(locks.read(root).images)
    except PluginError:
        return {}


def _images(context: Context, otherwise: dict[str, str]) -> dict[str, str]:
    """Digests of the images of the project's services."""
    import os

    from tutor.commands.local import FLAVOUR
    from tutor.engines.compose import ComposeProject
    from tutor.engines.digests import digests
    from tutor.engines.find import find_engine
    from tutor.engines.model import read_model
    from tutor.engines.run import ProcessRunner
    from tutor.exceptions import EngineError

    runner = ProcessRunner()
    try:
        engine = find_engine(runner, os.environ)
        with context.opened() as project:
            name = str(project.values[FLAVOUR.project_setting])
            compose = ComposeProject(name, FLAVOUR.files(project.environment), engine)
            services = read_model(runner, compose, jobs=True)
    except EngineError:
        return otherwise
    images = [service.image for service in services.values() if service.image and not service.built]
    return {image: digest for image, digest in digests(runner, engine, images).items() if digest}


def _engine(runner: Runner) -> Engine | None:
    """The engine that has the images. Where none answers, that is said."""
    import os

    from tutor.engines.find import find_engine
    from tutor.exceptions import EngineError

    try:
        return find_engine(runner, os.environ)
    except EngineError as error:
        fmt.echo_alert(f"images are not compared: {error.message}")
        return None
