#!/usr/bin/env python
"""Compiles the styles of LMS, CMS and themes, each beside the folder of its sources."""

import os
from pathlib import Path

import click
import sass

DEFAULTS = [Path("lms/static/sass"), Path("cms/static/sass")]


@click.command()
@click.option("--env", default="production", type=click.Choice(["production", "development"]))
@click.option("--theme-dir", "theme_dirs", multiple=True, envvar="COMPREHENSIVE_THEME_DIRS")
@click.option("--theme", "themes", multiple=True)
@click.option("--skip-default", is_flag=True)
@click.option("--skip-themes", is_flag=True)
def main(env, theme_dirs, themes, skip_default, skip_themes):
    folders = [] if skip_default else DEFAULTS
    if not skip_themes:
        for place in theme_dirs:
            found = sorted(Path(place).glob("*/[lc]ms/static/sass"))
            folders = [*folders, *(f for f in found if not themes or f.parts[-4] in themes)]
    style = "compressed" if env == "production" else "nested"
    for folder in folders:
        for source in folder.glob("[!_]*.scss"):
            target = folder.with_name("css") / f"{source.stem}.css"
            target.parent.mkdir(exist_ok=True)
            target.write_text(sass.compile(filename=os.fspath(source), output_style=style))
            click.echo(f"{source} -> {target}")


if __name__ == "__main__":
    main()
