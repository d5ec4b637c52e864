"""Values that are no plain facts: what has a structure that deployments change, and what runs here in the place of more."""

import datetime
import os

DOC_STORE = {
    "auth_source": "",
    "collection": "modulestore",
    "connectTimeoutMS": 2000,
    "db": "edxapp",
    "host": "localhost",
    "password": "",
    "port": 27017,
    "read_preference": "PRIMARY",
    "replicaSet": "",
    "socketTimeoutMS": 6000,
    "ssl": False,
    "user": "",
}
#: Stands in front of Django's apps on the real platform, too.
APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "common.djangoapps.student.apps.StudentConfig",
    "lms.djangoapps.coursewarehistoryextended",
    "openedx.core.djangoapps.common_initialization.apps.CommonInitializationConfig",
    "openedx.core.djangoapps.site_configuration",
    "openedx.core.djangoapps.theming",
    "django_celery_results",
    "sandbox.apps.SandboxConfig",
]


def templates():
    """What the settings of themes and plugins add folders and context processors to."""
    return [
        {
            "NAME": "django",
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [],
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ]


def module_stores():
    """The two stores of courses."""
    engines = {
        "split": "xmodule.modulestore.split_mongo.split_draft.DraftVersioningModuleStore",
        "draft": "xmodule.modulestore.mongo.DraftMongoModuleStore",
    }
    stores = [
        {
            "NAME": name,
            "ENGINE": engine,
            "DOC_STORE_CONFIG": dict(DOC_STORE),
            "OPTIONS": {"default_class": "xmodule.hidden_block.HiddenBlock", "fs_root": "/openedx/data"},
        }
        for name, engine in engines.items()
    ]
    return {
        "default": {
            "ENGINE": "xmodule.modulestore.mixed.MixedModuleStore",
            "OPTIONS": {"mappings": {}, "stores": stores},
        }
    }


def queues(service, third):
    """The queues of a service's tasks."""
    return {f"edx.{service}.core.{name}": {} for name in ("default", "high", third)}


def caches():
    """One cache in the memory of each process."""
    names = (
        "celery",
        "configuration",
        "course_structure_cache",
        "default",
        "general",
        "mongo_metadata_inheritance",
        "staticfiles",
    )
    return {name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} for name in names}


def databases():
    """The databases that the real platform has before a deployment chooses its own."""
    return {name: {"ENGINE": "django.db.backends.mysql"} for name in ("default", "read_replica", "student_module_history")}


def jwt():
    """Names that are needed here; the others stand for nothing."""
    return {
        "JWT_ALGORITHM": "HS256",
        "JWT_AUDIENCE": "change-me",
        "JWT_AUTH_COOKIE": "edx-jwt-cookie",
        "JWT_AUTH_COOKIE_HEADER_PAYLOAD": "edx-jwt-cookie-header-payload",
        "JWT_AUTH_COOKIE_SIGNATURE": "edx-jwt-cookie-signature",
        "JWT_AUTH_HEADER_PREFIX": "JWT",
        "JWT_DECODE_HANDLER": "edx_rest_framework_extensions.auth.jwt.decoder.jwt_decode_handler",
        "JWT_EXPIRATION": 30,
        "JWT_IN_COOKIE_EXPIRATION": 3600,
        "JWT_ISSUER": "change-me",
        "JWT_ISSUERS": [],
        "JWT_LEEWAY": 1,
        "JWT_LOGIN_CLIENT_ID": "login-service-client-id",
        "JWT_LOGIN_SERVICE_USERNAME": "login_service_user",
        "JWT_PAYLOAD_GET_USERNAME_HANDLER": "sandbox",
        "JWT_PRIVATE_SIGNING_JWK": None,
        "JWT_PUBLIC_SIGNING_JWK_SET": None,
        "JWT_SECRET_KEY": "",
        "JWT_SIGNING_ALGORITHM": None,
        "JWT_SUPPORTED_VERSION": "1.2.0",
        "JWT_VERIFY_EXPIRATION": True,
    }


def stored(**more):
    """Settings about files that are kept somewhere."""
    return lambda: {"STORAGE_KWARGS": {"location": "/edx/var/edxapp/media/"}, **more}


def of_service(name, third, below):
    """What is different in LMS and CMS: queues, and files that are served as they are."""
    folders = [f"/openedx/edx-platform/{place}/static" for place in ("common", name)]
    return {
        "CELERY_QUEUES": lambda: queues(name, third),
        # The image of the sandbox has none of them: they are there where the code has been built.
        "STATICFILES_DIRS": lambda: [folder for folder in folders if os.path.isdir(folder)],
        "STATIC_ROOT": lambda: os.environ.get(f"STATIC_ROOT_{name.upper()}", f"/openedx/staticfiles{below}"),
    }


