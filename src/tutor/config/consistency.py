"""Settings that are right each for itself and do not go together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tutor.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANNOTATION = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?=.*", re.DOTALL)


def check_together(settings: Mapping[str, Any]) -> None:
    """Check what concerns more than one setting, or more than its type.

    Raises:
        ConfigError: the first contradiction, with the setting to change.
    """
    _check_sites(settings)
    if settings["SMTP_USE_TLS"] and settings["SMTP_USE_SSL"]:
        raise _wrong("SMTP_USE_TLS and SMTP_USE_SSL exclude each other", "SMTP_USE_SSL", "false")
    _check_ingress(settings)
    _check_autoscaling(settings)
    if bool(settings["K8S_REGISTRY_USERNAME"]) != bool(settings["K8S_REGISTRY_PASSWORD"]):
        missing, given = "K8S_REGISTRY_PASSWORD", "K8S_REGISTRY_USERNAME"
        if not settings[given]:
            missing, given = given, missing
        raise _wrong(f"{given} is set, and {missing} is not", missing, "VALUE")
    if settings["K8S_REGISTRY_USERNAME"] and settings["K8S_PULL_SECRET_NAME"]:
        raise ConfigError(
            "K8S_PULL_SECRET_NAME names a Secret, and another would be made of K8S_REGISTRY_USERNAME",
            where="setting K8S_PULL_SECRET_NAME",
            hint="tutor config save --unset K8S_PULL_SECRET_NAME",
        )


def _check_sites(settings: Mapping[str, Any]) -> None:
    """Each site has a host of its own: the web server, and browsers, tell them apart by it."""
    names = ["LMS_HOST", "CMS_HOST", *(["MEILISEARCH_HOST"] if settings["RUN_MEILISEARCH"] else [])]
    seen: dict[str, str] = {}
    for name in names:
        host = str(settings[name]).lower()
        if host in seen:
            raise ConfigError(
                f"{seen[host]} and {name} are the same host, {host}",
                where=f"setting {name}",
                hint=f"tutor config save --set {name}=ANOTHER.{host}",
            )
        seen[host] = name


def _check_ingress(settings: Mapping[str, Any]) -> None:
    kind = settings["K8S_INGRESS"]
    if kind == "caddy":
        return
    if settings["ENABLE_WEB_PROXY"]:
        reason = f"K8S_INGRESS is {kind}, and Caddy faces the web itself because ENABLE_WEB_PROXY is true"
        raise _wrong(reason, "ENABLE_WEB_PROXY", "false")
    if kind == "gateway" and not settings["K8S_GATEWAY"]:
        reason = "K8S_INGRESS is gateway, and K8S_GATEWAY does not say which Gateway"
        raise _wrong(reason, "K8S_GATEWAY", "NAMESPACE/NAME")
    for annotation in settings["K8S_INGRESS_ANNOTATIONS"]:
        if not _ANNOTATION.fullmatch(str(annotation)):
            raise ConfigError(
                f"K8S_INGRESS_ANNOTATIONS has the wrong item {annotation!r}: expected NAME=VALUE",
                where="setting K8S_INGRESS_ANNOTATIONS",
                hint="tutor config save --append K8S_INGRESS_ANNOTATIONS=NAME=VALUE",
            )


def _check_autoscaling(settings: Mapping[str, Any]) -> None:
    for service in ("LMS", "CMS", "LMS_WORKER", "CMS_WORKER") if settings["K8S_AUTOSCALING"] else ():
        least, most = f"K8S_{service}_REPLICAS", f"K8S_{service}_MAX_REPLICAS"
        if settings[most] < settings[least]:
            reason = f"{most} is {settings[most]}, and {least} is {settings[least]}"
            raise _wrong(reason, most, str(settings[least]))


def _wrong(reason: str, setting: str, value: str) -> ConfigError:
    return ConfigError(reason, where=f"setting {setting}", hint=f"tutor config save --set {setting}={value}")
