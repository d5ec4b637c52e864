"""The scripts of the steps of an upgrade: from the project to (service, script) pairs."""

from __future__ import annotations

import textwrap
from shlex import quote
from typing import TYPE_CHECKING, Any

from tutor.jobs.mysql import SERVICE, Server, convert_charset, string
from tutor.jobs.tasks import init_tasks

if TYPE_CHECKING:
    from tutor.jobs.scripts import Script
    from tutor.project import Project

_VERSION = """
from django.conf import settings

try:
    from pymongo import MongoClient
except ImportError:
    MongoClient = None


def raise_version(store):
    login = {}
    if store.get("user"):
        login = {"username": store["user"], "password": store.get("password") or ""}
        login["authSource"] = store.get("authsource") or "admin"
    for name in ("authMechanism", "replicaSet"):
        if store.get(name):
            login[name] = store[name]
    port = int(store.get("port") or 27017)
    client = MongoClient(
        store["host"], port, tls=bool(store.get("ssl")), serverSelectionTimeoutMS=30000, **login
    )
    server = ".".join(client.server_info()["version"].split(".")[:2])
    answer = client.admin.command({"getParameter": 1, "featureCompatibilityVersion": 1})
    found = answer["featureCompatibilityVersion"]["version"]
    if found == server:
        print(f"MongoDB uses the features of {server} already")
        return
    command = {"setFeatureCompatibilityVersion": server}
    if int(server.split(".")[0]) >= 7:
        command["confirm"] = True
    client.admin.command(command)
    print(f"MongoDB used the features of {found}, and now those of {server}")


if MongoClient is None:
    print("There is no driver of MongoDB here: nothing to do")
else:
    raise_version(settings.CONTENTSTORE["DOC_STORE_CONFIG"])
"""
_CACHES = """
from django.core.cache import caches
from django.conf import settings

for name in settings.CACHES:
    caches[name].clear()
    print(f"Emptied: {name}")
"""
_FORUM = """
name=forum_migrate_course_from_mongodb_to_mysql
if ./manage.py lms help "$name" >/dev/null 2>&1; then
    ./manage.py lms "$name" all
else
    echo "This platform has no command $name: nothing to do"
fi
"""
_SEARCH_FILES = """
if [ ! -f /meili_data/data.ms/VERSION ]; then
    echo "There are no files of Meilisearch: nothing to do"
    exit 0
fi
found=$(cut -d. -f1,2 /meili_data/data.ms/VERSION)
wanted=$(meilisearch --version | sed -n 's/^[^0-9]*\\([0-9]*\\.[0-9]*\\).*/\\1/p')
if [ "$found" = "$wanted" ]; then
    echo "The files are those of Meilisearch $wanted already"
else
    rm -rf /meili_data/data.ms.old
    mv /meili_data/data.ms /meili_data/data.ms.old
    echo "The files of Meilisearch $found are in data.ms.old"
fi
"""
_SEARCH = """
if ./manage.py cms help reindex_course >/dev/null 2>&1; then ./manage.py cms reindex_course --all --setup; fi
"""


def check_tables(project: Project) -> list[Script]:
    """Let MySQL look whether it can use the tables of older versions. Changes nothing."""
    values = project.values
    server = Server.of(values)
    options = f"--protocol=tcp --host={quote(server.host)} --port={server.port} --user={quote(server.user)}"
    lines = [
        "check=$(command -v mysqlcheck || command -v mariadb-check)",
        f'MYSQL_PWD=$MYSQL_ROOT_PASSWORD "$check" {options} --check-upgrade --silent {_databases(values)}',
        'echo "All tables can be used."',
    ]
    return [(SERVICE, "\n".join(lines) + "\n")]


