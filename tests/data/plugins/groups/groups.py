"""Commands that are added to the groups of the core."""

import click

from tutor import hooks
from tutor.commands.dev import dev
from tutor.commands.k8s import k8s
from tutor.commands.local import local


@local.command()
@click.option("--size", default=1)
def measure(size):
    """Added by decorator."""


@click.command("weigh")
@click.argument("what")
def weigh(what):
    """Added to two groups."""


local.add_command(weigh)
dev.add_command(weigh)


@k8s.group("scales")
def scales():
    """A group in a group."""


@scales.command("tare")
def tare():
    """In there."""


@click.command("count")
@click.option("--twice/--once")
def count(twice):
    """A job."""
    return [("lms", "echo {{ LMS_HOST }}")]


@click.group("school")
def school():
    """A command of its own."""


@school.command("open")
def open_school():
    """In there."""


hooks.Filters.CLI_DO_COMMANDS.add_item(count)
hooks.Filters.CLI_COMMANDS.add_item(school)
