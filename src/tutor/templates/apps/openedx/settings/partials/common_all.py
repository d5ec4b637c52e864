####### Settings of LMS and CMS alike
import fcntl
import json
import logging.handlers
import os

{% set redis_credentials = (REDIS_USERNAME|string|urlencode|replace("/", "%2F") ~ ":" ~ REDIS_PASSWORD|string|urlencode|replace("/", "%2F")) if REDIS_USERNAME or REDIS_PASSWORD else "" -%}
{% set redis_url = "redis://" ~ redis_credentials ~ "@" ~ REDIS_HOST ~ ":" ~ REDIS_PORT -%}
{% set scheme = "https" if ENABLE_HTTPS else "http" -%}
{# The server for development does not speak TLS. -#}
{% set secure = ENABLE_HTTPS and not development|default(false) -%}
# MongoDB: course content and files
DATA_DIR = "/openedx/data/modulestore"
DOC_STORE_CONFIG = {
    "db": {{ MONGODB_DATABASE|python_literal }},
    "host": {{ MONGODB_HOST|python_literal }},
    "port": {{ MONGODB_PORT|python_literal }},
    "user": {{ (MONGODB_USERNAME or None)|python_literal }},
    "password": {{ (MONGODB_PASSWORD or None)|python_literal }},
    "connect": False,  # workers open their own connections after the fork
    "ssl": {{ MONGODB_USE_SSL|python_literal }},
    "authsource": {{ MONGODB_AUTH_SOURCE|python_literal }},
    "replicaSet": {{ (MONGODB_REPLICA_SET or None)|python_literal }},
    {%- if MONGODB_AUTH_MECHANISM %}
    "authMechanism": {{ MONGODB_AUTH_MECHANISM|python_literal }},
    {%- endif %}
}
CONTENTSTORE = {
    "ENGINE": "xmodule.contentstore.mongo.MongoContentStore",
    "ADDITIONAL_OPTIONS": {},
    "DOC_STORE_CONFIG": DOC_STORE_CONFIG,
}
for _store in MODULESTORE["default"]["OPTIONS"]["stores"]:
    # What is not about the connection, such as the names of collections, stays.
    _store["DOC_STORE_CONFIG"] = {**(_store.get("DOC_STORE_CONFIG") or {}), **DOC_STORE_CONFIG}
    _store.setdefault("OPTIONS", {})["fs_root"] = DATA_DIR

# MySQL: one database, without the second one for extended histories
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "lms.djangoapps.coursewarehistoryextended"]
DATABASE_ROUTERS = [router for router in DATABASE_ROUTERS if not router.endswith(".StudentModuleHistoryExtendedRouter")]

# Redis: caches and event bus
CACHES = {
    name: {"BACKEND": "django_redis.cache.RedisCache", "KEY_PREFIX": name, "LOCATION": {{ (redis_url ~ "/" ~ OPENEDX_CACHE_REDIS_DB)|python_literal }}, **options}
    for name, options in {
        "default": {"VERSION": "1"},
        "general": {},
        "mongo_metadata_inheritance": {"TIMEOUT": 300},
        "configuration": {},
        "celery": {"TIMEOUT": 7200},
        "course_structure_cache": {"KEY_PREFIX": "course_structure", "TIMEOUT": 604800},
        "ora2-storage": {},
    }.items()
}
DJANGO_REDIS_IGNORE_EXCEPTIONS = True  # without its cache the platform is slow, not down
EVENT_BUS_PRODUCER = "edx_event_bus_redis.create_producer"
EVENT_BUS_CONSUMER = "edx_event_bus_redis.RedisEventConsumer"
EVENT_BUS_REDIS_CONNECTION_URL = {{ (redis_url ~ "/")|python_literal }}
EVENT_BUS_TOPIC_PREFIX = "dev"

