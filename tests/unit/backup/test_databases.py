"""The scripts that print and read databases, in a real shell, with clients that we make."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

from tests.unit.backup.conftest import VALUES
from tutor.backup.databases import MONGODB, core_treatments, mysql_dump, mysql_restore

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = """#!/bin/sh
query=$(cat)
echo "$MYSQL_PWD $* <$query>" >>"$LOG"
case "$query" in
    *print_identified_with_as_hex*"SHOW CREATE USER 'role'@''"*) exit 1 ;;
    *"FROM mysql.user"*) printf "'openedx'@'%%'\\n'role'@''\\n" ;;
    *"SHOW CREATE USER 'openedx'"*) echo "CREATE USER 'openedx'@'%' IDENTIFIED AS 0x1" ;;
    *"SHOW GRANTS"*) printf "%s TO 'openedx'@'%%'\\n" 'GRANT USAGE ON *.*' 'GRANT ALL ON openedx.*' ;;
    *schemata*) printf "openedx\\nwith space\\n" ;;
esac
"""
DUMP = '#!/bin/sh\nfor last; do :; done\necho "-- dump up to <$last>"\necho "$# $*" >>"$LOG"\n'


def _run(
    script: str, folder: Path, client: str = CLIENT, given: str = ""
) -> subprocess.CompletedProcess[str]:
    for name, source in (("mysql", client), ("mysqldump", DUMP)):
        (folder / name).write_text(source)
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["sh", "-c", f"set -e\n{script}"],
        env={
            "PATH": f"{folder}:{os.environ['PATH']}",
            "MYSQL_ROOT_PASSWORD": "secret",
            "LOG": f"{folder}/log",
        },
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _values(**changed: Any) -> dict[str, Any]:
    return {**VALUES, **changed}


def test_users_and_all_databases_of_a_server_of_ours(tmp_path: Path) -> None:
    done = _run(mysql_dump(_values()), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "DROP USER IF EXISTS 'openedx'@'%';",
        "CREATE USER 'openedx'@'%' IDENTIFIED AS 0x1;",
        "GRANT USAGE ON *.* TO 'openedx'@'%';",
        "GRANT ALL ON openedx.* TO 'openedx'@'%';",
        "FLUSH PRIVILEGES;",
        "-- dump up to <with space>",
    ]
    log = (tmp_path / "log").read_text()
    assert "'mysql.session'" in log
    assert "--databases openedx with space" in log
    assert "--password" not in log


def test_named_databases_of_a_server_outside(tmp_path: Path) -> None:
    """What else it has belongs to others; so do its users."""
    values = _values(RUN_MYSQL=False, MYSQL_HOST="db.example.com", NOTES_MYSQL_DATABASE="no'tes")
    done = _run(mysql_dump(values), tmp_path)
    assert "USER" not in done.stdout
    assert "schema_name IN ('openedx', 'no''tes')" in (tmp_path / "log").read_text()
    assert "--host=db.example.com" in (tmp_path / "log").read_text()


def test_a_server_that_refuses_fails_the_script(tmp_path: Path) -> None:
    refusing = "#!/bin/sh\ncat >/dev/null\necho 'Access denied' >&2\nexit 1\n"
    done = _run(mysql_dump(_values()), tmp_path, client=refusing)
    assert done.returncode == 1
    assert "Access denied" in done.stderr


def test_what_is_read_is_not_logged_twice(tmp_path: Path) -> None:
    done = _run(mysql_restore(_values()), tmp_path, given="CREATE DATABASE x;")
    assert done.returncode == 0, done.stderr
    assert "SET sql_log_bin = 0" in (tmp_path / "log").read_text()
    assert "<CREATE DATABASE x;>" in (tmp_path / "log").read_text()
    assert "sql_log_bin" not in mysql_restore(_values(RUN_MYSQL=False))


def test_mongodb_of_ours_is_dumped() -> None:
    found, left_out = core_treatments(_values(RUN_MONGODB=True, MONGODB_HOST="mongodb", MONGODB_PORT=27017))
    assert found[MONGODB].dump == ("mongodb", "mongodump --quiet --host=mongodb --port=27017 --archive\n")
    assert "--drop" in str(found[MONGODB].restore)
    assert left_out == []
