"""Jobs of `tutor local do` on LMS and CMS: users, demo content, themes, settings."""

from __future__ import annotations

from typing import Any

import click

from tutor.commands.scripts import announced, ask_password, prepared, run_scripts


@click.command("createuser", short_help="Create a user, or give one new rights and a new password.")
@click.option("--superuser", is_flag=True, help="May do everything.")
@click.option("--staff", is_flag=True, help="May use the administration and the CMS.")
@click.option(
    "-p",
    "--password",
    help="Visible to others on the command line. Without it: asked for, or read from standard input.",
)
@click.argument("name")
@click.argument("email")
def createuser(superuser: bool, staff: bool, password: str | None, name: str, email: str) -> None:
    """Create a user, or give one that exists new rights and a new password.

    \b
    Examples:
      tutor local do createuser --staff --superuser admin admin@example.com
      tutor local do createuser learner learner@example.com <password.txt
    """
    from tutor.jobs.scripts import create_user

    secret = password or ask_password(f"Password of {name}")
    arguments = {"superuser": superuser, "staff": staff, "name": name, "email": email}
    run_scripts(
        "createuser",
        arguments,
        lambda _: create_user(name, email, secret, superuser=superuser, staff=staff),
    )


@click.command("importdemocourse", short_help="Import the demo course.")
@click.option("-r", "--repo", metavar="URL", help="Git repository.  [default: the one of Open edX]")
@click.option(
    "-d",
    "--repo-dir",
    metavar="FOLDER",
    default="",
    help="Folder of the course in the repository.  [default: the one that has a course.xml]",
)
@click.option("-v", "--version", help="Branch, tag or commit.  [default: the setting OPENEDX_COMMON_VERSION]")
def importdemocourse(repo: str | None, repo_dir: str, version: str | None) -> None:
    """Import the demo course, or any other course in a Git repository, and put it into the search index.

    \b
    Examples:
      tutor local do importdemocourse
      tutor local do importdemocourse --repo=https://github.com/me/course --version=main --repo-dir=course
    """
    from tutor.jobs.scripts import DEMO_REPOSITORY, import_demo_course

    run_scripts(
        "importdemocourse",
        {"repo": repo, "repo_dir": repo_dir, "version": version},
        lambda values: import_demo_course(repo or DEMO_REPOSITORY, _version(values, version), repo_dir),
    )


@click.command("importdemolibraries", short_help="Import the demo libraries.")
@click.option("-r", "--repo", metavar="URL", help="Git repository.  [default: the one of Open edX]")
@click.option("-v", "--version", help="Branch, tag or commit.  [default: the setting OPENEDX_COMMON_VERSION]")
@click.argument("owner_username")
def importdemolibraries(repo: str | None, version: str | None, owner_username: str) -> None:
    """Import all libraries of a Git repository; OWNER_USERNAME is the user to whom they will belong.

    \b
    Example:
      tutor local do importdemolibraries admin
    """
    from tutor.jobs.scripts import DEMO_REPOSITORY, import_demo_libraries

    run_scripts(
        "importdemolibraries",
        {"repo": repo, "version": version, "owner_username": owner_username},
        lambda values: import_demo_libraries(
            repo or DEMO_REPOSITORY, _version(values, version), owner_username
        ),
    )


@click.command("settheme", short_help="Choose the theme of the sites.")
@click.option(
    "-d",
    "--domain",
    "domains",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Only this site; can be given several times.  [default: LMS and CMS, also in development]",
)
@click.argument("theme_name")
def settheme(domains: tuple[str, ...], theme_name: str) -> None:
    """Choose the theme of the sites. The name "default" goes back to none.

    \b
    Examples:
      tutor local do settheme mytheme
      tutor local do settheme --domain=learn.example.com mytheme
      tutor local do settheme default
    """
    from tutor.jobs.scripts import set_theme

    run_scripts(
        "settheme",
        {"domains": domains, "theme_name": theme_name},
        lambda values: set_theme(theme_name, domains or _sites(values)),
    )


@click.command("print-edx-platform-setting", short_help="Print a Django setting of LMS or CMS.")
@click.option(
    "-s",
    "--service",
    type=click.Choice(["lms", "cms"]),
    default="lms",
    show_default=True,
    help="Of which service.",
)
@click.argument("setting")
def print_edx_platform_setting(service: str, setting: str) -> int:
    """Print a Django setting as the platform itself sees it: the value alone, on standard output.

    \b
    Example:
      tutor local do print-edx-platform-setting --service=cms MEDIA_ROOT
    """
    from tutor import fmt
    from tutor.jobs.scripts import print_setting, read_answer

    name = "print-edx-platform-setting"
    with announced(name, {"service": service, "setting": setting}) as s:
        task = prepared(s, name, print_setting(setting, service))[0]
        lines: list[str] = []
        result = s.place.run(task, lines.append)
    if result.code:
        fmt.echo(result.output, err=True)
        fmt.echo_error(f"Error: {result.reason}")
        return 1
    click.echo(read_answer(lines))
    return 0


def _version(values: Any, chosen: str | None) -> str:
    return chosen or str(values["OPENEDX_COMMON_VERSION"])


def _sites(values: Any) -> list[str]:
    """Addresses of LMS and CMS; those with ports are the ones of development."""
    lms, cms = values["LMS_HOST"], values["CMS_HOST"]
    return [lms, f"{lms}:8000", cms, f"{cms}:8001"]


JOBS = (createuser, importdemocourse, importdemolibraries, settheme, print_edx_platform_setting)
