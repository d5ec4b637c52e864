"""Settings that do not go together: which to change, and to what."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.config.consistency import check_together
from tutor.config.table import core_settings
from tutor.exceptions import ConfigError

GATEWAY = {"K8S_INGRESS": "gateway", "ENABLE_WEB_PROXY": False}


def _settings(**changed: Any) -> dict[str, Any]:
    return {name: setting.default for name, setting in core_settings().items()} | changed


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"ENABLE_WEB_PROXY": False},
        {"ENABLE_WEB_PROXY": False, "K8S_INGRESS": "ingress"},
        {**GATEWAY, "K8S_GATEWAY": "infra/public"},
        {"ENABLE_WEB_PROXY": False, "K8S_INGRESS": "ingress", "K8S_INGRESS_ANNOTATIONS": ["a.b/c=d=e", "x="]},
        {"K8S_REGISTRY_USERNAME": "u", "K8S_REGISTRY_PASSWORD": "p"},
        {"K8S_PULL_SECRET_NAME": "regcred"},
        {"K8S_LMS_REPLICAS": 9},
        {"K8S_LMS_REPLICAS": 5, "K8S_AUTOSCALING": True},
    ],
)
def test_they_go_together(changed: dict[str, Any]) -> None:
    check_together(_settings(**changed))


@pytest.mark.parametrize(
    ("changed", "message", "hint"),
    [
        (
            {"K8S_INGRESS": "ingress"},
            "K8S_INGRESS is ingress, and Caddy faces the web itself because ENABLE_WEB_PROXY is true",
            "tutor config save --set ENABLE_WEB_PROXY=false",
        ),
        (
            GATEWAY,
            "K8S_INGRESS is gateway, and K8S_GATEWAY does not say which Gateway",
            "tutor config save --set K8S_GATEWAY=NAMESPACE/NAME",
        ),
        (
            {"ENABLE_WEB_PROXY": False, "K8S_INGRESS": "ingress", "K8S_INGRESS_ANNOTATIONS": ["no value"]},
            "K8S_INGRESS_ANNOTATIONS has the wrong item 'no value': expected NAME=VALUE",
            "tutor config save --append K8S_INGRESS_ANNOTATIONS=NAME=VALUE",
        ),
        (
            {"K8S_AUTOSCALING": True, "K8S_CMS_WORKER_REPLICAS": 6},
            "K8S_CMS_WORKER_MAX_REPLICAS is 5, and K8S_CMS_WORKER_REPLICAS is 6",
            "tutor config save --set K8S_CMS_WORKER_MAX_REPLICAS=6",
        ),
        (
            {"K8S_REGISTRY_USERNAME": "u"},
            "K8S_REGISTRY_USERNAME is set, and K8S_REGISTRY_PASSWORD is not",
            "tutor config save --set K8S_REGISTRY_PASSWORD=VALUE",
        ),
        (
            {"K8S_REGISTRY_PASSWORD": "hidden"},
            "K8S_REGISTRY_PASSWORD is set, and K8S_REGISTRY_USERNAME is not",
            "tutor config save --set K8S_REGISTRY_USERNAME=VALUE",
        ),
        (
            {
                "K8S_REGISTRY_USERNAME": "u",
                "K8S_REGISTRY_PASSWORD": "hidden",
                "K8S_PULL_SECRET_NAME": "regcred",
            },
            "K8S_PULL_SECRET_NAME names a Secret, and another would be made of K8S_REGISTRY_USERNAME",
            "tutor config save --unset K8S_PULL_SECRET_NAME",
        ),
    ],
)
def test_they_do_not(changed: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        check_together(_settings(**changed))
    assert (raised.value.message, raised.value.hint) == (message, hint)
    assert "setting " in (raised.value.where or "")