# Search
SEARCH_ENGINE = "search.meilisearch.MeilisearchEngine"
MEILISEARCH_ENABLED = True
MEILISEARCH_URL = {{ MEILISEARCH_URL|python_literal }}
MEILISEARCH_PUBLIC_URL = {{ MEILISEARCH_PUBLIC_URL|python_literal }}
MEILISEARCH_INDEX_PREFIX = {{ MEILISEARCH_INDEX_PREFIX|python_literal }}
MEILISEARCH_API_KEY = {{ MEILISEARCH_API_KEY|python_literal }}
MEILISEARCH_MASTER_KEY = {{ MEILISEARCH_MASTER_KEY|python_literal }}

# E-mail
DEFAULT_FROM_EMAIL = CONTACT_EMAIL
DEFAULT_FEEDBACK_EMAIL = CONTACT_EMAIL
SERVER_EMAIL = CONTACT_EMAIL
TECH_SUPPORT_EMAIL = CONTACT_EMAIL
BUGS_EMAIL = CONTACT_EMAIL
UNIVERSITY_EMAIL = CONTACT_EMAIL
PRESS_EMAIL = CONTACT_EMAIL
PAYMENT_SUPPORT_EMAIL = CONTACT_EMAIL
BULK_EMAIL_DEFAULT_FROM_EMAIL = CONTACT_EMAIL
API_ACCESS_MANAGER_EMAIL = CONTACT_EMAIL
API_ACCESS_FROM_EMAIL = CONTACT_EMAIL
CONTACT_MAILING_ADDRESS = {{ (PLATFORM_NAME ~ " - " ~ scheme ~ "://" ~ LMS_HOST)|python_literal }}
EMAIL_USE_SSL = {{ SMTP_USE_SSL|python_literal }}
EMAIL_FILE_PATH = "/tmp/openedx/emails"
ACE_ENABLED_CHANNELS = ["django_email"]
ACE_CHANNEL_DEFAULT_EMAIL = "django_email"
ACE_CHANNEL_TRANSACTIONAL_EMAIL = "django_email"

# Files
MEDIA_ROOT = "/openedx/media/"
FILE_UPLOAD_STORAGE_BUCKET_NAME = "openedxuploads"
VIDEO_IMAGE_SETTINGS["STORAGE_KWARGS"]["location"] = MEDIA_ROOT
VIDEO_TRANSCRIPTS_SETTINGS["STORAGE_KWARGS"]["location"] = MEDIA_ROOT
GRADES_DOWNLOAD = {
    "STORAGE_TYPE": "",
    "STORAGE_KWARGS": {"base_url": "/media/grades/", "location": "/openedx/media/grades"},
}
ORA2_FILEUPLOAD_BACKEND = "filesystem"
ORA2_FILEUPLOAD_ROOT = "/openedx/data/ora2"
ORA2_FILEUPLOAD_CACHE_NAME = "ora2-storage"
OPENEDX_LEARNING = {
    "MEDIA": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": "/openedx/media-private/openedx-learning"},
    }
}

