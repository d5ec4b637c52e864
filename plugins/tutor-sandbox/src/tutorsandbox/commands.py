"""``tutor sandbox``."""

from __future__ import annotations

from typing import Any

import click


@click.group(help="Run the platform on small stand-in images that are built on this machine.")
def sandbox() -> None:
    """Group of the plugin's commands."""


@sandbox.command(help="Make the Debian images that the sandbox's images are built on.")
@click.option("--force", is_flag=True, help="Make them again, even where they exist.")
@click.pass_obj
def base(context: Any, force: bool) -> None:
    """Pull the base image, or make it from Debian's packages; with SANDBOX_MYSQL=mysql, MySQL's too."""
    # Imported here: that the command exists costs nothing.
    from tutorsandbox.base import make_base, make_mysql_base

    with context.opened() as project:
        values = project.values
        image, mysql = str(values["SANDBOX_BASE_IMAGE"]), str(values["SANDBOX_MYSQL_BASE_IMAGE"])
        wanted = values["SANDBOX_MYSQL"] == "mysql"
    make_base(image, force=force)
    if wanted:
        make_mysql_base(mysql, force=force)
