"""Every variant of the platform on Kubernetes: valid, without a secret in sight, fit for production."""

from __future__ import annotations

import base64
import functools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.manifests import VARIANTS, WITH_CONSUMER, Cluster, Manifest, decoded, planted, private_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Build = Callable[..., Cluster]

#: Kubernetes releases whose schemas objects are checked against; older ones get no fixes any more.
OLDEST = (1, 28)
VALUES = functools.partial(pytest.mark.parametrize, "settings", VARIANTS.values(), ids=VARIANTS)
REDIS = {"REDIS_PASSWORD": "planted-redis"}


@VALUES()
def test_every_object_is_valid(settings: dict[str, Any], cluster: Build) -> None:
    """Against the schemas of every release, and with nothing that they do not know."""
    found = cluster({**REDIS, **settings}, WITH_CONSUMER)
    assert len(found.objects) >= 20
    for manifest in found.objects:
        if not manifest["apiVersion"].startswith("gateway."):  # not part of Kubernetes itself
            _validate(json.dumps(manifest, sort_keys=True))


@VALUES()
def test_no_secret_is_shown(settings: dict[str, Any], cluster: Build) -> None:
    """Passwords and keys lie in Secrets, and nowhere else."""
    found = cluster({**REDIS, **settings}, WITH_CONSUMER)
    public = [o for o in found.objects if o["kind"] != "Secret"]
    text = json.dumps(public) + json.dumps([decoded(o) for o in public if o["kind"] == "ConfigMap"])
    for part in _secrets(settings):
        assert part not in text
    hidden = "\n".join(json.dumps(decoded(o)) for o in found.objects if o["kind"] == "Secret")
    for name in ("MYSQL_ROOT_PASSWORD", "OPENEDX_SECRET_KEY", "CMS_OAUTH2_SECRET", "MEILISEARCH_API_KEY"):
        assert planted()[name] in hidden


@VALUES()
def test_every_deployment_is_ready_for_production(settings: dict[str, Any], cluster: Build) -> None:
    """Probes, resources, restricted rights, room to end well."""
    found = cluster({**REDIS, **settings}, WITH_CONSUMER)
    for name, deployment in found.of("Deployment").items():
        if name == "consumer":  # the plugin's own affair
            continue
        spec = deployment["spec"]["template"]["spec"]
        _check_restricted(name, spec)
        for container in spec["containers"]:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                assert set(container[probe]) & {"exec", "httpGet", "tcpSocket"}, f"{name} has no {probe}"
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name
            if name != "lms" or "LMS_MEMORY_LIMIT" not in settings:
                assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name
    for job in found.of("Job").values():
        _check_restricted(job["metadata"]["name"], job["spec"]["template"]["spec"])


@VALUES()
def test_no_two_pods_share_a_volume(settings: dict[str, Any], cluster: Build) -> None:
    """A volume that one pod at a time may have is given up before the next pod starts."""
    found = cluster({**REDIS, **settings}, WITH_CONSUMER)
    for name, deployment in found.of("Deployment").items():
        if name == "consumer":
            continue
        volumes = deployment["spec"]["template"]["spec"].get("volumes", [])
        strategy = deployment["spec"]["strategy"]
        if any("persistentVolumeClaim" in volume for volume in volumes):
            assert strategy == {"type": "Recreate"}, name
        else:
            assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}, name