# Logs: to files that may be rotated, and to the console
class _SharedFileHandler(logging.handlers.WatchedFileHandler):
    """Writes to a file of many processes, which the one that finds it full moves away."""

    limit = 100 * 1024 * 1024  # bytes

    def emit(self, record):
        with contextlib.suppress(OSError):
            if os.stat(self.baseFilename).st_size > self.limit:
                with open(self.baseFilename + ".lock", "w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    if os.stat(self.baseFilename).st_size > self.limit:
                        os.replace(self.baseFilename, self.baseFilename + ".1")
        super().emit(record)


LOGGING["handlers"]["local"] = {
    "class": f"{__name__}._SharedFileHandler",
    "filename": os.path.join(LOG_DIR, "all.log"),
    "formatter": "standard",
}
LOGGING["handlers"]["tracking"] = {
    "level": "DEBUG",
    "class": "logging.handlers.WatchedFileHandler",
    "filename": os.path.join(LOG_DIR, "tracking.log"),
    "formatter": "standard",
}
LOGGING["loggers"]["tracking"]["handlers"] = ["console", "local", "tracking"]
# Every health check is a request from nowhere.
LOGGING["loggers"]["openedx.core.djangoapps.cors_csrf.helpers"] = {"level": "ERROR"}
LOGGING["loggers"]["blockstore.apps.bundles.storage"] = {"handlers": ["console"], "level": "WARNING"}

# Sessions, and requests from other sites
SESSION_COOKIE_SECURE = {{ secure|python_literal }}
SESSION_COOKIE_SAMESITE = {{ ("None" if secure else "Lax")|python_literal }}
CSRF_COOKIE_SECURE = {{ secure|python_literal }}
{%- if secure %}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
{%- endif %}
ENABLE_CORS_HEADERS = True
CORS_ALLOW_CREDENTIALS = True
CORS_ORIGIN_ALLOW_ALL = False
CORS_ALLOW_INSECURE = {{ (not ENABLE_HTTPS)|python_literal }}
CORS_ORIGIN_WHITELIST = list(globals().get("CORS_ORIGIN_WHITELIST") or [])
X_FRAME_OPTIONS = "SAMEORIGIN"
PREVENT_CONCURRENT_LOGINS = False
LANGUAGE_COOKIE_NAME = "openedx-language-preference"

# Tokens
{% set key = JWT_RSA_PRIVATE_KEY|rsa_import_key -%}
_public_jwk = {
    "kid": "openedx",
    "kty": "RSA",
    "e": "{{ key.e|long_to_base64 }}",
    "n": "{{ key.n|long_to_base64 }}",
}
JWT_AUTH["JWT_ISSUER"] = {{ JWT_COMMON_ISSUER|python_literal }}
JWT_AUTH["JWT_AUDIENCE"] = {{ JWT_COMMON_AUDIENCE|python_literal }}
JWT_AUTH["JWT_SECRET_KEY"] = {{ JWT_COMMON_SECRET_KEY|python_literal }}
JWT_AUTH["JWT_PUBLIC_SIGNING_JWK_SET"] = json.dumps({"keys": [_public_jwk]})
JWT_AUTH["JWT_PRIVATE_SIGNING_JWK"] = json.dumps(
    {
        **_public_jwk,
        "d": "{{ key.d|long_to_base64 }}",
        "p": "{{ key.q|long_to_base64 }}",
        "q": "{{ key.p|long_to_base64 }}",
        "dp": "{{ (key.d % (key.q - 1))|long_to_base64 }}",
        "dq": "{{ (key.d % (key.p - 1))|long_to_base64 }}",
        "qi": "{{ key.u|long_to_base64 }}",
    }
)
JWT_AUTH["JWT_ISSUERS"] = [
    {
        "ISSUER": JWT_AUTH["JWT_ISSUER"],
        "AUDIENCE": JWT_AUTH["JWT_AUDIENCE"],
        "SECRET_KEY": JWT_AUTH["JWT_SECRET_KEY"],
    }
]

# Features that need a service which is not part of this environment
ENABLE_DISCUSSION_SERVICE = False
CODE_JAIL["python_bin"] = "nonexistingpythonbinary"
CODE_JAIL["user"] = None
with contextlib.suppress(ImportError):
    # Workers and jobs have no middleware that would do what CODE_JAIL says.
    from codejail.jail_code import configure as _configure_jail

    _configure_jail("python", CODE_JAIL["python_bin"], user=CODE_JAIL["user"])

# The row of the LMS; number 1 is Django's example.com.
SITE_ID = 2

for _folder in [DATA_DIR, LOG_DIR, ORA2_FILEUPLOAD_ROOT]:
    os.makedirs(_folder, exist_ok=True)

{{ patch("openedx-common-settings") }}
####### End of the settings of LMS and CMS alike
