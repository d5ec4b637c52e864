"""What Compose asks of values beyond the schema: by where they stand."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from tutor.env.formats.compose import syntax
from tutor.env.formats.compose.variables import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    #: From a scalar to the one that Compose makes of it; raises ValueError for one that Compose refuses.
    Reader = Callable[[Any], Any]
    #: What is wrong with a mapping that is as the schema says.
    Judge = Callable[[dict[str, Any]], Iterator[str]]
    #: Step of a path → rules for what stands there; without a step, the function for the value itself.
    Rules = dict[str | None, Any]


@functools.cache
def readers() -> Rules:
    """The readers of scalars, in a tree of the places of what they read."""
    return _tree(_READERS)


@functools.cache
def judges() -> Rules:
    """The judges of mappings, in a tree of the places of what they judge."""
    return _tree(_JUDGES)


def _tree(places: Mapping[Any, str]) -> Rules:
    tree: Rules = {}
    for function, paths in places.items():
        for path in paths.split():
            branch = tree
            for step in path.split("."):
                branch = branch.setdefault(step, {})
            branch[None] = function
    return tree


def below(rules: Rules, step: str | int) -> Rules:
    """The rules for a key, or for an item of a list."""
    found: Rules = rules.get("[]", {}) if isinstance(step, int) else rules.get(step) or rules.get("*", {})
    return found


def _service(body: dict[str, Any]) -> Iterator[str]:
    if body.get("network_mode") and body.get("networks"):
        yield "network_mode and networks exclude each other"
    for key, other, comparable in _TWICE:
        one, two = body.get(key), _at(body, f"deploy.{other}")
        known = (
            one is not None
            and two is not None
            and not isinstance(one, Unknown)
            and not isinstance(two, Unknown)
        )
        if known and comparable(one) != comparable(two):
            yield f"{key} and deploy.{other} differ"
    copies = body.get("scale", _at(body, "deploy.replicas"))
    if "container_name" in body and isinstance(copies, int) and copies > 1:
        yield "container_name is for one container, and there are several of this service"
    platforms, platform = _at(body, "build.platforms"), body.get("platform")
    known = not any(isinstance(each, Unknown) for each in (*(platforms or ()), platform))
    if platforms and platform and known and platform not in platforms:
        yield "build.platforms lacks the platform of the service"


#: A setting of a service, where the same is said below ``deploy``, and what makes them comparable.
_TWICE: tuple[tuple[str, str, Reader], ...] = (
    ("scale", "replicas", syntax.whole),
    ("cpus", "resources.limits.cpus", syntax.number),
    ("mem_limit", "resources.limits.memory", syntax.bytes_of),
    ("mem_reservation", "resources.reservations.memory", syntax.bytes_of),
    ("pids_limit", "resources.limits.pids", syntax.whole),
)


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _build(body: dict[str, Any]) -> Iterator[str]:
    if "dockerfile" in body and "dockerfile_inline" in body:
        yield "dockerfile and dockerfile_inline exclude each other"


def _watched(body: dict[str, Any]) -> Iterator[str]:
    if body["action"].startswith("sync") and not body.get("target"):
        yield "target is missing"


def _targeted(body: dict[str, Any]) -> Iterator[str]:
    if "target" not in body:
        yield "target is missing"


def _volume_entry(body: dict[str, Any]) -> Iterator[str]:
    yield from _targeted(body)
    if body["type"] == "bind" and "source" not in body:
        yield "source is missing"


def _hosts(body: dict[str, Any]) -> Iterator[str]:
    for name in body:
        if "=" in name or ":" in name:
            yield f"{name!r} is no name of a host"


def _storage(body: dict[str, Any]) -> Iterator[str]:
    for name, value in body.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, str))):
            yield f"the value of {name} is neither a text nor a whole number"


def _devices(body: dict[str, Any]) -> Iterator[str]:
    if "count" in body and "device_ids" in body:
        yield "count and device_ids exclude each other"


def _env_file(body: dict[str, Any]) -> Iterator[str]:
    if body.get("format", "") not in ("", "raw"):
        yield f"format {body['format']!r} is not known: raw is"


def _named(body: dict[str, Any]) -> Iterator[str]:
    name, other = body.get("name"), _at(body, "external.name")
    if name is not None and other is not None and name != other:
        yield "name and external.name differ"


def _is_external(body: dict[str, Any]) -> bool:
    return body.get("external") not in (None, False)


def _volume(body: dict[str, Any]) -> Iterator[str]:
    yield from _named(body)
    if _is_external(body):
        for key in body:
            if key not in ("external", "name") and not key.startswith("x-"):
                yield f"{key} is for volumes that Compose makes, and this one is external"


def _secret(body: dict[str, Any]) -> Iterator[str]:
    yield from _named(body)
    if not _is_external(body):
        yield from _one_of(body, "file", "environment")


def _config(body: dict[str, Any]) -> Iterator[str]:
    yield from _named(body)
    if "external" not in body:  # also where it is false: Compose does not look
        yield from _one_of(body, "file", "environment", "content")


def _one_of(body: dict[str, Any], *keys: str) -> Iterator[str]:
    given = [key for key in keys if key in body]
    if not given:
        yield f"one of {', '.join(keys)} is missing"
    elif len(given) > 1:
        yield f"{' and '.join(given)} exclude each other"


_JUDGES: dict[Judge, str] = {
    _service: "services.*",
    _build: "services.*.build",
    _watched: "services.*.develop.watch.[]",
    _targeted: "services.*.devices.[] services.*.ports.[]",
    _volume_entry: "services.*.volumes.[]",
    _hosts: "services.*.build.extra_hosts services.*.extra_hosts",
    _storage: "services.*.storage_opt",
    _devices: "services.*.deploy.resources.reservations.devices.[] services.*.gpus.[]",
    _env_file: "services.*.env_file.[]",
    _volume: "volumes.*",
    _named: "networks.*",
    _secret: "secrets.*",
    _config: "configs.*",
}

#: Reader → places of what it reads. ``*`` is any key of a mapping, ``[]`` any item of a list.
_READERS: dict[Reader, str] = {
    syntax.truth: """
        services.*.attach services.*.build.no_cache services.*.build.privileged services.*.build.pull
        services.*.depends_on.*.restart services.*.develop.watch.[].exec.privileged
        services.*.env_file.[].required services.*.healthcheck.disable services.*.init
        services.*.oom_kill_disable services.*.post_start.[].privileged services.*.pre_stop.[].privileged
        services.*.privileged services.*.read_only services.*.stdin_open services.*.tty
        services.*.volumes.[].bind.create_host_path services.*.volumes.[].read_only
        services.*.volumes.[].volume.nocopy configs.*.external networks.*.attachable networks.*.enable_ipv4
        networks.*.enable_ipv6 networks.*.external networks.*.internal secrets.*.external volumes.*.external
    """,
    syntax.whole: """
        services.*.cpu_count services.*.cpu_period services.*.cpu_quota services.*.cpu_rt_period
        services.*.cpu_rt_runtime services.*.cpu_shares services.*.deploy.replicas
        services.*.deploy.resources.limits.pids
        services.*.deploy.resources.reservations.generic_resources.[].discrete_resource_spec.value
        services.*.oom_score_adj services.*.pids_limit services.*.scale services.*.ulimits.*
        services.*.ulimits.*.hard services.*.ulimits.*.soft
    """,
    syntax.natural: """
        services.*.deploy.placement.max_replicas_per_node services.*.deploy.restart_policy.max_attempts
        services.*.deploy.rollback_config.parallelism services.*.deploy.update_config.parallelism
        services.*.healthcheck.retries services.*.ports.[].target
    """,
    syntax.natural_only: """
        services.*.blkio_config.weight services.*.blkio_config.weight_device.[].weight
        services.*.volumes.[].tmpfs.mode
    """,
    syntax.whole_only: """
        services.*.build.ulimits.* services.*.build.ulimits.*.hard services.*.build.ulimits.*.soft
    """,
    syntax.count: "services.*.deploy.resources.reservations.devices.[].count services.*.gpus.[].count",
    syntax.number: """
        services.*.cpu_percent services.*.cpus services.*.deploy.resources.limits.cpus
        services.*.deploy.resources.reservations.cpus services.*.deploy.rollback_config.max_failure_ratio
        services.*.deploy.update_config.max_failure_ratio
    """,
    syntax.duration: """
        services.*.deploy.restart_policy.delay services.*.deploy.restart_policy.window
        services.*.deploy.rollback_config.delay services.*.deploy.rollback_config.monitor
        services.*.deploy.update_config.delay services.*.deploy.update_config.monitor
        services.*.healthcheck.interval services.*.healthcheck.start_interval
        services.*.healthcheck.start_period services.*.healthcheck.timeout services.*.stop_grace_period
    """,
    syntax.size: """
        services.*.blkio_config.device_read_bps.[].rate services.*.blkio_config.device_read_iops.[].rate
        services.*.blkio_config.device_write_bps.[].rate services.*.blkio_config.device_write_iops.[].rate
        services.*.build.shm_size services.*.deploy.resources.limits.memory
        services.*.deploy.resources.reservations.memory services.*.mem_limit services.*.mem_reservation
        services.*.mem_swappiness services.*.memswap_limit services.*.shm_size
        services.*.volumes.[].tmpfs.size
    """,
    syntax.mode: "services.*.build.secrets.[].mode services.*.configs.[].mode services.*.secrets.[].mode",
    syntax.pair: "services.*.build.additional_contexts.[]",
    syntax.text: "services.*.build.additional_contexts.* services.*.pid",
    syntax.text_or_whole: "services.*.expose.[] services.*.group_add.[] secrets.*.driver_opts.*",
    syntax.filled: "services.*.develop.watch.[].path",
    syntax.command: """
        services.*.command services.*.develop.watch.[].exec.command services.*.entrypoint
        services.*.post_start.[].command services.*.pre_stop.[].command
    """,
    syntax.address: "services.*.ports.[].host_ip",
    syntax.host: "services.*.build.extra_hosts.[] services.*.extra_hosts.[]",
    syntax.ssh: "services.*.build.ssh.[]",
    syntax.port: "services.*.ports.[]",
    syntax.volume: "services.*.volumes.[]",
    syntax.device: "services.*.devices.[]",
}
