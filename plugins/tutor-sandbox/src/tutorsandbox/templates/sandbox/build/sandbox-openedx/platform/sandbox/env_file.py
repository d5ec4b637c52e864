"""What the platform's production settings do with the YAML file that LMS_CFG or CMS_CFG names."""

import os

import yaml

from openedx.core.lib.features_setting_proxy import FeaturesProxy

#: Settings that are mappings, of which the file gives some members.
MERGED = ("EVENT_TRACKING_BACKENDS", "JWT_AUTH", "CELERY_QUEUES", "MKTG_URL_LINK_MAP", "REST_FRAMEWORK")


def load(variable, settings):
    """Put the file's values into the settings of a module. Features are settings."""
    with open(os.environ[variable], encoding="utf-8") as stream:
        values = yaml.safe_load(stream) or {}
    settings["FEATURES"] = FeaturesProxy(settings)
    settings["FEATURES"].update(values.pop("FEATURES", None) or {})
    for name in MERGED:
        settings[name] = {**settings.get(name, {}), **(values.pop(name, None) or {})}
    settings.update(values)
    settings["ENV_TOKENS"] = values
    settings["LOGGING"] = logging()
    settings.setdefault("CORS_ORIGIN_WHITELIST", ())
    settings["BROKER_URL"] = broker_url(settings)


def broker_url(settings):
    user, password = settings["CELERY_BROKER_USER"], settings["CELERY_BROKER_PASSWORD"]
    credentials = f"{user}:{password}@" if user or password else ""
    host, vhost = settings["CELERY_BROKER_HOSTNAME"], settings["CELERY_BROKER_VHOST"]
    return f"{settings['CELERY_BROKER_TRANSPORT']}://{credentials}{host}/{vhost}"


def logging():
    """The loggers of the platform, which a deployment turns to files and the console."""
    return {
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
