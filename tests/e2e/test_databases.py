"""What happens in the database: on MariaDB, which the sandbox has, and on MySQL itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Platform

pytestmark = pytest.mark.e2e


def test_the_server_and_the_users_of_the_initialisation(database: Platform) -> None:
    """The platform's user has its database and nothing else."""
    [[version]] = database.query("SELECT VERSION()")
    assert ("MariaDB" in version) is (database.mysql == "mariadb")
    assert database.query("SELECT User, Host FROM mysql.user WHERE User = 'openedx'") == [["openedx", "%"]]
    granted = [line for (line,) in database.query("SHOW GRANTS FOR 'openedx'@'%'")]
    assert [re.sub(r" IDENTIFIED .*", "", line) for line in granted] == [
        "GRANT USAGE ON *.* TO `openedx`@`%`",
        "GRANT ALL PRIVILEGES ON `openedx`.* TO `openedx`@`%`",
    ]


def test_all_of_unicode(database: Platform) -> None:
    """From Django to the table, and in a table that a plugin makes without saying how."""
    query = "SELECT HEX(first_name) FROM auth_user WHERE username = 'unicode'"
    code = (
        "from django.contrib.auth import get_user_model as m; "
        "m().objects.create(username='unicode', first_name='\U0001f393 \u00e9')"
    )
    database.execute("lms", "./manage.py", "lms", "shell", "-c", code)
    try:
        assert database.query(query) == [["F09F8E9320C3A9"]]
        database.query("CREATE TABLE of_a_plugin (text VARCHAR(9))")
        database.query("INSERT INTO of_a_plugin SELECT first_name FROM auth_user WHERE username = 'unicode'")
        assert database.query("SELECT HEX(text) FROM of_a_plugin") == [["F09F8E9320C3A9"]]
    finally:
        database.query("DELETE FROM auth_user WHERE username = 'unicode'; DROP TABLE IF EXISTS of_a_plugin")


def test_a_shell_of_mysql(database: Platform) -> None:
    out = database.tutor("local", "do", "sqlshell", "--batch", "-e", "SELECT DATABASE(), 6 * 7")
    assert "openedx\t42" in out


def test_tables_are_converted(database: Platform) -> None:
    database.query("CREATE TABLE `old one` (name VARCHAR(20)) CHARACTER SET latin1")
    database.query("CREATE TABLE `old'two` (name VARCHAR(20)) CHARACTER SET latin1")
    query = (
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = 'openedx' AND table_collation LIKE 'latin1%' ORDER BY 1"
    )
    convert = ("local", "do", "convert-mysql-utf8mb4-charset", "--non-interactive")
    try:
        database.tutor(*convert, "--exclude=old one")
        assert database.query(query) == [["old one"]]
        database.tutor(*convert, "--include=old one")
        assert database.query(query) == []
        assert "No table has to be converted" in database.tutor(*convert)
    finally:
        database.query("DROP TABLE IF EXISTS `old one`, `old'two`")


def test_the_way_to_log_in_to_mysql(database: Platform) -> None:
    """MariaDB has no such plugin; with the one of MySQL, the platform's password still is its password."""
    update = ("local", "do", "update-mysql-authentication-plugin")
    changed = {"mariadb": "nothing to change", "mysql": "Changed: openedx at %"}
    assert changed[database.mysql] in database.tutor(*update, "openedx")
    code = (
        "from django.db import connection as c; c.ensure_connection(); print('user', c.settings_dict['USER'])"
    )
    assert "user openedx" in database.execute("lms", "./manage.py", "lms", "shell", "-c", code)
    assert "no user nobody" in database.tutor(*update, "--password=x", "nobody", code=1)
