"""The platform on Kubernetes, as kustomize builds it: the usual objects, and what settings change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import DATA
from tests.manifests import CONSUMER, OUTSIDE, VARIANTS, WITH_CONSUMER, Cluster, Manifest, decoded, planted
from tutor.config.sizes import SIZES, Resources
from tutor.env.references import MOVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Build = Callable[..., Cluster]


def test_the_objects_of_the_usual_platform(cluster: Build) -> None:
    """Everything that operators and plugins know is there; what differs is on the page of differences."""
    found = cluster()
    known = json.loads((DATA / "contract/kubernetes/objects.json").read_text())
    ours = {(o["kind"], o["metadata"]["name"]): o for o in found.objects}
    missing = []
    for manifest in known:
        own = ours.get((manifest["kind"], manifest["metadata"]["name"]))
        assert own is not None, manifest["metadata"]["name"]
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        missing += [f"{name}{path}" for path in _missing(manifest, own)]
    secret = r"\.spec\.template\.spec\.volumes\[(config|settings-[lc]ms)\]\.configMap"
    different = (
        rf"(Deployment (lms|cms)(-worker)?|Job (lms|cms)-job){secret}",
        rf"Deployment redis{secret}",
        r"Deployment mysql\.spec\.template\.spec\.containers\[mysql\]\.env\[MYSQL_ROOT_PASSWORD\]\.value",
        r"Deployment meilisearch\.spec.*\.env\[MEILI_MASTER_KEY\]\.value",
        r"Deployment mysql\.spec\.template\.spec\.containers\[mysql\]\.args",
        r"Deployment mongodb\.spec\.template\.spec\.containers\[mongodb\]\.args",
        r"Deployment \S+-worker\.spec\.template\.spec\.containers\[\S+-worker\]\.args",
    )
    assert [path for path in missing if not any(re.fullmatch(p, path) for p in different)] == []


def test_the_usual_kustomization(cluster: Build) -> None:
    """Labels, annotations and namespace are the same; what held passwords holds them in Secrets now."""
    found = cluster()
    known = json.loads((DATA / "contract/kubernetes/kustomization.json").read_text())
    (labels,) = known["labels"]
    pairs = {k: v.replace("{{ ID }}", planted()["ID"]) for k, v in labels["pairs"].items()}
    for manifest in found.objects:
        assert pairs.items() <= manifest["metadata"]["labels"].items()
        assert set(known["commonAnnotations"]) <= set(manifest["metadata"]["annotations"])
    for deployment in found.of("Deployment").values():
        assert pairs.items() <= deployment["spec"]["selector"]["matchLabels"].items()
    for generator in known["configMapGenerator"]:
        kind = "Secret" if generator["name"] in MOVED else "ConfigMap"
        own = found.of(kind)[generator["name"]]
        assert set(own["data"]) == {path.split("/")[-1] for path in generator["files"]}
        assert generator["options"]["labels"].items() <= own["metadata"]["labels"].items()


def test_plugins_mount_the_settings_of_the_platform(cluster: Build) -> None:
    """What they know as ConfigMaps: the same content at the same path, from Secrets."""
    found = cluster({}, {"k8s-deployments": CONSUMER, "k8s-jobs": CONSUMER.replace("consumer", "job")})
    secrets, maps = found.of("Secret"), found.of("ConfigMap")
    for name in ("Deployment/consumer", "Deployment/job"):
        volumes = {volume["name"]: volume for volume in found.pods()[name]["volumes"]}
        config = secrets["openedx-config"]["metadata"]["name"]
        assert volumes["config"] == {"name": "config", "secret": {"secretName": config}}
        settings = secrets["openedx-settings-lms"]["metadata"]["name"]
        assert volumes["settings-lms"] == {"name": "settings-lms", "secret": {"secretName": settings}}
        own = maps["caddy-config"]["metadata"]["name"]
        assert volumes["own"] == {"name": "own", "configMap": {"name": own}}
    assert set(decoded(secrets["openedx-config"])) == {"lms.env.yml", "cms.env.yml"}


def test_plugins_may_generate_secrets(cluster: Build) -> None:
    """With the key of Kustomize, at the point at the end."""
    patch = "secretGenerator:\n- name: myapp\n  literals: [TOKEN=x]\n"
    assert decoded(cluster({}, {"kustomization": patch}).of("Secret")["myapp"]) == {"TOKEN": "x"}


@pytest.mark.parametrize(
    "password", ["a'b\"c", "'quoted'", '"quoted"', "$HOME `ls` \\n \\", "x=y=z #", "é{}[]: &*|", " spaces "]
)
def test_passwords_reach_pods_as_they_are(password: str, cluster: Build) -> None:
    """Whatever characters they are made of."""
    found = cluster({"MYSQL_ROOT_PASSWORD": password, "REDIS_PASSWORD": password})
    secrets = found.of("Secret")
    assert decoded(secrets["openedx-mysql"]) == {"MYSQL_ROOT_PASSWORD": password}
    assert decoded(secrets["openedx-jobs"])["MYSQL_ROOT_PASSWORD"] == password
    assert decoded(secrets["openedx-redis"]) == {"REDISCLI_AUTH": password}
    variable = found.pods()["Deployment/mysql"]["containers"][0]["env"][0]
    name = secrets["openedx-mysql"]["metadata"]["name"]
    assert variable["valueFrom"] == {"secretKeyRef": {"name": name, "key": "MYSQL_ROOT_PASSWORD"}}


PLATFORM = {f"Deployment/{name}" for name in ("lms", "cms", "lms-worker", "cms-worker")}
JOBS = {"Job/lms-job", "Job/cms-job"}


@pytest.mark.parametrize(
    ("settings", "patches", "affected"),
    [
        ({"PLATFORM_NAME": "Other"}, {}, PLATFORM | JOBS),
        (
            {"MYSQL_ROOT_PASSWORD": "other"},
            {},
            {"Deployment/mysql", *JOBS - {"Job/cms-job"}, "Job/mysql-job"},
        ),
        ({}, {"caddyfile": "other.example.com {\n}\n"}, {"Deployment/caddy"}),
        ({}, {"redis-conf": "maxmemory 1gb"}, {"Deployment/redis"}),
        ({}, {"uwsgi-config": "harakiri = 60"}, {"Deployment/lms", "Deployment/cms"}),
        ({"OPENEDX_LMS_UWSGI_WORKERS": 5}, {}, {"Deployment/lms"}),
    ],
)
def test_a_change_replaces_the_pods_that_it_concerns(
    settings: dict[str, Any], patches: dict[str, str], affected: set[str], cluster: Build
) -> None:
    """Names of what is mounted bear a hash of the content; what does not change does not start again."""
    before, after = cluster().pods(), cluster(settings, patches).pods()
    assert {name for name in after if after[name] != before[name]} == affected


def test_resources_are_those_of_the_size(cluster: Build) -> None:
    """Of the one table, for every service."""
    for size, facts in SIZES.items():
        for name, spec in cluster({"PLATFORM_SIZE": size}).pods().items():
            share = facts.shares[name.split("/")[1]]
            wanted = Resources(share.memory, share.cpu, share.memory_request, share.cpu_request)
            assert spec["containers"][0]["resources"] == wanted.kubernetes, name


def test_databases_outside(cluster: Build) -> None:
    """Nothing of them is left."""
    found = cluster(OUTSIDE)
    gone = {"mysql", "mongodb", "redis", "meilisearch", "smtp"}
    for kind in ("Deployment", "Service", "PersistentVolumeClaim", "NetworkPolicy"):
        assert not gone & set(found.of(kind)), kind
    assert not {"openedx-mysql", "openedx-meilisearch", "redis-config"} & set(found.of("Secret"))
    assert "meilisearch.local.openedx.io" not in decoded(found.of("ConfigMap")["caddy-config"])["Caddyfile"]


def test_autoscaling(cluster: Build) -> None:
    """Nobody but the autoscaler says how many pods there are."""
    settings = {"K8S_LMS_REPLICAS": 2, "K8S_LMS_MAX_REPLICAS": 10, "K8S_CADDY_REPLICAS": 3}
    scaled = cluster({"K8S_AUTOSCALING": True, **settings})
    scalers = scaled.of("HorizontalPodAutoscaler")
    assert set(scalers) == {"lms", "cms", "lms-worker", "cms-worker"}
    assert (scalers["lms"]["spec"]["minReplicas"], scalers["lms"]["spec"]["maxReplicas"]) == (2, 10)
    assert not any("replicas" in scaled.of("Deployment")[name]["spec"] for name in scalers)
    fixed = cluster(settings)
    assert not fixed.of("HorizontalPodAutoscaler")
    assert fixed.of("Deployment")["lms"]["spec"]["replicas"] == 2
    # A number that was given by hand stays while the settings say nothing.
    assert "replicas" not in fixed.of("Deployment")["cms"]["spec"]
    assert {b["spec"]["maxUnavailable"] for b in fixed.of("PodDisruptionBudget").values()} == {1}


def test_who_may_reach_the_databases(cluster: Build) -> None:
    """Pods of the platform and of plugins; not the web server, and nobody else."""
    found = cluster({}, WITH_CONSUMER)
    policies = found.of("NetworkPolicy")
    assert set(policies) == {"mysql", "mongodb", "redis", "meilisearch", "smtp"}
    pods = {
        name: found.of(kind)[name]["spec"]["template"]["metadata"]["labels"]
        for kind, names in (
            ("Deployment", ("caddy", "lms", "cms-worker", "consumer", "redis")),
            ("Job", ("lms-job", "mysql-job")),
        )
        for name in names
    }
    pods["stranger"] = {"app.kubernetes.io/name": "lms"}
    platform = {"lms", "cms-worker", "consumer", "lms-job", "mysql-job"}
    assert _let_in(policies["mysql"], pods) == (3306, platform)
    assert _let_in(policies["redis"], pods) == (6379, platform | {"redis"})
    assert _let_in(policies["meilisearch"], pods) == (7700, platform | {"caddy"})
    assert not cluster({"K8S_NETWORK_POLICIES": False}).of("NetworkPolicy")


SITE = '{{ MYAPP_HOST }}{$default_site_port} {\n  import proxy "myapp:80"\n}'


def test_ingress(cluster: Build) -> None:
    """All hosts of the platform and of plugins lead to Caddy, which knows the rest."""
    patches = {"caddyfile": "{% set MYAPP_HOST = 'app.example.com' %}" + SITE}
    found = cluster(VARIANTS["ingress"], patches)
    ingress = found.of("Ingress")["openedx"]
    hosts = [
        "local.openedx.io",
        "studio.local.openedx.io",
        "meilisearch.local.openedx.io",
        "app.example.com",
        "www.example.com",
    ]
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == hosts
    assert ingress["spec"]["tls"] == [{"hosts": hosts, "secretName": "openedx-tls"}]
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"
    for rule in ingress["spec"]["rules"]:
        assert rule["http"]["paths"][0]["backend"] == {"service": {"name": "caddy", "port": {"number": 80}}}
    caddy = found.of("Service")["caddy"]["spec"]
    assert (caddy["type"], [port["port"] for port in caddy["ports"]]) == ("ClusterIP", [80])
    assert "caddy" not in found.of("PersistentVolumeClaim")


def test_gateway(cluster: Build) -> None:
    """A route that belongs to a Gateway of the cluster."""
    route = cluster(VARIANTS["gateway"]).of("HTTPRoute")["openedx"]
    assert route["apiVersion"] == "gateway.networking.k8s.io/v1"
    assert route["spec"] == {
        "parentRefs": [{"name": "public", "namespace": "infra"}],
        "hostnames": ["local.openedx.io", "studio.local.openedx.io", "meilisearch.local.openedx.io"],
        "rules": [{"backendRefs": [{"name": "caddy", "port": 80}]}],
    }


def test_storage(cluster: Build) -> None:
    """Class and sizes of volumes."""
    claims = cluster(VARIANTS["storage"]).of("PersistentVolumeClaim")
    assert {claim["spec"]["storageClassName"] for claim in claims.values()} == {"fast"}
    sizes = {name: claim["spec"]["resources"]["requests"]["storage"] for name, claim in claims.items()}
    assert sizes == {"caddy": "1Gi", "meilisearch": "5Gi", "mongodb": "5Gi", "mysql": "100Gi", "redis": "1Gi"}
    plain = cluster().of("PersistentVolumeClaim")
    assert all("storageClassName" not in claim["spec"] for claim in plain.values())


CRON = """\
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: "0 0 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          imagePullSecrets:
            - name: own
          containers:
            - name: nightly
              image: x
