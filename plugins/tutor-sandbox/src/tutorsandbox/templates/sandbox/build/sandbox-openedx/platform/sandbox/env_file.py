"""Loads the YAML file that LMS_CFG or CMS_CFG names into a settings module."""

import os

import yaml


def load(variable, settings):
    """Put the file's values into the settings; dictionaries of features are merged, everything else is replaced."""
    with open(os.environ[variable], encoding="utf-8") as stream:
        values = yaml.safe_load(stream) or {}
    features = {**settings.get("FEATURES", {}), **(values.pop("FEATURES", None) or {})}
    settings.update(values, FEATURES=features)
    # The names under which features are plain settings, too.
    settings.update({name: value for name, value in features.items() if name not in values})
    settings["BROKER_URL"] = broker_url(settings)


def broker_url(settings):
    user, password = settings["CELERY_BROKER_USER"], settings["CELERY_BROKER_PASSWORD"]
    credentials = f"{user}:{password}@" if user or password else ""
    host, vhost = settings["CELERY_BROKER_HOSTNAME"], settings["CELERY_BROKER_VHOST"]
    return f"{settings['CELERY_BROKER_TRANSPORT']}://{credentials}{host}/{vhost}"
