"""The platform on Kubernetes, as kustomize builds it: valid, complete, fit for production."""

from __future__ import annotations

import base64
import functools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.kit import DATA
from tests.manifests import Cluster, Manifest, planted, private_key
from tutor.config.sizes import SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Build = Callable[..., Cluster]

#: Kubernetes releases whose schemas objects are checked against; older ones get no fixes any more.
OLDEST = (1, 28)
OUTSIDE = {
    **{f"RUN_{name}": False for name in ("MYSQL", "MONGODB", "REDIS", "MEILISEARCH", "SMTP")},
    "MYSQL_HOST": "mysql.example.com",
    "MONGODB_HOST": "mongodb.example.com",
    "REDIS_HOST": "redis.example.com",
    "SMTP_HOST": "smtp.example.com",
    "MEILISEARCH_URL": "https://search.example.com",
}
#: Names of environments that differ, and their settings.
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "medium, https": {"PLATFORM_SIZE": "medium", "ENABLE_HTTPS": True},
    "large, more pods": {
        "PLATFORM_SIZE": "large",
        "K8S_LMS_REPLICAS": 4,
        "K8S_CMS_WORKER_REPLICAS": 2,
        "K8S_CADDY_REPLICAS": 2,
        "LMS_MEMORY_LIMIT": "none",
        "LMS_CPU_LIMIT": "none",
    },
    "autoscaling": {"K8S_AUTOSCALING": True, "K8S_LMS_REPLICAS": 2, "K8S_LMS_MAX_REPLICAS": 10},
    "behind a proxy": {"ENABLE_WEB_PROXY": False, "ENABLE_HTTPS": True, "K8S_CADDY_REPLICAS": 2},
    "ingress": {
        "ENABLE_WEB_PROXY": False,
        "ENABLE_HTTPS": True,
        "K8S_INGRESS": "ingress",
        "K8S_INGRESS_CLASS": "nginx",
        "K8S_INGRESS_TLS_SECRET_NAME": "openedx-tls",
        "K8S_INGRESS_HOSTS": ["www.example.com"],
        "K8S_INGRESS_ANNOTATIONS": ["cert-manager.io/cluster-issuer=letsencrypt"],
    },
    "ingress without anything": {
        "ENABLE_WEB_PROXY": False,
        "K8S_INGRESS": "ingress",
        "K8S_INGRESS_ANNOTATIONS": [],
    },
    "gateway": {"ENABLE_WEB_PROXY": False, "K8S_INGRESS": "gateway", "K8S_GATEWAY": "infra/public"},
    "databases outside": OUTSIDE,
    "storage": {"K8S_STORAGE_CLASS": "fast", "K8S_MYSQL_STORAGE": "100Gi"},
    "registry": {
        "DOCKER_REGISTRY": "registry.example.com:5000/",
        "K8S_REGISTRY_USERNAME": "puller",
        "K8S_REGISTRY_PASSWORD": "planted-registry",
    },
    "pull secret": {"K8S_PULL_SECRET_NAME": "regcred"},
    "no network policies": {"K8S_NETWORK_POLICIES": False},
    "user of Redis": {"REDIS_USERNAME": "openedx"},
}
VALUES = functools.partial(pytest.mark.parametrize, "settings", VARIANTS.values(), ids=VARIANTS)
REDIS = {"REDIS_PASSWORD": "planted-redis"}
#: A plugin's Deployment that runs with the platform's settings, as published ones do.
CONSUMER = """\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: consumer
  labels:
    app.kubernetes.io/name: consumer
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: consumer
  template:
    metadata:
      labels:
        app.kubernetes.io/name: consumer
    spec:
      containers:
        - name: consumer
          image: {{ DOCKER_IMAGE_OPENEDX }}
          volumeMounts:
            - mountPath: /openedx/config
              name: config
      volumes:
      - name: settings-lms
        configMap:
          name: openedx-settings-lms
      - name: config
        configMap:
          name: openedx-config
      - name: own
        configMap:
          name: caddy-config
"""
WITH_CONSUMER = {"k8s-deployments": CONSUMER}


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
    text = json.dumps(public) + json.dumps([_decoded(o) for o in public if o["kind"] == "ConfigMap"])
    for part in _secrets(settings):
        assert part not in text
    hidden = "\n".join(json.dumps(_decoded(o)) for o in found.objects if o["kind"] == "Secret")
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


def test_the_objects_of_the_usual_platform(cluster: Build) -> None:
    """Everything that operators and plugins know is there; what differs is on the page of differences."""
    found = cluster()
    known = json.loads((DATA / "contract/kubernetes.json").read_text())
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
        r"Deployment (lms|cms)\.spec.*\.resources\.requests\.memory",  # 2048Mi
        r"Deployment \S+-worker\.spec\.template\.spec\.containers\[\S+-worker\]\.args",
    )
    assert [path for path in missing if not any(re.fullmatch(p, path) for p in different)] == []


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
    assert set(_decoded(secrets["openedx-config"])) == {"lms.env.yml", "cms.env.yml"}


def test_plugins_may_generate_secrets(cluster: Build) -> None:
    """With the key of Kustomize, at the point at the end."""
    patch = "secretGenerator:\n- name: myapp\n  literals: [TOKEN=x]\n"
    assert _decoded(cluster({}, {"kustomization": patch}).of("Secret")["myapp"]) == {"TOKEN": "x"}


@pytest.mark.parametrize(
    "password", ["a'b\"c", "'quoted'", '"quoted"', "$HOME `ls` \\n \\", "x=y=z #", "é{}[]: &*|", " spaces "]
)
def test_passwords_reach_pods_as_they_are(password: str, cluster: Build) -> None:
    """Whatever characters they are made of."""
    found = cluster({"MYSQL_ROOT_PASSWORD": password, "REDIS_PASSWORD": password})
    secrets = found.of("Secret")
    assert _decoded(secrets["openedx-mysql"]) == {"MYSQL_ROOT_PASSWORD": password}
    assert _decoded(secrets["openedx-jobs"])["MYSQL_ROOT_PASSWORD"] == password
    assert _decoded(secrets["openedx-redis"]) == {"REDISCLI_AUTH": password}
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
            assert spec["containers"][0]["resources"] == {
                "requests": {"memory": f"{share.memory_request}Mi", "cpu": f"{share.cpu_request}m"},
                "limits": {"memory": f"{share.memory}Mi", "cpu": f"{share.cpu}m"},
            }, name


def test_databases_outside(cluster: Build) -> None:
    """Nothing of them is left."""
    found = cluster(OUTSIDE)
    gone = {"mysql", "mongodb", "redis", "meilisearch", "smtp"}
    for kind in ("Deployment", "Service", "PersistentVolumeClaim", "NetworkPolicy"):
        assert not gone & set(found.of(kind)), kind
    assert not {"openedx-mysql", "openedx-meilisearch", "redis-config"} & set(found.of("Secret"))
    assert "meilisearch.local.openedx.io" not in _decoded(found.of("ConfigMap")["caddy-config"])["Caddyfile"]


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
    assert json.loads(_decoded(secret)[".dockerconfigjson"]) == {
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
    ini = _decoded(found.of("ConfigMap")["openedx-uwsgi-config"])["uwsgi.ini"]
    assert "unix_signal:15 gracefully_kill_them_all" in ini


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


def _decoded(manifest: Manifest) -> dict[str, str]:
    data = dict(manifest.get("data") or {})
    if manifest["kind"] == "Secret":
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    return data


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