def update_users(project: Project) -> list[Script]:
    """Let the users that the settings know log in by caching_sha2_password, with the passwords they have."""
    server = Server.of(project.values)
    known = "SELECT COUNT(*) FROM information_schema.plugins WHERE plugin_name = 'caching_sha2_password'"
    lines = [
        server.client,
        "ask() { printf '%s' \"$1\" | sql --batch --raw --skip-column-names; }",
        f'if [ "$(ask {quote(known)})" = 0 ]; then',
        '    echo "This server does not know caching_sha2_password: nothing to do"',
        "    exit 0",
        "fi",
        "update() { # USER PASSWORD, both as strings of SQL",
        "    old=\"plugin = 'mysql_native_password'\"",
        '    hosts=$(ask "SELECT QUOTE(host) FROM mysql.user WHERE user = $1 AND $old")',
        '    if [ -z "$hosts" ]; then echo "Nothing to do for $1"; return; fi',
        "    printf '%s\\n' \"$hosts\" | while IFS= read -r host; do",
        '        ask "ALTER USER $1@$host IDENTIFIED WITH caching_sha2_password BY $2"',
        '        echo "Changed: $1@$host"',
        "    done",
        "}",
    ]
    lines += [f"update {quote(string(u))} {quote(string(p))}" for u, p in _users(project.values).items()]
    return [(SERVICE, "\n".join(lines) + "\n")]


def convert_tables(project: Project) -> list[Script]:
    """Convert the tables of the databases that settings name, where they are there and not converted."""
    values = project.values
    server, found = Server.of(values), []
    names = dict.fromkeys(str(values[name]) for name in values if name.endswith("MYSQL_DATABASE"))
    for database in names:
        there = f"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = {string(database)}"  # noqa: S608 (quoted)
        for service, script in convert_charset(server, database):
            lines = [
                server.client,
                f"if [ \"$(printf '%s' {quote(there)} | sql --batch --skip-column-names)\" = 0 ]; then",
                "    echo 'The database is not there: nothing to do'",
                "    exit 0",
                "fi",
                script,
            ]
            found.append((service, "\n".join(lines)))
    return found


def raise_mongodb_version(_: Project) -> list[Script]:
    """Let MongoDB use the features of its version. Through the LMS, which knows how to log in."""
    return [("lms", _python(_VERSION))]


def put_search_files_aside(project: Project) -> list[Script]:
    """Put files of another version of Meilisearch aside, where it is run here."""
    return [("meilisearch", _SEARCH_FILES)] if project.values["RUN_MEILISEARCH"] else []


def initialise(project: Project) -> list[Script]:
    """The core's tasks of the job ``init``."""
    return [(task.service, task.script) for task in init_tasks(project) if task.origin.plugin is None]


def migrate_forum(_: Project) -> list[Script]:
    """Move discussions to MySQL."""
    return [("lms", _FORUM)]


def fill_search(_: Project) -> list[Script]:
    """Index all courses."""
    return [("cms", _SEARCH)]


def empty_caches(_: Project) -> list[Script]:
    """Empty every cache of LMS and CMS."""
    return [("lms", _python(_CACHES)), ("cms", _python(_CACHES, "cms"))]


def _users(values: Any) -> dict[str, str]:
    """Users of MySQL that settings such as ``MYAPP_MYSQL_USERNAME`` name, with their passwords."""
    pairs = [(n, n.replace("USERNAME", "PASSWORD")) for n in values if n.endswith("MYSQL_USERNAME")]
    pairs.append(("MYSQL_ROOT_USERNAME", "MYSQL_ROOT_PASSWORD"))
    return {str(values[user]): str(values[password]) for user, password in pairs if password in values}


def _databases(values: Any) -> str:
    """Options for all databases; on a server that is not ours, for those that settings name."""
    if values["RUN_MYSQL"]:
        return "--all-databases"
    names = dict.fromkeys(str(values[name]) for name in values if name.endswith("MYSQL_DATABASE"))
    return f"--databases {' '.join(map(quote, names))}"


def _python(code: str, service: str = "lms") -> str:
    return f"./manage.py {service} shell -c {quote(textwrap.dedent(code))}\n"