#: Settings with a structure, and those that Django reads; functions make a new value for each module.
WRITTEN = {
    "all": {
        "ALLOWED_HOSTS": lambda: ["*"],
        "AUTHENTICATION_BACKENDS": lambda: ["django.contrib.auth.backends.ModelBackend"],
        "AUTH_PASSWORD_VALIDATORS": list,
        "CACHES": caches,
        "CODE_JAIL": lambda: {
            "python_bin": "",
            "user": "sandbox",
            "limits": {"CPU": 1, "VMEM": 536870912, "REALTIME": 3, "PROXY": 0},
            "limit_overrides": {},
        },
        "COMPREHENSIVE_THEME_DIRS": lambda: os.environ.get("COMPREHENSIVE_THEME_DIRS", "").split(":"),
        "CONTENTSTORE": lambda: {
            "ENGINE": "xmodule.contentstore.mongo.MongoContentStore",
            "ADDITIONAL_OPTIONS": {},
            "DOC_STORE_CONFIG": dict(DOC_STORE),
            "OPTIONS": {"db": "edxapp", "host": "localhost", "password": "", "port": 27017, "ssl": False, "user": ""},
        },
        "DATABASES": databases,
        "DATABASE_ROUTERS": lambda: [
            "openedx.core.lib.django_courseware_routers.StudentModuleHistoryExtendedRouter",
        ],
        "DOC_STORE_CONFIG": lambda: dict(DOC_STORE),
        "GRADES_DOWNLOAD": lambda: {
            "BUCKET": "edx-grades",
            "ROOT_PATH": "/tmp/edx-s3/grades",
            "STORAGE_CLASS": "django.core.files.storage.FileSystemStorage",
            "STORAGE_KWARGS": {"location": "/tmp/edx-s3/grades"},
            "STORAGE_TYPE": "",
        },
        "INSTALLED_APPS": lambda: list(APPS),
        "JWT_AUTH": jwt,
        "LANGUAGES": lambda: [
            ("en", "English"),
            ("fr", "Français"),
            ("de-de", "Deutsch"),
            ("es-419", "Español"),
            ("ar", "العربية"),
        ],
        "LOGIN_URL": "/login",
        "MEDIA_URL": "/media/",
        "MIDDLEWARE": lambda: [
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "MODULESTORE": module_stores,
        "PLATFORM_NAME": "Your Platform Name Here",
        "PROCTORING_BACKENDS": lambda: {"DEFAULT": "null", "null": {}},
        "PROFILE_IMAGE_BACKEND": lambda: {
            "class": "openedx.core.storage.OverwriteStorage",
            "options": {"location": "/edx/var/edxapp/media/profile-images/", "base_url": "/media/profile-images/"},
        },
        # The real one needs code that is not here.
        "SESSION_SERIALIZER": "django.contrib.sessions.serializers.JSONSerializer",
        "STATICFILES_FINDERS": lambda: ["django.contrib.staticfiles.finders.FileSystemFinder"],
        "STATIC_URL": "/static/",
        "STORAGES": lambda: {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        "TEMPLATES": templates,
        "USER_TASKS_MAX_AGE": datetime.timedelta(days=7),
        "VIDEO_IMAGE_SETTINGS": stored(
            BASE_URL="", DIRECTORY_PREFIX="video-images/", VIDEO_IMAGE_MAX_BYTES=2097152, VIDEO_IMAGE_MIN_BYTES=2048
        ),
        "VIDEO_TRANSCRIPTS_SETTINGS": stored(
            BASE_URL="", DIRECTORY_PREFIX="video-transcripts/", VIDEO_TRANSCRIPTS_MAX_BYTES=3145728
        ),
    },
    "lms": of_service("lms", "high_mem", ""),
    "cms": of_service("cms", "low", "/studio"),
}

#: What is here beside the platform's own settings: the page shows the settings that these name.
ADDED = {"SANDBOX_PLUGINS": [], "SANDBOX_SHOW_SETTINGS": []}


def _below(name, path):
    return lambda settings: getattr(settings, name) + path


#: How derived settings come from others, where they are not the same.
FORMULAS = {
    "DEFAULT_ENTERPRISE_API_URL": _below("LMS_INTERNAL_ROOT_URL", "/enterprise/api/v1/"),
    "DEFAULT_ENTERPRISE_CONSENT_API_URL": _below("LMS_INTERNAL_ROOT_URL", "/consent/api/v1/"),
    "DEFAULT_ORG_LOGO_URL": _below("STATIC_URL", "images/logo.png"),
    "DEFAULT_TEMPLATE_ENGINE_DIRS": lambda settings: settings.TEMPLATES[0]["DIRS"],
    "EMAIL_FILE_PATH": _below("DATA_DIR", "/emails/course_emails"),
    "ENTERPRISE_API_URL": _below("LMS_INTERNAL_ROOT_URL", "/enterprise/api/v1/"),
    "ENTERPRISE_CONSENT_API_URL": _below("LMS_INTERNAL_ROOT_URL", "/consent/api/v1/"),
    "ENTERPRISE_ENROLLMENT_API_URL": lambda s: s.LMS_INTERNAL_ROOT_URL + s.LMS_ENROLLMENT_API_PATH,
    "ENTERPRISE_PUBLIC_ENROLLMENT_API_URL": lambda s: s.LMS_ROOT_URL + s.LMS_ENROLLMENT_API_PATH,
    "FRONTEND_REGISTER_URL": _below("LMS_ROOT_URL", "/register"),
    "HELP_TOKENS_VERSION": lambda _: "latest",
    "LOCALE_PATHS": lambda s: [f"{s.REPO_ROOT}/conf/locale"],
    "RETIRED_EMAIL_FMT": lambda s: s.RETIRED_EMAIL_PREFIX + "{}@" + s.RETIRED_EMAIL_DOMAIN,
    "RETIRED_USERNAME_FMT": lambda s: s.RETIRED_USERNAME_PREFIX + "{}",
    "ROOT_URLCONF": lambda s: f"{s.SERVICE_VARIANT}.urls",
}
