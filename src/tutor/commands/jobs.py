"""Jobs, under the name by which plugins import them: `tutor.commands.do` and its siblings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tutor.commands.do import do, init, run_init, tasks_of_init
from tutor.commands.mysql_jobs import (
    convert_mysql_utf8mb4_charset,
    sqlshell,
    update_mysql_authentication_plugin,
)
from tutor.commands.platform_jobs import (
    createuser,
    importdemocourse,
    importdemolibraries,
    print_edx_platform_setting,
    settheme,
)
from tutor.commands.plugin_jobs import JobGroup, do_callback
from tutor.commands.tests_job import tests

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DoGroup",
    "add_job_commands",
    "convert_mysql_utf8mb4_charset",
    "create_user_template",
    "createuser",
    "do",
    "do_callback",
    "do_group",
    "importdemocourse",
    "importdemolibraries",
    "initialise",
    "print_edx_platform_setting",
    "run_init",
    "set_theme_template",
    "settheme",
    "sqlshell",
    "tasks_of_init",
    "tests_command",
    "update_mysql_authentication_plugin",
]

DoGroup = JobGroup
initialise, tests_command = init, tests


def do_group(f: Callable[..., Any]) -> click.Group:
    """Make a function the group of jobs of one more way to run the platform; its docstring is the help."""
    return click.group("do", cls=JobGroup, short_help="Run a job: initialisation and others.")(f)


def add_job_commands(do_command_group: click.Group) -> None:
    """Add the jobs of the core to a group."""
    for job in do.commands.values():
        do_command_group.add_command(job)


def create_user_template(superuser: str, staff: str, username: str, email: str, password: str) -> str:
    """The script for the LMS that creates a user, or gives one new rights and a new password.

    Args:
        superuser: whether the user may do everything: any text but an empty one and ``false``.
        staff: whether the user may use the administration and the CMS.
        username: of the user.
        email: of the user.
        password: the new one.
    """
    from tutor.jobs.scripts import create_user

    rights = {"superuser": _says_yes(superuser), "staff": _says_yes(staff)}
    ((_, script),) = create_user(username, email, password, **rights)
    return script


def set_theme_template(theme_name: str, domain_names: list[str]) -> str:
    """The script for the LMS that gives a theme to sites."""
    from tutor.jobs.scripts import set_theme

    ((_, script),) = set_theme(theme_name, domain_names)
    return script


def _says_yes(text: str) -> bool:
    return str(text).strip().lower() not in ("", "false", "0", "no")
