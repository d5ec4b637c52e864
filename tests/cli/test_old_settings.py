"""Settings of older releases: renamed in their places, secrets kept, shown before it is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kit import project_state, write
from tutor import serialize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit import Session

    Golden = Callable[[Session], None]

OLD = """\
# The school
SECRET_KEY: canary-of-the-key # as in 2019
LMS_HOST: learn.example.com
ACTIVATE_HTTPS: true
'WEB_PROXY': true
MYSQL_PASSWORD: canary-of-mysql
MYSQL_USERNAME: school
NGINX_HTTP_PORT: 81
RUN_NOTES: true
RUN_LMS: true
"""


def test_renamed(session: Session, golden: Golden) -> None:
    file = write(session.root / "config.yml", OLD)
    assert session.tutor("config", "printvalue", "OPENEDX_SECRET_KEY").out == "canary-of-the-key\n"
    session.tutor("config", "save")
    assert file.read_text().startswith("""\
# The school
OPENEDX_SECRET_KEY: canary-of-the-key # as in 2019
LMS_HOST: learn.example.com
ENABLE_HTTPS: true
ENABLE_WEB_PROXY: false
OPENEDX_MYSQL_PASSWORD: canary-of-mysql
OPENEDX_MYSQL_USERNAME: school
CADDY_HTTP_PORT: 81
RUN_NOTES: true
RUN_LMS: true
""")
    session.tutor("config", "save", "--unset", "RUN_NOTES", "--unset", "RUN_LMS")
    session.tutor("config", "save")
    golden(session)


def test_shown_before(session: Session) -> None:
    write(session.root / "config.yml", OLD)
    before = project_state(session.root)
    shown = session.tutor("config", "save", "--dry-run", code=2).out
    assert project_state(session.root) == before
    assert "ENABLE_WEB_PROXY: true → false  (config.yml)" in shown
    assert "the setting SECRET_KEY is called OPENEDX_SECRET_KEY today" in shown
    assert "canary" not in shown


def test_todays_name_counts(session: Session) -> None:
    """The other one stays where it is: it may be a secret."""
    write(session.root / "config.yml", "SECRET_KEY: canary-old\nOPENEDX_SECRET_KEY: canary-new\n")
    told = session.tutor("config", "save").err
    assert "SECRET_KEY, which is called OPENEDX_SECRET_KEY today and is set, too" in told
    found = serialize.load((session.root / "config.yml").read_text())
    assert (found["SECRET_KEY"], found["OPENEDX_SECRET_KEY"]) == ("canary-old", "canary-new")


def test_a_name_that_a_plugin_has_is_the_plugins(session: Session) -> None:
    write(
        session.plugins_root / "mine.py",
        "from tutor import hooks\nhooks.Filters.CONFIG_DEFAULTS.add_item(('RUN_CADDY', True))\n",
    )
    write(session.root / "config.yml", "PLUGINS: [mine]\nRUN_CADDY: false\n")
    session.tutor("config", "save")
    found = serialize.load((session.root / "config.yml").read_text())
    assert found["RUN_CADDY"] is False
    assert "ENABLE_WEB_PROXY" not in found


def test_old_names_on_the_command_line(session: Session) -> None:
    session.tutor("config", "save", "--set", "ACTIVATE_HTTPS=true", "--set", "WEB_PROXY=true")
    found = serialize.load((session.root / "config.yml").read_text())
    assert (found["ENABLE_HTTPS"], found["ENABLE_WEB_PROXY"]) == (True, False)
    assert "ACTIVATE_HTTPS" not in found


def test_the_file_of_2018(session: Session) -> None:
    settings = {"SECRET_KEY": "canary-of-the-key", "LMS_HOST": "learn.example.com"}
    file = write(session.root / "config.json", json.dumps(settings))
    (session.root / "config.yml").unlink(missing_ok=True)
    session.tutor("config", "save")
    found = serialize.load((session.root / "config.yml").read_text())
    assert (found["OPENEDX_SECRET_KEY"], found["LMS_HOST"]) == ("canary-of-the-key", "learn.example.com")
    assert json.loads(file.read_text()) == settings
    (session.root / "config.yml").unlink()
    write(file, "{")
    assert "config.json cannot be read" in session.tutor("config", "save", code=1).err
