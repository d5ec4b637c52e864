"""``tutor sandbox``."""

from __future__ import annotations

from typing import Any

import click


@click.group(help="Run the platform on small stand-in images that are built on this machine.")
def sandbox() -> None:
    """Group of the plugin's commands."""


@sandbox.command(help="Make the Debian image that the sandbox's images are built on.")
@click.option("--force", is_flag=True, help="Make it again, even where it exists.")
@click.pass_obj
def base(context: Any, force: bool) -> None:
    """Pull the base image where a registry answers, or make it from Debian's packages."""
    # Imported here: that the command exists costs nothing.
    from tutorsandbox.base import make_base

    with context.opened() as project:
        image = str(project.values["SANDBOX_BASE_IMAGE"])
    make_base(image, force=force)