"""


@pytest.mark.parametrize(
    ("registry", "server"),
    [
        ("registry.example.com:5000/", "registry.example.com:5000"),
        ("registry.example.com/team/", "registry.example.com"),
        ("docker.io/", "https://index.docker.io/v1/"),
    ],
)
def test_a_registry_that_asks_for_a_password(registry: str, server: str, cluster: Build) -> None:
    """Every pod pulls with it, those of plugins too."""
    settings = {**VARIANTS["registry"], "DOCKER_REGISTRY": registry}
    found = cluster(settings, {"k8s-deployments": CONSUMER, "k8s-jobs": CRON})
    secret = found.of("Secret")["openedx-registry"]
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert json.loads(decoded(secret)[".dockerconfigjson"]) == {
        "auths": {server: {"username": "puller", "password": "planted-registry"}}
    }
    wanted = {"name": secret["metadata"]["name"]}
    pods = found.pods()
    assert pods.pop("CronJob/nightly")["imagePullSecrets"] == [wanted, {"name": "own"}]
    assert {json.dumps(spec["imagePullSecrets"]) for spec in pods.values()} == {json.dumps([wanted])}


def test_a_pull_secret_that_is_there_already(cluster: Build) -> None:
    """By name."""
    found = cluster(VARIANTS["pull secret"], WITH_CONSUMER)
    assert {json.dumps(spec["imagePullSecrets"]) for spec in found.pods().values()} == {
        '[{"name": "regcred"}]'
    }


def test_requests_in_progress_are_answered(cluster: Build) -> None:
    """A web pod goes on answering until nobody sends it requests, and then ends what it has begun."""
    found = cluster()
    for name in ("lms", "cms"):
        spec = found.pods()[f"Deployment/{name}"]
        waits = int(spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
        assert spec["terminationGracePeriodSeconds"] >= waits + 60
    ini = decoded(found.of("ConfigMap")["openedx-uwsgi-config"])["uwsgi.ini"]
    assert "unix_signal:15 gracefully_kill_them_all" in ini


def _let_in(policy: Manifest, pods: dict[str, dict[str, str]]) -> tuple[int, set[str]]:
    """The port, and which of the pods may reach it."""
    (rule,) = policy["spec"]["ingress"]
    (source,) = rule["from"]
    (port,) = rule["ports"]
    assert set(source) == {"podSelector"}, "pods of other namespaces must not"
    selector = source["podSelector"]
    (expression,) = selector["matchExpressions"]
    assert expression["operator"] == "NotIn"
    return port["port"], {
        name
        for name, labels in pods.items()
        if selector["matchLabels"].items() <= labels.items()
        and labels.get(expression["key"]) not in expression["values"]
    }


def _missing(known: Any, ours: Any, path: str = "") -> Iterator[str]:
    """What is in one manifest and not in another, by path. Items of lists are found by what names them."""
    if isinstance(known, dict) and isinstance(ours, dict):
        for key, value in known.items():
            if key not in ours:
                yield f"{path}.{key}"
            else:
                yield from _missing(value, ours[key], f"{path}.{key}")
    elif isinstance(known, list) and known and isinstance(known[0], dict):
        for item in known:
            key = next((k for k in ("name", "mountPath", "containerPort", "port") if k in item), None)
            if key is None:
                if item not in ours:
                    yield path
                continue
            own = next((o for o in ours if o.get(key) == item[key]), None)
            if own is None:
                yield f"{path}[{item[key]}]"
            else:
                yield from _missing(item, own, f"{path}[{item[key]}]")
    elif known != ours and not (isinstance(known, str) and _same(known, ours)):
        yield path


def _same(known: str, ours: Any) -> bool:
    """Whether a text is what a template of the facts gives, or a name with a hash."""
    if "{{" in known:
        pattern = re.escape(known).replace(r"\{\{\ TUTOR_VERSION\ \}\}", r"[0-9.]+")
        return re.fullmatch(pattern, str(ours)) is not None
    return re.fullmatch(rf"{re.escape(known)}-[a-z0-9]{{10}}", str(ours)) is not None
