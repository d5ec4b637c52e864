"""Scripts of the jobs that work on MySQL. Passwords come from the environment or standard input."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutor.jobs.scripts import Script

SERVICE = "mysql"


@dataclass(frozen=True, slots=True)
class Server:
    """A MySQL server, and its administrator."""

    host: str
    port: int
    user: str

    @classmethod
    def of(cls, values: Any) -> Server:
        """The server that the settings name."""
        return cls(str(values["MYSQL_HOST"]), int(values["MYSQL_PORT"]), str(values["MYSQL_ROOT_USERNAME"]))

    @property
    def client(self) -> str:
        """Shell lines that define ``sql``: the client, logged in as administrator."""
        options = f"--protocol=tcp --host={quote(self.host)} --port={self.port} --user={quote(self.user)}"
        return (
            "client=$(command -v mysql || command -v mariadb)\n"
            f'sql() {{ MYSQL_PWD=$MYSQL_ROOT_PASSWORD "$client" {options} "$@"; }}\n'
        )


def shell_command(server: Server, database: str, arguments: Sequence[str]) -> list[str]:
    """A command for a container: the client on its terminal."""
    script = f'{server.client}sql --database={quote(database)} "$@"'
    return ["sh", "-c", script, "sqlshell", *arguments]


def convert_charset(
    server: Server, database: str, include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> list[Script]:
    """Convert tables to utf8mb4: all that are not yet, or some; and the database, where it is all."""
    chosen = ""
    if include:
        chosen = f"AND t.table_name IN ({', '.join(map(string, include))})"
    elif exclude:
        chosen = f"AND t.table_name NOT IN ({', '.join(map(string, exclude))})"
    whole = f"ALTER DATABASE {name(database)} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
    query = f"""
        SELECT CONCAT(
            'ALTER TABLE `', REPLACE(t.table_name, '`', '``'),
            '` CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'
        )
        FROM information_schema.tables t
        WHERE t.table_schema = {string(database)} AND t.table_type = 'BASE TABLE' {chosen}
        AND (t.table_collation NOT LIKE 'utf8mb4%' OR EXISTS (
            SELECT 1 FROM information_schema.columns c
            WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name
            AND c.character_set_name IS NOT NULL AND c.character_set_name <> 'utf8mb4'
        ))
        ORDER BY t.table_name
        """  # noqa: S608 (strings are quoted)
    lines = [
        server.client,
        f"statements=$(printf '%s' {quote(query)} | sql --batch --raw --skip-column-names)",
        'if [ -z "$statements" ]; then echo "No table has to be converted."; fi',
        "printf '%s\\n' \"$statements\" | while IFS= read -r statement; do",
        '    if [ -z "$statement" ]; then continue; fi',
        '    echo "$statement"',
        "    printf 'SET foreign_key_checks = 0;\\n%s;\\n' \"$statement\" \\",
        f"        | sql --database={quote(database)}",
        "done",
    ]
    if not include and not exclude:
        lines.append(f"printf '%s' {quote(whole)} | sql")
    return [(SERVICE, "\n".join(lines) + "\n")]


def update_authentication(server: Server, user: str, password: str) -> list[Script]:
    """Let a user log in by the plugin caching_sha2_password, which MySQL 9 insists on."""
    plugin = "SELECT COUNT(*) FROM information_schema.plugins WHERE plugin_name = 'caching_sha2_password'"
    hosts = f"SELECT host FROM mysql.user WHERE user = {string(user)}"  # noqa: S608 (quoted)
    account, secret = (_printf(string(text)) for text in (user, password))
    change = f"ALTER USER {account}@'%s' IDENTIFIED WITH caching_sha2_password BY {secret};"
    lines = [
        server.client,
        f"hosts=$(printf '%s' {quote(hosts)} | sql --batch --raw --skip-column-names)",
        'if [ -z "$hosts" ]; then',
        f"    printf 'There is no user %s in MySQL\\n' {quote(user)} >&2",
        "    exit 1",
        "fi",
        f"if [ \"$(printf '%s' {quote(plugin)} | sql --batch --skip-column-names)\" = 0 ]; then",
        '    echo "This server does not know caching_sha2_password: there is nothing to change."',
        "    exit 0",
        "fi",
        "printf '%s\\n' \"$hosts\" | while IFS= read -r host; do",
        f'    printf {quote(change)} "$host" | sql',
        f"    printf 'Changed: %s at %s\\n' {quote(user)} \"$host\"",
        "done",
    ]
    return [(SERVICE, "\n".join(lines) + "\n")]


def known_password(values: Any, user: str) -> str | None:
    """The password of a user of MySQL, where settings such as ``MYAPP_MYSQL_USERNAME`` name the user."""
    pairs = [("MYSQL_ROOT_USERNAME", "MYSQL_ROOT_PASSWORD")]
    pairs += [(n, n.replace("USERNAME", "PASSWORD")) for n in values if n.endswith("_MYSQL_USERNAME")]
    for name_of, password_of in pairs:
        if str(values[name_of]) == user and password_of in values:
            return str(values[password_of])
    return None


def string(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def name(text: str) -> str:
    """A name of SQL."""
    return "`" + text.replace("`", "``") + "`"


def _printf(text: str) -> str:
    """Text as part of a format of ``printf``, which is part of the shell and has no command line."""
    return text.replace("\\", "\\\\").replace("%", "%%")
