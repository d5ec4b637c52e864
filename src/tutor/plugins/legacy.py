"""What plugins of API v0 (2019-2022) still name, and today's platform has under another name or no more.

Facts from the published plugins, as data. The user may still set each of the settings.
"""

from __future__ import annotations

import contextlib
import math
import re
from typing import TYPE_CHECKING, Any

from tutor.__about__ import __interface_version__
from tutor.config.settings import Alias
from tutor.core.hooks import CORE, Filter
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.config.settings import Settings
    from tutor.plugins.discovery import Installed

#: Settings of old → what they are today.
SETTINGS: dict[str, object] = {
    "ACTIVATE_HTTPS": Alias("ENABLE_HTTPS"),
    "WEB_PROXY": Alias("ENABLE_WEB_PROXY", negated=True),
    "SECRET_KEY": Alias("OPENEDX_SECRET_KEY"),
    "ACTIVATE_LMS": True,
    "RUN_LMS": True,
    "ACTIVATE_CMS": True,
    "RUN_CMS": True,
    "ACTIVATE_MYSQL": Alias("RUN_MYSQL"),
    "ACTIVATE_MONGODB": Alias("RUN_MONGODB"),
    "ACTIVATE_SMTP": Alias("RUN_SMTP"),
    "ACTIVATE_ELASTICSEARCH": False,
    "RUN_ELASTICSEARCH": False,
    "ELASTICSEARCH_HOST": "elasticsearch",
    "ELASTICSEARCH_PORT": 9200,
    "ELASTICSEARCH_SCHEME": "http",
    "ELASTICSEARCH_HEAP_SIZE": "1g",
    "ACTIVATE_RABBITMQ": False,
    "RABBITMQ_HOST": "rabbitmq",
    "RABBITMQ_USERNAME": "",
    "RABBITMQ_PASSWORD": "",
    "ACTIVATE_MEMCACHED": False,
    "MEMCACHED_HOST": "memcached",
    "MEMCACHED_PORT": 11211,
    "NGINX_HTTP_PORT": Alias("CADDY_HTTP_PORT"),
    "NGINX_HTTPS_PORT": 443,
    "ACTIVATE_FORUM": True,
    "RUN_FORUM": True,
    "RUN_CADDY": True,
    "DOCKER_COMPOSE_VERSION": "3.7",
    "FORUM_HOST": "forum",
    "FORUM_MONGODB_DATABASE": "cs_comments_service",
    "OPENEDX_CMS_GUNICORN_WORKERS": Alias("OPENEDX_CMS_UWSGI_WORKERS"),
    "OPENEDX_LMS_GUNICORN_WORKERS": Alias("OPENEDX_LMS_UWSGI_WORKERS"),
    "OPENEDX_CSMH_MYSQL_DATABASE": "{{ OPENEDX_MYSQL_DATABASE }}_csmh",
    "PREVIEW_LMS_HOST": "preview.{{ LMS_HOST }}",
    # Was random and saved; derived from a secret it is as good, and config.yml stays the user's.
    "ANDROID_OAUTH2_SECRET": "{{ (OPENEDX_SECRET_KEY|uid_master_hash('android'))[:24] }}",
    "DOCKER_IMAGE_ELASTICSEARCH": "docker.io/elasticsearch:7.17.13",
    "DOCKER_IMAGE_FORUM": "{{ DOCKER_REGISTRY }}overhangio/openedx-forum:{{ TUTOR_VERSION }}",
    "DOCKER_IMAGE_MEMCACHED": "{{ DOCKER_REGISTRY }}memcached:1.4.38",
    "DOCKER_IMAGE_NGINX": "{{ DOCKER_REGISTRY }}nginx:1.19.9",
    "DOCKER_IMAGE_RABBITMQ": "{{ DOCKER_REGISTRY }}rabbitmq:3.6.10-management-alpine",
}

#: Patch points of old → those that took their place.
PATCHES = {"local-docker-compose-nginx-aliases": "local-docker-compose-caddy-aliases"}

#: Patch points of old that gave each content its dash.
LIST_PATCHES = frozenset(("local-docker-compose-nginx-aliases",))

#: Services of old → those that took their place.
SERVICES = {"mysql-client": "mysql"}

#: Filters of the first releases of API v1: items are (service, parts of a template's path). Here: name of the
#: filter → the filter, and the hook of API v0 that it stands for.
HOOKS_OF_2022: dict[str, tuple[Filter[list[tuple[str, tuple[str, ...]]], []], str]] = {
    "COMMANDS_PRE_INIT": (Filter(), "pre-init"),
    "COMMANDS_INIT": (Filter(), "init"),
}
#: Where plugins use a name of old: (what it is, the name). Contributed when one is put into today's words.
USES: Filter[list[tuple[str, str]], []] = Filter()
#: They were there for plugins whose requirement on tutor is below this.
_WITHOUT_HOOKS_OF_2022 = 15
_REQUIREMENT = re.compile(r"tutor(?:-openedx)?(?:\[[^]]*\])?\s*\(?((?:[<>=!~]=?|===)[^;]*)", re.IGNORECASE)
_UPPER_BOUND = re.compile(r"(<=?|~=|==)\s*(\d+)((?:\.\d+)*)")


def patch(name: str, content: str) -> tuple[str, str]:
    """Today's patch point for a patch, and the content in the format of that point.

    Filters are put on the content's own lines, so that the lines of messages stay right.
    """
    point = PATCHES.get(name, name)
    if name in LIST_PATCHES:
        content = f"{{% filter list_items %}}{content}{{% endfilter %}}"
    return point, content


def add_settings(settings: Settings) -> None:
    """Give the settings of old a value, below every other source."""
    for name, value in SETTINGS.items():
        if name not in settings:
            settings.add(name, value, CORE)


def is_old(plugin: Installed) -> bool:
    """Whether a plugin may name settings of old: all of API v0, and what was made for older releases."""
    if plugin.kind == "v1":
        return _newest_tutor(plugin.source.dist) < int(__interface_version__.split(".")[0])
    return plugin.kind != "file"


@contextlib.contextmanager
def hooks_for(plugin: Installed) -> Iterator[None]:
    """The filters of the first releases of API v1, for the plugins that were made for those.

    Not for others: some look whether there are such filters, and take them for the only ones.
    """
    if plugin.kind != "v1" or _newest_tutor(plugin.source.dist) >= _WITHOUT_HOOKS_OF_2022:
        yield
        return
    catalog: Any = Filters
    for name, (handle, _) in HOOKS_OF_2022.items():
        setattr(catalog, name, handle)
    try:
        yield
    finally:
        for name in HOOKS_OF_2022:
            delattr(catalog, name)


def _newest_tutor(distribution: Any) -> float:
    """Number of the newest release of tutor that a package says it works with."""
    newest = math.inf
    for requirement in (distribution.requires if distribution else None) or ():
        found = _REQUIREMENT.match(requirement)
        for operator, major, rest in _UPPER_BOUND.findall(found[1] if found else ""):
            # "<15.0.0" leaves out 15 itself; "~=14.0" and "==14.0.1" name the last one they take.
            newest = min(newest, int(major) - (operator == "<" and not rest.strip(".0")))
    return newest
