"""The settings of the core, declared once: default, type, documentation, secrecy, allowed values.

Defaults, validation, completion and the reference page all read this table. Names and default values
are the interface that plugins and users rely on.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

from tutor.config import sizes
from tutor.core.named import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

Type = Literal["string", "boolean", "integer", "list"]


class Setting(Named):
    """One documented setting.

    Args:
        name: upper case, as in ``config.yml``.
        default: value or template; for a ``unique`` setting, the template that generates it.
        doc: one sentence for the reference page and the help.
        type: what the resolved value must be.
        unique: generated once and saved in ``config.yml``.
        secret: masked wherever it is printed.
        pattern: regular expression that a string must match as a whole.
        minimum: smallest allowed integer.
        maximum: largest allowed integer.
    """

    name: str
    default: Any
    doc: str
    type: Type = "string"
    unique: bool = False
    secret: bool = False
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None


HOST = r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: A name that DNS has and browsers show: unlike the host of a service, which Compose or a cluster names.
SITE = rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*"
#: The host of a service, by name or address, without scheme and port.
SERVICE = rf"{HOST}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"
#: What Compose takes for the name of a project.
PROJECT = r"[a-z0-9][a-z0-9_-]*"
REGISTRY = r"(\S+/)?"
FILLED = r"[\s\S]*\S[\s\S]*"
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]+)*"
DATABASE_NAME = r"[A-Za-z0-9_$-]+"
EMAIL = r"[^@\s]+@[^@\s]+"
SIZE = "|".join(sizes.SIZES)
#: Names of Kubernetes: of a namespace; of an object, which may be left out; of one in any namespace.
NAMESPACE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
OBJECT = rf"({_NAME})?"
OBJECT_ELSEWHERE = rf"(({NAMESPACE}/)?{_NAME})?"
STORAGE = r"[1-9][0-9]*(\.[0-9]+)?(Mi|Gi|Ti|M|G|T)"
INGRESS = "caddy|ingress|gateway"
#: What a pattern asks for, in words.
FORMS = {
    HOST: "a host name such as learn.example.com",
    SITE: "a host name such as learn.example.com: letters, digits and - between dots",
    SERVICE: "a host name or an address, without scheme and port",
    PROJECT: "small letters, digits, _ and -, which is what Compose takes",
    REGISTRY: "a registry with its last slash, such as docker.io/, or nothing",
    FILLED: "a text that is not empty",
    LANGUAGE: "a language code such as en or pt-br",
    DATABASE_NAME: "letters, digits, _, $ and -",
    EMAIL: "an address such as contact@example.com",
    SIZE: f"one of {', '.join(sizes.SIZES)}",
    sizes.MEMORY: f"a size such as 512Mi or 2Gi, or {sizes.NO_LIMIT}",
    sizes.CPU: f"a number of CPUs such as 1.5 or 500m, or {sizes.NO_LIMIT}",
    NAMESPACE: "a name of Kubernetes: at most 63 small letters, digits and -",
    OBJECT: "the name of an object of Kubernetes, or nothing",
    OBJECT_ELSEWHERE: "NAME or NAMESPACE/NAME of an object of Kubernetes, or nothing",
    STORAGE: "a size such as 5Gi",
    INGRESS: f"one of {', '.join(INGRESS.split('|'))}",
}
_SCHEME = "{% if ENABLE_HTTPS %}https{% else %}http{% endif %}"


def _text(name: str, default: str, doc: str, pattern: str | None = None) -> Setting:
    return Setting(name, default, doc, pattern=pattern)


def _secret(name: str, default: str, doc: str) -> Setting:
    return Setting(name, default, doc, secret=True)


def _unique(name: str, default: str, doc: str, pattern: str | None = None, *, secret: bool = True) -> Setting:
    return Setting(name, default, doc, unique=True, secret=secret, pattern=pattern)


def _flag(name: str, default: bool, doc: str) -> Setting:
    return Setting(name, default, doc, "boolean")


def _number(name: str, default: int | str, doc: str, minimum: int = 0, maximum: int | None = None) -> Setting:
    return Setting(name, default, doc, "integer", minimum=minimum, maximum=maximum)


def _port(name: str, default: int, doc: str) -> Setting:
    return _number(name, default, doc, 1, 65535)


def _list(name: str, doc: str) -> Setting:
    return Setting(name, [], doc, "list")


_PLATFORM = (
    _text("LMS_HOST", "local.openedx.io", "Host name of the learning platform.", SITE),
    _text("CMS_HOST", "studio.{{ LMS_HOST }}", "Host name of Studio.", SITE),
    _text("PLATFORM_NAME", "My Open edX", "Name of the platform, shown to learners."),
    _text("CONTACT_EMAIL", "contact@{{ LMS_HOST }}", "Address that learners write to.", EMAIL),
    _text("LANGUAGE_CODE", "en", "Default language of the platform.", LANGUAGE),
    _flag("ENABLE_HTTPS", False, "Serve the platform over HTTPS."),
    _flag(
        "ENABLE_WEB_PROXY",
        True,
        "Let Caddy face the web. When false, another proxy stands in front of it.",
    ),
    _port("CADDY_HTTP_PORT", 80, "Port of this machine on which Caddy answers."),
    _unique("ID", "{{ 24|random_string }}", "Identity of this platform.", FILLED, secret=False),
    _text("LOCAL_PROJECT_NAME", "{{ TUTOR_APP }}_local", "Compose project of `tutor local`.", PROJECT),
    _text("DEV_PROJECT_NAME", "{{ TUTOR_APP }}_dev", "Compose project of `tutor dev`.", PROJECT),
    _list("PLUGINS", "Enabled plugins. Managed by `tutor plugins enable` and `disable`."),
    Setting(
        "PLUGIN_INDEXES",
        ["https://overhang.io/tutor/main", "https://overhang.io/tutor/contrib"],
        "Indexes in which plugins are looked up.",
        "list",
    ),
    _list("MOUNTS", "Bind mounts in containers and images."),
    _number("KEPT_GENERATIONS", 20, "Number of applied environments that are kept, for `tutor rollback`.", 1),
    _number("IMAGES_PULLED_AT_ONCE", 4, "Images that are pulled at the same time.", 1),
    _number("IMAGES_BUILT_AT_ONCE", 2, "Images that are built at the same time; each takes memory.", 1),
)

_IMAGES = (
    _text(
        "DOCKER_REGISTRY",
        "docker.io/",
        "Registry of the platform's own images, with its last slash.",
        REGISTRY,
    ),
    _text(
        "DOCKER_IMAGE_OPENEDX",
        "{{ DOCKER_REGISTRY }}overhangio/openedx:{{ TUTOR_VERSION }}",
        "Image of the LMS, the CMS, their workers and jobs.",
    ),
    _text("DOCKER_IMAGE_OPENEDX_DEV", "openedx-dev:{{ TUTOR_VERSION }}", "The same for development."),
    _text("DOCKER_IMAGE_CADDY", "docker.io/caddy:2.11.7", "Web server."),
    _text("DOCKER_IMAGE_MEILISEARCH", "docker.io/getmeili/meilisearch:v1.36.0", "Search engine."),
    _text("DOCKER_IMAGE_MONGODB", "docker.io/mongo:7.0.39", "Document database."),
    _text("DOCKER_IMAGE_MYSQL", "docker.io/mysql:8.4.11", "Relational database."),
    _text(
        "DOCKER_IMAGE_PERMISSIONS",
        "{{ DOCKER_REGISTRY }}overhangio/openedx-permissions:{{ TUTOR_VERSION }}",
        "Sets the owners of data folders.",
    ),
    _text("DOCKER_IMAGE_REDIS", "docker.io/redis:7.4.10", "Cache and message broker."),
    _text("DOCKER_IMAGE_SMTP", "docker.io/devture/exim-relay:4.96-r1-0", "Mail relay."),
    _text("OPENEDX_COMMON_VERSION", "release/verawood.1", "Version of Open edX."),
    _text(
        "OPENEDX_BASE_IMAGE",
        "docker.io/python:3.12-slim-bookworm",
        "What the platform's image is built on: an image of Debian, with or without a Python of its own.",
    ),
    _text(
        "EDX_PLATFORM_REPOSITORY",
        "https://github.com/openedx/edx-platform.git",
        "Source of the platform's code.",
    ),
    _text("EDX_PLATFORM_VERSION", "{{ OPENEDX_COMMON_VERSION }}", "Version of the platform's code."),
    _list("OPENEDX_EXTRA_PIP_REQUIREMENTS", "Python packages added to the platform's image."),
    _text("NPM_REGISTRY", "https://registry.npmjs.org/", "Where npm packages come from."),
    _text(
        "ATLAS_REVISION",
        "{% if OPENEDX_COMMON_VERSION == 'master' %}main{% else %}{{ OPENEDX_COMMON_VERSION }}{% endif %}",
        "Version of the translations.",
    ),
    _text("ATLAS_REPOSITORY", "openedx/openedx-translations", "Source of the translations."),
    _text("ATLAS_OPTIONS", "", "Options for pulling translations."),
)

_OPENEDX = (
    _unique("OPENEDX_SECRET_KEY", "{{ 24|random_string }}", "Secret key of LMS and CMS.", FILLED),
    _unique("CMS_OAUTH2_SECRET", "{{ 24|random_string }}", "Secret with which the CMS logs in at the LMS."),
    _text("CMS_OAUTH2_KEY_SSO", "cms-sso", "Name with which the CMS logs in at the LMS."),
    _text("CMS_OAUTH2_KEY_SSO_DEV", "cms-sso-dev", "The same for development."),
    _unique("JWT_RSA_PRIVATE_KEY", "{{ 2048|rsa_private_key }}", "Key that signs the platform's tokens."),
    _text("JWT_COMMON_AUDIENCE", "openedx", "Audience of the platform's tokens."),
    _text("JWT_COMMON_ISSUER", _SCHEME + "://{{ LMS_HOST }}/oauth2", "Issuer of the platform's tokens."),
    _secret("JWT_COMMON_SECRET_KEY", "{{ OPENEDX_SECRET_KEY }}", "Secret of the platform's tokens."),
    _number("OPENEDX_LMS_UWSGI_WORKERS", 2, "Web worker processes of the LMS.", 1),
    _number("OPENEDX_CMS_UWSGI_WORKERS", 2, "Web worker processes of the CMS.", 1),
    _number("OPENEDX_CACHE_REDIS_DB", 1, "Redis database of the cache."),
    _number("OPENEDX_CELERY_REDIS_DB", 0, "Redis database of the task queue."),
    _secret("OPENEDX_AWS_ACCESS_KEY", "", "AWS access key, for file storage."),
    _secret("OPENEDX_AWS_SECRET_ACCESS_KEY", "", "AWS secret access key, for file storage."),
)

_SERVICES = (
    _flag("RUN_MYSQL", True, "Run MySQL. When false, MYSQL_HOST names a server outside."),
    _text("MYSQL_HOST", "mysql", "Host of MySQL.", SERVICE),
    _port("MYSQL_PORT", 3306, "Port of MySQL."),
    _text("MYSQL_ROOT_USERNAME", "root", "Administrator of MySQL."),
    _unique("MYSQL_ROOT_PASSWORD", "{{ 8|random_string }}", "Password of MySQL's administrator."),
    _text("OPENEDX_MYSQL_DATABASE", "openedx", "The platform's database.", DATABASE_NAME),
    _text("OPENEDX_MYSQL_USERNAME", "openedx", "The platform's user of MySQL."),
    _unique("OPENEDX_MYSQL_PASSWORD", "{{ 8|random_string }}", "Password of the platform's user of MySQL."),
    _flag("RUN_MONGODB", True, "Run MongoDB. When false, MONGODB_HOST names a server outside."),
    _text("MONGODB_HOST", "mongodb", "Host, or address, of MongoDB."),
    _port("MONGODB_PORT", 27017, "Port of MongoDB."),
    _text("MONGODB_DATABASE", "openedx", "The platform's database in MongoDB."),
    _text("MONGODB_USERNAME", "", "User of MongoDB; empty for none."),
    _secret("MONGODB_PASSWORD", "", "Password of MongoDB; empty for none."),
    _text("MONGODB_AUTH_MECHANISM", "", "How to log in to MongoDB; empty for the driver's choice."),
    _text("MONGODB_AUTH_SOURCE", "admin", "Database that holds MongoDB's users."),
    _text("MONGODB_REPLICA_SET", "", "Name of MongoDB's replica set; empty for none."),
    _flag("MONGODB_USE_SSL", False, "Connect to MongoDB over TLS."),
    _flag("RUN_REDIS", True, "Run Redis. When false, REDIS_HOST names a server outside."),
    _text("REDIS_HOST", "redis", "Host of Redis.", SERVICE),
    _port("REDIS_PORT", 6379, "Port of Redis."),
    _text("REDIS_USERNAME", "", "User of Redis; empty for none."),
    _secret("REDIS_PASSWORD", "", "Password of Redis; empty for none."),
    _flag("RUN_MEILISEARCH", True, "Run Meilisearch. When false, MEILISEARCH_URL names a server outside."),
    _text("MEILISEARCH_HOST", "meilisearch.{{ LMS_HOST }}", "Public host name of Meilisearch.", SITE),
    _text("MEILISEARCH_URL", "http://meilisearch:7700", "Where the platform reaches Meilisearch."),
    _text(
        "MEILISEARCH_PUBLIC_URL", _SCHEME + "://{{ MEILISEARCH_HOST }}", "Where browsers reach Meilisearch."
    ),
    _text("MEILISEARCH_INDEX_PREFIX", "tutor_", "Prefix of the platform's search indexes."),
    _unique("MEILISEARCH_MASTER_KEY", "{{ 24|random_string }}", "Master key of Meilisearch."),
    _unique(
        "MEILISEARCH_API_KEY_UID", "{{ 4|uuid }}", "Identity of the platform's search key.", secret=False
    ),
    _unique(
        "MEILISEARCH_API_KEY",
        "{{ MEILISEARCH_MASTER_KEY|uid_master_hash(MEILISEARCH_API_KEY_UID) }}",
        "The platform's search key.",
    ),
    _flag("RUN_SMTP", True, "Run a mail relay. When false, SMTP_HOST names a server outside."),
    _text("SMTP_HOST", "smtp", "Host of the mail server.", SERVICE),
    _port("SMTP_PORT", 8025, "Port of the mail server."),
    _text("SMTP_USERNAME", "", "User of the mail server; empty for none."),
    _secret("SMTP_PASSWORD", "", "Password of the mail server; empty for none."),
    _flag("SMTP_USE_TLS", False, "Start TLS with the mail server."),
    _flag("SMTP_USE_SSL", False, "Speak TLS with the mail server from the start."),
)

_WORKERS = "{{ default_workers() }}"


def _limits(service: str) -> tuple[Setting, Setting]:
    """The limits of a service, by default those of the platform's size."""
    memory = f'{{{{ default_limit("{service}", "memory") }}}}'
    cpu = f'{{{{ default_limit("{service}", "cpu") }}}}'
    return (
        _text(sizes.memory_setting(service), memory, f"Most memory that {service} may use.", sizes.MEMORY),
        _text(sizes.cpu_setting(service), cpu, f"Most CPUs that {service} may use.", sizes.CPU),
    )


