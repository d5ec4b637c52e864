"""Settings of older releases in the user's file: what they are called today, and what they mean there.

Facts from the releases of the incumbent before 2022. A name that a plugin declares is the plugin's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutor.config.userfile import UserFile

#: Name of old → name of today.
TODAY = {
    "ACTIVATE_HTTPS": "ENABLE_HTTPS",
    "ACTIVATE_MONGODB": "RUN_MONGODB",
    "ACTIVATE_MYSQL": "RUN_MYSQL",
    "ACTIVATE_SMTP": "RUN_SMTP",
    "MYSQL_DATABASE": "OPENEDX_MYSQL_DATABASE",
    "MYSQL_PASSWORD": "OPENEDX_MYSQL_PASSWORD",
    "MYSQL_USERNAME": "OPENEDX_MYSQL_USERNAME",
    "NGINX_HTTP_PORT": "CADDY_HTTP_PORT",
    "OPENEDX_CMS_GUNICORN_WORKERS": "OPENEDX_CMS_UWSGI_WORKERS",
    "OPENEDX_LMS_GUNICORN_WORKERS": "OPENEDX_LMS_UWSGI_WORKERS",
    "RUN_CADDY": "ENABLE_WEB_PROXY",
    "SECRET_KEY": "OPENEDX_SECRET_KEY",
    "WEB_PROXY": "ENABLE_WEB_PROXY",
}
#: Those whose meaning was the opposite.
INVERTED = {"WEB_PROXY"}
#: What was part of the platform, and is a plugin today: setting of old → its name.
PLUGINS = {
    **{
        f"{word}_{name.upper()}": name
        for word in ("ACTIVATE", "RUN")
        for name in ("forum", "notes", "xqueue")
    },
}
#: What nothing has taken the place of.
GONE = {
    "ACTIVATE_CMS",
    "ACTIVATE_ELASTICSEARCH",
    "ACTIVATE_LMS",
    "ACTIVATE_MEMCACHED",
    "ACTIVATE_RABBITMQ",
    "NGINX_HTTPS_PORT",
    "RUN_CMS",
    "RUN_ELASTICSEARCH",
    "RUN_LMS",
}
#: The user's file before 2019.
FILE = "config.json"


def renamed(values: Mapping[str, Any], declared: Callable[[str], bool]) -> dict[str, str]:
    """The settings of a user's file that have another name today: name of old → name of today.

    Where both are there, today's counts, and the other one stays for the user to remove.

    Args:
        values: the user's.
        declared: whether a plugin declares a name.
    """
    return {
        old: new for old, new in TODAY.items() if old in values and new not in values and not declared(old)
    }


def in_todays_names(values: Mapping[str, Any], declared: Callable[[str], bool]) -> dict[str, Any]:
    """The user's settings, those of old under the names of today, in their places."""
    names = renamed(values, declared)
    return {
        names.get(name, name): _today(name, value) if name in names else value
        for name, value in values.items()
    }


def begun(user: UserFile) -> dict[str, Any]:
    """The user's settings; where there is no ``config.yml`` yet, those of the file before it.

    Raises:
        ConfigError: that file is no JSON.
    """
    if user.content is not None:
        return user.values
    import json

    path = user.path.with_name(FILE)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return user.values
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{FILE} cannot be read: {error}", where=str(path), hint=f"mv {FILE} elsewhere"
        ) from None
    return dict(found) if isinstance(found, dict) else {}


def warning(name: str) -> str | None:
    """What to say of a setting of old that cannot be renamed."""
    unset = f"tutor config save --unset {name}"
    if name in TODAY:
        new = TODAY[name]
        return f"config.yml sets {name}, which is called {new} today and is set, too. To remove it: {unset}"
    if name in PLUGINS:
        plugin = PLUGINS[name]
        return (
            f"config.yml sets {name} of an older release; today that is a plugin: "
            f"tutor plugins install {plugin}, then tutor plugins enable {plugin}. "
            f"To remove the setting: {unset}"
        )
    if name in GONE:
        return f"config.yml sets {name} of an older release, which has no effect today. To remove it: {unset}"
    return None


def _today(name: str, value: Any) -> Any:
    if name not in INVERTED:
        return value
    if isinstance(value, str):
        return {"true": False, "false": True}.get(value.lower(), value)
    return not value