@VALUES()
def test_a_node_that_dies_or_is_emptied_takes_no_service_away(
    settings: dict[str, Any], cluster: Build
) -> None:
    """What may run in several pods is spread over nodes and zones, and its pods leave one at a time."""
    found = cluster({**REDIS, **settings}, WITH_CONSUMER)
    several = {"caddy", "lms", "cms", "lms-worker", "cms-worker"}
    budgets = found.of("PodDisruptionBudget")
    assert set(budgets) == several
    for name in several:
        template = found.of("Deployment")[name]["spec"]["template"]
        selectors = [budgets[name]["spec"]["selector"]]
        assert budgets[name]["spec"]["maxUnavailable"] == 1
        if any("persistentVolumeClaim" in volume for volume in template["spec"]["volumes"]):
            (rule,) = template["spec"]["affinity"]["podAffinity"][
                "requiredDuringSchedulingIgnoredDuringExecution"
            ]
            assert rule["topologyKey"] == "kubernetes.io/hostname"
            assert rule["labelSelector"]["matchExpressions"] == [
                {"key": "app.kubernetes.io/name", "operator": "In", "values": [name]}
            ]
        else:
            spread = template["spec"]["topologySpreadConstraints"]
            keys = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
            assert [constraint["topologyKey"] for constraint in spread] == keys
            for constraint in spread:
                # One that cannot be spread runs all the same.
                assert (constraint["maxSkew"], constraint["whenUnsatisfiable"]) == (1, "ScheduleAnyway")
                selectors.append(constraint["labelSelector"])
        for selector in selectors:
            assert selector["matchLabels"]["app.kubernetes.io/name"] == name
            assert selector["matchLabels"].items() <= template["metadata"]["labels"].items()


@VALUES()
def test_everything_bears_the_labels_of_its_owner(settings: dict[str, Any], cluster: Build) -> None:
    """By which it is found again when it is not rendered any more; a plugin's objects, too."""
    found = cluster({**REDIS, **settings}, WITH_CONSUMER)
    owner = {
        "app.kubernetes.io/instance": f"openedx-{planted()['ID']}",
        "app.kubernetes.io/managed-by": "tutor",
        "app.kubernetes.io/part-of": "openedx",
    }
    for manifest in found.objects:
        metadata = manifest["metadata"]
        assert owner.items() <= metadata["labels"].items(), metadata["name"]
        if manifest["kind"] != "Namespace":
            assert metadata["namespace"] == "openedx", metadata["name"]
        template = manifest.get("spec", {}).get("template")
        if template:
            assert owner.items() <= template["metadata"]["labels"].items(), metadata["name"]


@functools.cache
def _validate(manifest: str) -> None:
    """One object, in every release; once, however many environments it is part of."""
    validate = pytest.importorskip("kubernetes_validate", reason="bin/setup installs it")
    content = json.loads(manifest)
    versions = [v for v in validate.utils.all_versions() if tuple(map(int, v.split(".")[:2])) >= OLDEST]
    assert len(versions) >= 10
    for version in versions:
        validate.validate(content, version, strict=True)


@pytest.fixture(autouse=True, scope="module")
def _read_schemas_once() -> Iterator[None]:
    validate = pytest.importorskip("kubernetes_validate", reason="bin/setup installs it")
    original = validate.utils.schema_contents
    validate.utils.schema_contents = functools.cache(original)
    yield
    validate.utils.schema_contents = original


def _check_restricted(name: str, spec: Manifest) -> None:
    """The pod is one that the strictest standard of pod security lets in."""
    assert spec["securityContext"]["runAsNonRoot"] is True, name
    assert spec["securityContext"]["runAsUser"] > 0, name
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
    assert spec["automountServiceAccountToken"] is False, name
    safe = {"net.ipv4.ip_unprivileged_port_start"}
    assert {s["name"] for s in spec["securityContext"].get("sysctls", [])} <= safe
    for container in spec["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"]["drop"] == ["ALL"], name
        assert set(context["capabilities"].get("add", ())) <= {"NET_BIND_SERVICE"}, name
    allowed = {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}
    for volume in spec.get("volumes", ()):
        assert set(volume) - {"name"} <= allowed, name


def _secrets(settings: dict[str, Any]) -> Iterator[str]:
    """Every text that must not be seen, also in other spellings."""
    key = yaml.safe_dump(private_key())
    values = {**planted(), **settings}
    identities = {"ID", "MEILISEARCH_API_KEY_UID", "JWT_RSA_PRIVATE_KEY"}
    for name, value in values.items():
        if name not in identities and isinstance(value, str) and value.startswith("planted"):
            yield value
            yield base64.b64encode(value.encode()).decode()
    yield from (line for line in key.splitlines() if re.fullmatch(r"[A-Za-z0-9+/]{64}", line.strip()))
    yield "planted-redis"