_SIZE = (
    _text("PLATFORM_SIZE", "small", "How much memory and CPU services get: a column of the table.", SIZE),
    _number("OPENEDX_LMS_CELERY_WORKERS", _WORKERS, "Background worker processes of the LMS.", 1),
    _number("OPENEDX_CMS_CELERY_WORKERS", _WORKERS, "Background worker processes of the CMS.", 1),
    *(limit for service in sizes.SERVICES for limit in _limits(service)),
)


def _replicas(service: str) -> Setting:
    return _number(f"K8S_{service}_REPLICAS", 1, f"Pods of {_spoken(service)}.", 1)


def _most_replicas(service: str) -> Setting:
    return _number(f"K8S_{service}_MAX_REPLICAS", 5, f"Most pods of {_spoken(service)}, autoscaled.", 1)


def _storage(service: str, size: str) -> Setting:
    return _text(f"K8S_{service}_STORAGE", size, f"Size of the volume of {_spoken(service)}.", STORAGE)


def _spoken(service: str) -> str:
    return service.lower().replace("_", "-")


_KUBERNETES = (
    _text("K8S_CONTEXT", "", "Context of kubectl: which cluster. Empty: kubectl's current one."),
    _text("K8S_NAMESPACE", "openedx", "Kubernetes namespace.", NAMESPACE),
    _replicas("LMS"),
    _replicas("CMS"),
    _replicas("LMS_WORKER"),
    _replicas("CMS_WORKER"),
    _replicas("CADDY"),
    _flag("K8S_AUTOSCALING", False, "Let the cluster choose the number of pods of LMS, CMS and workers."),
    _number("K8S_AUTOSCALING_CPU", 70, "Percent of the CPU that pods asked for, above which more start.", 1),
    _most_replicas("LMS"),
    _most_replicas("CMS"),
    _most_replicas("LMS_WORKER"),
    _most_replicas("CMS_WORKER"),
    _text(
        "K8S_INGRESS",
        "caddy",
        "What faces the web: Caddy itself, or an Ingress or an HTTPRoute in front of it.",
        INGRESS,
    ),
    _text("K8S_INGRESS_CLASS", "", "Class of the Ingress; empty for the cluster's default.", OBJECT),
    Setting(
        "K8S_INGRESS_ANNOTATIONS",
        ["nginx.ingress.kubernetes.io/proxy-body-size=250m"],
        "Annotations of the Ingress or the HTTPRoute, each NAME=VALUE.",
        "list",
    ),
    _list("K8S_INGRESS_HOSTS", "Hosts besides those of the platform and of plugins' sites."),
    _text("K8S_INGRESS_TLS_SECRET_NAME", "", "Secret with the certificate of the Ingress.", OBJECT),
    _text("K8S_GATEWAY", "", "Gateway that the HTTPRoute belongs to.", OBJECT_ELSEWHERE),
    _text("K8S_STORAGE_CLASS", "", "Class of the volumes; empty for the cluster's default.", OBJECT),
    _storage("CADDY", "1Gi"),
    _storage("MEILISEARCH", "5Gi"),
    _storage("MONGODB", "5Gi"),
    _storage("MYSQL", "5Gi"),
    _storage("REDIS", "1Gi"),
    _flag("K8S_NETWORK_POLICIES", True, "Let only pods of the platform and of plugins reach databases."),
    _text("K8S_PULL_SECRET_NAME", "", "Secret in the namespace with which images are pulled.", OBJECT),
    _text("K8S_REGISTRY_USERNAME", "", "User with whom images are pulled from DOCKER_REGISTRY."),
    _secret("K8S_REGISTRY_PASSWORD", "", "Password of that user; a Secret is made of both."),
)

#: Groups of the reference page, in its order.
GROUPS: Mapping[str, tuple[Setting, ...]] = {
    "Platform": _PLATFORM,
    "Images and sources": _IMAGES,
    "Open edX": _OPENEDX,
    "Services": _SERVICES,
    "Kubernetes": _KUBERNETES,
    "Size": _SIZE,
}


@functools.cache
def core_settings() -> dict[str, Setting]:
    """Every setting of the core, by name."""
    return {setting.name: setting for group in GROUPS.values() for setting in group}
