"""The core's databases: scripts that print them, and scripts that read what was printed.

Passwords come from the environment of the job services. The clients are those of the images in which the
scripts run: MySQL's, or MariaDB's, which knows options of MySQL only as ``--loose-…``.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from tutor.backup.treatment import Treatment
from tutor.jobs.mysql import Server, string

if TYPE_CHECKING:
    from collections.abc import Iterable

MYSQL, MONGODB = "data/mysql", "data/mongodb"
#: Databases that belong to the server.
_SYSTEM = ("information_schema", "mysql", "ndbinfo", "performance_schema", "sys")
#: Users that belong to the server, or that a new one makes.
_SYSTEM_USERS = ("", "root", "mysql.sys", "mysql.session", "mysql.infoschema", "mariadb.sys", "PUBLIC")
#: One transaction for all databases: what is printed is how all of them were at one moment. That holds for
#: tables of InnoDB; Open edX has no others.
_DUMP = (
    "--single-transaction --quick --hex-blob --routines --events --triggers --no-tablespaces "
    "--add-drop-database --default-character-set=utf8mb4 --loose-set-gtid-purged=OFF "
    "--loose-column-statistics=0"
)
_ACCOUNTS = """
accounts=$(mktemp)
ask() {{ printf '%s' "$1" | sql --batch --raw --skip-column-names; }}
ask {users} >"$accounts"
while IFS= read -r account; do
    # A role is no user, and has nothing to show here.
    if create=$(ask "$hex SHOW CREATE USER $account;" 2>/dev/null); then
        grants=$(ask "SHOW GRANTS FOR $account;")
        printf 'DROP USER IF EXISTS %s;\\n%s;\\n' "$account" "$create"
        printf '%s\\n' "$grants" | sed 's/$/;/'
    fi
done <"$accounts"
"""


def core_treatments(values: Any) -> tuple[dict[str, Treatment], list[str]]:
    """How the core's databases are kept: by name of the data; and what is left out, with the reason."""
    found, left_out = {}, []
    own = bool(values["RUN_MYSQL"])
    found[MYSQL] = Treatment(
        dump=("mysql", mysql_dump(values)), restore=("mysql", mysql_restore(values)), suffix="sql"
    )
    if values["RUN_MONGODB"]:
        found[MONGODB] = Treatment(
            dump=("mongodb", _mongodb(values, "mongodump")),
            restore=("mongodb", _mongodb(values, "mongorestore", "--drop")),
            suffix="archive",
        )
    else:
        left_out.append(f"MongoDB at {values['MONGODB_HOST']}: it runs outside, back it up there")
    if not own:
        names = ", ".join(_named_databases(values))
        left_out.append(f"MySQL at {values['MYSQL_HOST']}: only the databases that settings name ({names})")
    return found, left_out


def mysql_dump(values: Any) -> str:
    """A script that prints databases as SQL.

    All of them and their users, where the server is ours; else those that settings name.
    """
    lines = [_client(values), "dump=$(command -v mysqldump || command -v mariadb-dump)"]
    if values["RUN_MYSQL"]:
        users = ", ".join(map(string, (*_SYSTEM_USERS, str(values["MYSQL_ROOT_USERNAME"]))))
        accounts = f"SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user WHERE user NOT IN ({users})"  # noqa: S608 (quoted)
        lines += [
            "hex='SET print_identified_with_as_hex = ON;'",
            "if ! printf '%s' \"$hex\" | sql 2>/dev/null; then hex=; fi",
            _ACCOUNTS.format(users=quote(accounts)).strip(),
            "echo 'FLUSH PRIVILEGES;'",
        ]
        chosen = f"schema_name NOT IN ({', '.join(map(string, _SYSTEM))})"
    else:
        chosen = f"schema_name IN ({', '.join(map(string, _named_databases(values)))})"
    query = f"SELECT schema_name FROM information_schema.schemata WHERE {chosen}"  # noqa: S608 (quoted)
    lines += [
        f"names=$(printf '%s' {quote(query)} | sql --batch --raw --skip-column-names)",
        'if [ -z "$names" ]; then echo "-- There is no database."; exit 0; fi',
        "set -f",
        "IFS='\n'",
        # Split at line ends only: a name may have spaces.
        "set -- $names",
        "unset IFS",
        f'MYSQL_PWD=$MYSQL_ROOT_PASSWORD "$dump" {_options(values)} {_DUMP} --databases "$@"',
    ]
    return "\n".join(lines) + "\n"


def mysql_restore(values: Any) -> str:
    """A script that reads SQL. What comes in is not kept a second time in the log of a server of ours."""
    option = "--init-command='SET sql_log_bin = 0' " if values["RUN_MYSQL"] else ""
    return f"{_client(values)}sql {option}--default-character-set=utf8mb4\n"


def _client(values: Any) -> str:
    return Server.of(values).client


def _options(values: Any) -> str:
    server = Server.of(values)
    return f"--protocol=tcp --host={quote(server.host)} --port={server.port} --user={quote(server.user)}"


def _mongodb(values: Any, program: str, *options: str) -> str:
    address = f"--host={quote(str(values['MONGODB_HOST']))} --port={values['MONGODB_PORT']}"
    return " ".join([program, "--quiet", address, "--archive", *options]) + "\n"


def _named_databases(values: Any) -> Iterable[str]:
    """Databases that settings name, such as ``OPENEDX_MYSQL_DATABASE``."""
    return dict.fromkeys(str(values[name]) for name in values if name.endswith("MYSQL_DATABASE"))
