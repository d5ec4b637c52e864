"""The names that the settings of a deployment and its plugins expect to find, with values that do no harm."""

DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("de-de", "Deutsch"),
    ("es-419", "Español"),
    ("ar", "العربية"),
]
LANGUAGE_COOKIE_NAME = "openedx-language-preference"
LOCALE_PATHS = []
SECRET_KEY = "sandbox"  # replaced by the deployment's own
ALLOWED_HOSTS = ["*"]
SITE_ID = 1
SITE_NAME = "localhost"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
WSGI_APPLICATION = None

PLATFORM_NAME = "Sandbox"
PLATFORM_DESCRIPTION = ""
STUDIO_NAME = "Studio"
STUDIO_SHORT_NAME = "Studio"
CONTACT_EMAIL = "contact@localhost"
LMS_BASE = "localhost:8000"
LMS_ROOT_URL = "http://localhost:8000"
CMS_BASE = "localhost:8001"
CMS_ROOT_URL = "http://localhost:8001"
LOGIN_URL = "/login"
LOGIN_REDIRECT_WHITELIST = []
IDA_LOGOUT_URI_LIST = []

# What of all this is shown on the page: the sandbox plugin fills in the first.
SANDBOX_PLUGINS = []
SANDBOX_SHOW_SETTINGS = []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "common.djangoapps.student",
    "openedx.core.djangoapps.site_configuration",
    "openedx.core.djangoapps.theming",
    "sandbox.apps.SandboxConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = []
TEMPLATES = [
    {
        "NAME": "django",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATICFILES_DIRS = []
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
STATICFILES_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
STATIC_ROOT_BASE = "/openedx/staticfiles"
STATIC_ROOT = "/openedx/staticfiles"
STATIC_URL = "/static/"
MEDIA_ROOT = "/openedx/media/"
MEDIA_URL = "/media/"
DEFAULT_FILE_STORAGE = "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": {"BACKEND": DEFAULT_FILE_STORAGE},
    "staticfiles": {"BACKEND": STATICFILES_STORAGE},
}
COMPREHENSIVE_THEME_DIRS = []
COMPREHENSIVE_THEME_LOCALE_PATHS = []
ENABLE_COMPREHENSIVE_THEMING = False
DEFAULT_SITE_THEME = None

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DATABASE_ROUTERS = []
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
SESSION_COOKIE_NAME = "sessionid"
SESSION_COOKIE_SECURE = False

CELERY_BROKER_TRANSPORT = "redis"
CELERY_BROKER_HOSTNAME = "redis:6379"
CELERY_BROKER_VHOST = "0"
CELERY_BROKER_USER = ""
CELERY_BROKER_PASSWORD = ""
CELERY_DEFAULT_QUEUE = "celery"
CELERY_ALWAYS_EAGER = False
CELERY_QUEUES = {}
ALTERNATE_WORKER_QUEUES = ""
HIGH_PRIORITY_QUEUE = "high"
DEFAULT_PRIORITY_QUEUE = "default"
BROKER_URL = "redis://redis:6379/0"

FEATURES = {}
ENV_TOKENS = {}
AUTH_TOKENS = {}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "standard": {"format": "%(asctime)s %(levelname)s %(process)d [%(name)s] %(message)s"},
        "syslog_format": {"format": "%(name)s %(levelname)s %(message)s"},
        "raw": {"format": "%(message)s"},
    },
    "filters": {},
    "handlers": {
        "console": {"level": "INFO", "class": "logging.StreamHandler", "formatter": "standard"},
        "local": {"level": "INFO", "class": "logging.StreamHandler", "formatter": "standard"},
        "tracking": {"level": "DEBUG", "class": "logging.StreamHandler", "formatter": "raw"},
    },
    "loggers": {
        "tracking": {"handlers": ["tracking"], "level": "DEBUG", "propagate": False},
        "": {"handlers": ["console", "local"], "level": "INFO", "propagate": False},
    },
}
LOGGING_ENV = "sandbox"
LOG_DIR = "/openedx/data/logs"

DATA_DIR = "/openedx/data"
DOC_STORE_CONFIG = {"db": "openedx", "host": "mongodb", "port": 27017, "collection": "modulestore"}
CONTENTSTORE = {
    "ENGINE": "xmodule.contentstore.mongo.MongoContentStore",
    "DOC_STORE_CONFIG": dict(DOC_STORE_CONFIG),
    "ADDITIONAL_OPTIONS": {},
}
MODULESTORE = {
    "default": {
        "ENGINE": "xmodule.modulestore.mixed.MixedModuleStore",
        "OPTIONS": {
            "mappings": {},
            "stores": [
                {
                    "NAME": "split",
                    "ENGINE": "xmodule.modulestore.split_mongo.split_draft.DraftVersioningModuleStore",
                    "DOC_STORE_CONFIG": dict(DOC_STORE_CONFIG),
                    "OPTIONS": {"fs_root": "/openedx/data/modulestore"},
                },
                {
                    "NAME": "draft",
                    "ENGINE": "xmodule.modulestore.mongo.DraftMongoModuleStore",
                    "DOC_STORE_CONFIG": dict(DOC_STORE_CONFIG),
                    "OPTIONS": {"fs_root": "/openedx/data/modulestore"},
                },
            ],
        },
    }
}
MODULESTORE_BRANCH = "published-only"
MODULESTORE_FIELD_OVERRIDE_PROVIDERS = ()
OPENEDX_LEARNING = {}

