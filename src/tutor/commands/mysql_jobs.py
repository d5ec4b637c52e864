"""Jobs of `tutor local do` on MySQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor.commands.scripts import announced, ask_password, run_scripts

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command(
    "sqlshell",
    short_help="Open a shell of MySQL.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def sqlshell(args: tuple[str, ...]) -> int:
    """Open a shell of MySQL as administrator, in the platform's database. ARGS are the client's.

    \b
    Examples:
      tutor local do sqlshell
      tutor local do sqlshell -e "SHOW TABLES"
      tutor local do sqlshell mydatabase
    """
    from tutor.jobs.mysql import Server, shell_command

    with announced("sqlshell", {"args": args}) as s:
        values = s.project.values
        command = shell_command(Server.of(values), str(values["OPENEDX_MYSQL_DATABASE"]), args)
        return s.run_interactively("mysql-job", command)


@click.command("convert-mysql-utf8mb4-charset", short_help="Convert tables of MySQL to utf8mb4.")
@click.option("--include", metavar="TABLE[,TABLE]...", help="Only these tables.")
@click.option("--exclude", metavar="TABLE[,TABLE]...", help="All but these tables.")
@click.option("--database", help="Name of the database.  [default: the platform's]")
@click.option("-I", "--non-interactive", is_flag=True, help="Ask nothing.")
def convert_mysql_utf8mb4_charset(
    include: str | None, exclude: str | None, database: str | None, non_interactive: bool
) -> None:
    """Convert tables to the character set utf8mb4, in which all languages and signs can be written.

    Tables that have it already are left alone. Make a backup first.

    \b
    Examples:
      tutor local do convert-mysql-utf8mb4-charset
      tutor local do convert-mysql-utf8mb4-charset --include=auth_user,auth_userprofile
    """
    from tutor.jobs.mysql import Server, convert_charset

    if include and exclude:
        raise click.UsageError("Either --include or --exclude.")
    if not non_interactive:
        click.confirm("Did you make a backup? Tables are converted now", abort=True, err=True)
    run_scripts(
        "convert-mysql-utf8mb4-charset",
        {"include": include, "exclude": exclude, "database": database},
        lambda values: convert_charset(
            Server.of(values),
            database or str(values["OPENEDX_MYSQL_DATABASE"]),
            _names(include),
            _names(exclude),
        ),
    )


@click.command("update-mysql-authentication-plugin", short_help="Let a user of MySQL log in the new way.")
@click.option(
    "-p",
    "--password",
    help="Visible to others on the command line. Without it: from the settings, or asked for.",
)
@click.argument("user")
def update_mysql_authentication_plugin(password: str | None, user: str) -> None:
    """Let a user of MySQL log in by caching_sha2_password, the only way that newer versions know.

    The password is the user's present one. Those of users in the settings are known.

    \b
    Examples:
      tutor local do update-mysql-authentication-plugin openedx
      tutor local do update-mysql-authentication-plugin root
    """
    from tutor.jobs.mysql import Server, known_password, update_authentication

    context = click.get_current_context().obj
    with context.opened() as project:
        secret = password or known_password(project.values, user)
    secret = secret or ask_password(f"Password of {user} in MySQL")
    run_scripts(
        "update-mysql-authentication-plugin",
        {"user": user},
        lambda values: update_authentication(Server.of(values), user, secret),
    )


def _names(text: str | None) -> Iterable[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


JOBS = (sqlshell, convert_mysql_utf8mb4_charset, update_mysql_authentication_plugin)
