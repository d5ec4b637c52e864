"""`tutor images`: build, pull and push images by their short names."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from tutor.commands.groups import CommandGroup
from tutor.core.lookup import hand_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.commands.context import Context
    from tutor.engines.find import Engine
    from tutor.project import Project

#: Names under which plugins import what is elsewhere.
HANDED_ON = {
    "BASE_IMAGE_NAMES": "BASE_IMAGE_NAMES",
    "ImageNotFoundError": "ImageNotFoundError",
    "find_images_to_build": "find_images_to_build",
    "find_remote_image_tags": "find_remote_image_tags",
    "get_image_build_contexts": "get_image_build_contexts",
}

__getattr__ = hand_on(__name__, "tutor.commands.image_calls", HANDED_ON)

names_argument = click.argument("image_names", metavar="[NAME]...", nargs=-1)


@click.group("images", cls=CommandGroup, short_help="Images: build, pull, push.")
def images_command() -> None:
    """Build, pull and push images. Each has a short name; the name all stands for every one.

    \b
    Examples:
      tutor images build openedx
      tutor images pull all
    """


@images_command.command("build", short_help="Build images.")
@click.option("--no-cache", is_flag=True, help="Build every layer anew, also of what is up to date.")
@click.option("--no-registry-cache", is_flag=True, help="Do not look for layers in the registry.")
@click.option("--cache-to-registry", is_flag=True, help="Keep the layers in the registry.")
@click.option(
    "--output", "docker_output", metavar="TYPE", help="Where the image goes, as the builder calls it."
)
@click.option("-a", "--build-arg", "build_args", multiple=True, metavar="NAME=VALUE", help="Build argument.")
@click.option("--add-host", "add_hosts", multiple=True, metavar="HOST:IP", help="A host for the build.")
@click.option("--target", metavar="STAGE", help="Stop at this stage of the Dockerfile.")
@click.option(
    "-d", "--docker-arg", "docker_args", multiple=True, metavar="ARG", help="More for the build command."
)
@names_argument
@click.pass_obj
def build(
    context: Context,
    no_cache: bool,
    no_registry_cache: bool,
    cache_to_registry: bool,
    docker_output: str | None,
    build_args: tuple[str, ...],
    add_hosts: tuple[str, ...],
    target: str | None,
    docker_args: tuple[str, ...],
    image_names: tuple[str, ...],
) -> None:
    """Build images that are missing or whose files have changed, after those that they stand on.

    Folders of `tutor mounts` are built into them. An image remembers its --build-arg and --target: when its
    files change, `launch` builds it with them again. Building it without them takes them away.

    \b
    Examples:
      tutor images build openedx
      tutor images build --no-cache openedx permissions
      tutor images build --build-arg EDX_PLATFORM_VERSION=main openedx
    """
    from tutor.commands.compose import TerminalReporter
    from tutor.engines import catalogue, images
    from tutor.engines.fetch import fetch
    from tutor.engines.run import ProcessRunner

    arguments = ["--no-cache"] if no_cache else []
    arguments += [f"--build-arg={each}" for each in build_args]
    arguments += [f"--add-host={each}" for each in add_hosts]
    arguments += [f"--target={target}"] if target else []
    arguments += [f"--output={docker_output}"] if docker_output else []
    arguments += docker_args
    runner, reporter = ProcessRunner(), TerminalReporter()
    with context.opened() as project:
        project.require_plugins(allow_missing=False)
        builds = images.all_builds(project)
        names = catalogue.chosen(image_names, [b.name for b in builds], "build")
        engine = _engine()
        if cache_to_registry or (not no_registry_cache and not no_cache and len(names) == 1):
            pushable = [name for name, _ in catalogue.pushable(project)]
            for each in [b for b in builds if b.name in names and b.name in pushable]:
                arguments += catalogue.cache_arguments(
                    runner, engine, each.tag, read=not no_registry_cache, write=cache_to_registry
                )
        due = catalogue.plan_builds(runner, engine, builds, names, arguments, reporter)
        fetch(runner, engine, project, due, {}, reporter)


@images_command.command("pull", short_help="Pull images.")
@names_argument
@click.pass_obj
def pull(context: Context, image_names: tuple[str, ...]) -> None:
    """Pull images from their registries, also those that are here: there may be newer ones.

    \b
    Examples:
      tutor images pull mysql
      tutor images pull all
    """
    from tutor.commands.compose import TerminalReporter
    from tutor.engines import catalogue
    from tutor.engines.fetch import fetch
    from tutor.engines.images import Fetching
    from tutor.engines.run import ProcessRunner

    with _opened(context) as project:
        known = catalogue.pullable(project)
        names = catalogue.chosen(image_names, [name for name, _ in known], "pull")
        engine = _engine()
        users: dict[str, list[str]] = {}
        for name, tag in known:
            if name in names:
                users.setdefault(tag, []).append(name)
        fetch(ProcessRunner(), engine, project, Fetching(pulls=tuple(users)), users, TerminalReporter())


@images_command.command("push", short_help="Push images.")
@names_argument
@click.pass_obj
def push(context: Context, image_names: tuple[str, ...]) -> None:
    """Push images to the registry that their names begin with.

    \b
    Example:
      tutor images push openedx
    """
    from tutor.commands.compose import TerminalReporter
    from tutor.engines import catalogue
    from tutor.engines.run import ProcessRunner

    with _opened(context) as project:
        known = catalogue.pushable(project)
        names = catalogue.chosen(image_names, [name for name, _ in known], "push")
        engine = _engine()
        for name in names:
            for tag in catalogue.tags_of(name, known):
                catalogue.push(ProcessRunner(), engine, tag, TerminalReporter())


@images_command.command("printtag", short_help="Print the full names of images.")
@names_argument
@click.pass_obj
def printtag(context: Context, image_names: tuple[str, ...]) -> None:
    """Print the full names of images, one per line.

    \b
    Example:
      tutor images printtag openedx
    """
    from tutor.engines import catalogue

    with context.opened() as project:
        known = catalogue.tags(project)
        for name in catalogue.chosen(image_names, [name for name, _ in known], "print"):
            for tag in catalogue.tags_of(name, known):
                click.echo(tag)


@contextlib.contextmanager
def _opened(context: Context) -> Iterator[Project]:
    from tutor import fmt

    with context.opened() as project:
        for error in project.plugin_errors:
            fmt.echo_alert(str(error))
        yield project


def _engine() -> Engine:
    """The engine. It is looked for once it is known what is asked of it."""
    import os

    from tutor.engines.find import find_engine
    from tutor.engines.run import ProcessRunner

    return find_engine(ProcessRunner(), os.environ)