JWT_AUTH = {
    "JWT_ISSUER": "http://localhost/oauth2",
    "JWT_AUDIENCE": "openedx",
    "JWT_ALGORITHM": "HS256",
    "JWT_SECRET_KEY": "sandbox",
    "JWT_ISSUERS": [],
    "JWT_PUBLIC_SIGNING_JWK_SET": None,
    "JWT_PRIVATE_SIGNING_JWK": None,
    "JWT_AUTH_COOKIE_HEADER_PAYLOAD": "edx-jwt-cookie-header-payload",
    "JWT_AUTH_COOKIE_SIGNATURE": "edx-jwt-cookie-signature",
}
OAUTH_OIDC_ISSUER = "http://localhost/oauth2"
OAUTH_ENFORCE_SECURE = True
SOCIAL_AUTH_STRATEGY = ""
SYSTEM_WIDE_ROLE_CLASSES = []
RETIREMENT_SERVICE_WORKER_USERNAME = "retirement_service_worker"

VIDEO_IMAGE_SETTINGS = {"STORAGE_KWARGS": {"location": MEDIA_ROOT}, "DIRECTORY_PREFIX": "video-images/"}
VIDEO_TRANSCRIPTS_SETTINGS = {
    "STORAGE_KWARGS": {"location": MEDIA_ROOT},
    "DIRECTORY_PREFIX": "video-transcripts/",
}
GRADES_DOWNLOAD = {"STORAGE_CLASS": DEFAULT_FILE_STORAGE, "STORAGE_TYPE": "", "STORAGE_KWARGS": {}}
FINANCIAL_REPORTS = {"STORAGE_TYPE": "localfs", "ROOT_PATH": "sandbox"}
PROFILE_IMAGE_BACKEND = {"class": "openedx.core.storage.OverwriteStorage", "options": {}}
BLOCK_STRUCTURES_SETTINGS = {}
FILE_UPLOAD_STORAGE_BUCKET_NAME = "uploads"
ORA2_FILEUPLOAD_BACKEND = "filesystem"
ORA2_FILEUPLOAD_ROOT = "/openedx/data/ora2"
ORA2_FILEUPLOAD_CACHE_NAME = "ora2-storage"
CODE_JAIL = {"python_bin": None, "user": "sandbox", "limits": {}, "limit_overrides": {}}
XQUEUE_INTERFACE = {"django_auth": None, "url": None}

CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_INSECURE = False
CORS_ALLOW_HEADERS = []
CORS_ORIGIN_ALLOW_ALL = False
CORS_ORIGIN_WHITELIST = []
CSRF_TRUSTED_ORIGINS = []
CSRF_COOKIE_SECURE = False
CROSS_DOMAIN_CSRF_COOKIE_DOMAIN = ""
CROSS_DOMAIN_CSRF_COOKIE_NAME = ""

REGISTRATION_EXTRA_FIELDS = {
    "confirm_email": "hidden",
    "level_of_education": "optional",
    "gender": "optional",
    "goals": "optional",
    "honor_code": "required",
    "terms_of_service": "hidden",
    "city": "hidden",
    "country": "hidden",
}
MOBILE_STORE_URLS = {}
MOBILE_STORE_ACE_URLS = {"google": "", "apple": ""}
SOCIAL_MEDIA_FOOTER_URLS = {}
SOCIAL_MEDIA_FOOTER_ACE_URLS = {"reddit": "", "twitter": "", "linkedin": "", "facebook": ""}
SOCIAL_MEDIA_FOOTER_NAMES = []
MKTG_URLS = {}
MKTG_URL_LINK_MAP = {}
ENTERPRISE_API_URL = ""
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "smtp"
EMAIL_PORT = 8025
DEFAULT_FROM_EMAIL = "registration@localhost"
SERVER_EMAIL = "devops@localhost"
ACE_ENABLED_CHANNELS = []
ACE_ENABLED_POLICIES = []
ACE_ROUTING_KEY = "default"
EVENT_BUS_PRODUCER = ""
EVENT_BUS_CONSUMER = ""
EVENT_BUS_TOPIC_PREFIX = ""
EVENT_BUS_PRODUCER_CONFIG = {}
SEARCH_ENGINE = None
ELASTIC_SEARCH_CONFIG = []
MEILISEARCH_ENABLED = False
REST_FRAMEWORK = {}
PROCTORING_BACKENDS = {"DEFAULT": "null", "null": {}}
WEBPACK_LOADER = {"DEFAULT": {}, "WORKERS": {}}
COURSE_CATALOG_VISIBILITY_PERMISSION = "see_exists"
COURSE_ABOUT_VISIBILITY_PERMISSION = "see_exists"
HTTPS = "off"
