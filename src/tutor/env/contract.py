"""Facts of the interface that published plugins rely on, as data."""

from __future__ import annotations

#: Every patch point of the platform.
PATCH_POINTS = frozenset(
    (
        "caddyfile",
        "caddyfile-cms",
        "caddyfile-global",
        "caddyfile-lms",
        "caddyfile-proxy",
        "cms-env",
        "cms-env-features",
        "common-env-features",
        "dev-docker-compose-jobs-services",
        "k8s-deployments",
        "k8s-jobs",
        "k8s-override",
        "k8s-services",
        "k8s-volumes",
        "kustomization",
        "kustomization-commonlabels",
        "kustomization-configmapgenerator",
        "kustomization-labels",
        "kustomization-patches",
        "kustomization-resources",
        "lms-env",
        "lms-env-features",
        "local-docker-compose-caddy-aliases",
        "local-docker-compose-cms-dependencies",
        "local-docker-compose-dev-services",
        "local-docker-compose-jobs-services",
        "local-docker-compose-lms-dependencies",
        "local-docker-compose-permissions-command",
        "local-docker-compose-permissions-volumes",
        "local-docker-compose-prod-services",
        "local-docker-compose-services",
        "openedx-auth",
        "openedx-cms-common-settings",
        "openedx-cms-development-settings",
        "openedx-cms-production-settings",
        "openedx-common-assets-settings",
        "openedx-common-i18n-settings",
        "openedx-common-settings",
        "openedx-dev-dockerfile-post-python-requirements",
        "openedx-development-settings",
        "openedx-dockerfile",
        "openedx-dockerfile-final",
        "openedx-dockerfile-git-patches-default",
        "openedx-dockerfile-minimal",
        "openedx-dockerfile-post-git-checkout",
        "openedx-dockerfile-post-python-requirements",
        "openedx-dockerfile-pre-assets",
        "openedx-lms-common-settings",
        "openedx-lms-development-settings",
        "openedx-lms-production-settings",
        "redis-conf",
        "uwsgi-config",
    )
)

#: Patch points in files that were JSON: there, contents may be members of an object, with commas.
JSON_PATCHES = frozenset(
    (
        "cms-env",
        "cms-env-features",
        "common-env-features",
        "lms-env",
        "lms-env-features",
        "openedx-auth",
    )
)

#: Patch points of older releases, and what to use instead.
RETIRED_PATCHES: dict[str, str] = {
    "nginx-extra": "requests enter through Caddy: caddyfile",
    "proxy-nginx": "caddyfile",
    "proxy-apache": "caddyfile",
    "https-create": "certificates are automatic",
    "k8s-ingress-rules": "caddyfile",
    "k8s-ingress-tls-hosts": "certificates are automatic",
    "k8s-ingress-certificates": "certificates are automatic",
    "local-docker-compose-nginx-volumes": "local-docker-compose-prod-services",
    "k8s-deployments-nginx-volumes": "k8s-override",
    "k8s-deployments-nginx-volume-mounts": "k8s-override",
    "k8s-deployments-nginx-init-containers": "k8s-override",
    "local-docker-compose-nginx-aliases": "local-docker-compose-caddy-aliases",
}
