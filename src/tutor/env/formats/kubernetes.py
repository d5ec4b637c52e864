"""Kubernetes manifests: YAML documents that are objects with an API version, a kind and a name.

What every server would refuse is said here, where the plugin and the line are known. Of kinds that only the
cluster knows, little is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from tutor.env.formats import yaml_file
from tutor.env.formats.fault import Fault
from tutor.env.formats.kubernetes_fields import field_faults, is_text
from tutor.env.references import MOVED

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Kinds that are read by kustomize itself and need no name.
_NAMELESS = ("Kustomization", "Component")
#: Where kinds that make pods describe them.
_PODS = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"), ("spec", "template")),
    "Pod": (),
}
_SELECTING = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")


def check(text: str) -> list[Fault]:
    """Faults of a file of manifests."""
    documents, faults = _documents(text)
    return faults or [fault for document in documents for fault in _content_faults(document)]


def check_patches(text: str) -> list[Fault]:
    """Faults of a file of changes to objects that other files define: what they say is not all there is."""
    documents, faults = _documents(text)
    return faults or [fault for document in documents for fault in _fields_of(document, partial=True)]


def _fields_of(document: Any, *, partial: bool = False) -> Iterator[Fault]:
    version, kind = at(document, "apiVersion"), at(document, "kind")
    yield from field_faults(document, str(version.value), str(kind.value), partial=partial)


def _documents(text: str) -> tuple[list[Any], list[Fault]]:
    """The objects of a file, and what they lack or what keeps the file from being read."""
    found, faults = yaml_file.read_unique(text)
    if faults:
        return [], [_missing_separator(fault) for fault in faults]
    documents = [document for document in found if document is not None and not _is_null(document)]
    return documents, [fault for document in documents for fault in _object_faults(document)]


def _missing_separator(fault: Fault) -> Fault:
    if fault.message == "the key apiVersion stands twice":
        message = f"{fault.message}: a line --- is missing before the object"
        return Fault(message, fault.line, fault.related)
    return fault


def _is_null(document: Any) -> bool:
    return isinstance(document, yaml.ScalarNode) and document.value in ("", "null", "~")


def _object_faults(document: Any) -> list[Fault]:
    line = document.start_mark.line + 1
    if not isinstance(document, yaml.MappingNode):
        return [Fault("expected an object with apiVersion, kind and metadata", line)]
    fields = _fields(document)
    faults = [Fault(f"the object has no {key}", line) for key in ("apiVersion", "kind") if key not in fields]
    kind = fields["kind"].value if "kind" in fields else None
    if kind not in _NAMELESS:
        names = _fields(fields.get("metadata"))
        if "name" not in names and "generateName" not in names:
            faults.append(Fault("the object has no metadata.name", line))
    return faults


def _content_faults(document: Any) -> Iterator[Fault]:
    kind = _fields(document)["kind"].value
    if kind in _NAMELESS:
        yield from _generator_faults(document)
        return
    yield from _label_faults(at(document, "metadata"))
    if kind in _PODS:
        template = at(document, *_PODS[kind])
        if template is not document:
            yield from _label_faults(at(template, "metadata"))
        if kind in _SELECTING:
            yield from _selector_faults(document, template)
        yield from _pod_faults(document, at(template, "spec"))
    yield from _fields_of(document)


def _generator_faults(document: Any) -> Iterator[Fault]:
    """ConfigMaps of the platform that are Secrets here cannot be added to as ConfigMaps."""
    for generator in items(at(document, "configMapGenerator")):
        name = at(generator, "name")
        if name is None:
            yield Fault("the generator has no name", generator.start_mark.line + 1)
        elif name.value in MOVED:
            message = f"{name.value} is a Secret, made by k8s/secrets.yml: give the ConfigMap another name"
            yield Fault(message, name.start_mark.line + 1)


def _label_faults(metadata: Any) -> Iterator[Fault]:
    for field in ("labels", "annotations"):
        for name, value in _fields(at(metadata, field)).items():
            if not is_text(value):
                yield Fault(
                    f"the value {value.value} of {field} {name} is no text: put it in quotes",
                    value.start_mark.line + 1,
                )


def _selector_faults(document: Any, template: Any) -> Iterator[Fault]:
    selector = at(document, "spec", "selector")
    if selector is None:
        yield Fault("the object has no spec.selector", document.start_mark.line + 1)
        return
    labels = _fields(at(template, "metadata", "labels"))
    for name, value in _fields(at(selector, "matchLabels")).items():
        if name not in labels or labels[name].value != value.value:
            yield Fault(
                f"pods lack the label {name}: {value.value} that the selector asks for",
                value.start_mark.line + 1,
            )


def _pod_faults(document: Any, pod: Any) -> Iterator[Fault]:
    claims = items(at(document, "spec", "volumeClaimTemplates"))
    volumes = {v.value for item in items(at(pod, "volumes")) if (v := at(item, "name")) is not None}
    volumes |= {v.value for claim in claims if (v := at(claim, "metadata", "name")) is not None}
    for kind in ("initContainers", "containers"):
        for container in items(at(pod, kind)):
            yield from _container_faults(container, volumes)


def _container_faults(container: Any, volumes: set[str]) -> Iterator[Fault]:
    for field in ("name", "image"):
        if at(container, field) is None:
            yield Fault(f"the container has no {field}", container.start_mark.line + 1)
    for variable in items(at(container, "env")):
        name, value = at(variable, "name"), at(variable, "value")
        if value is not None and not is_text(value):
            message = f"the value {value.value} of variable {name.value if name else '?'} is no text"
            yield Fault(f"{message}: put it in quotes", value.start_mark.line + 1)
    for mount in items(at(container, "volumeMounts")):
        name = at(mount, "name")
        if name is not None and name.value not in volumes:
            yield Fault(f"the pod has no volume {name.value}", name.start_mark.line + 1)


#: What a volume, a source of one, or of variables holds: its key → kind, and the key of the name.
_SOURCES = {
    "configMap": ("ConfigMap", "name"),
    "secret": ("Secret", "secretName"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
    "configMapRef": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "secretKeyRef": ("Secret", "name"),
}


def references(document: Any) -> Iterator[tuple[str, Any]]:
    """Objects that an object cannot do without: kind, and the node of the name."""
    kind = at(document, "kind")
    path = _PODS.get(kind.value) if kind is not None else None
    if path is not None:
        pod = at(document, *path, "spec")
        for volume in items(at(pod, "volumes")):
            yield from _sources(volume)
            for source in items(at(volume, "projected", "sources")):
                yield from _sources(source, projected=True)
        for container in (*items(at(pod, "initContainers")), *items(at(pod, "containers"))):
            for source in items(at(container, "envFrom")):
                yield from _sources(source)
            for variable in items(at(container, "env")):
                yield from _sources(at(variable, "valueFrom"))
    for rule in items(at(document, "spec", "rules")):
        for backend in items(at(rule, "http", "paths")):
            name = at(backend, "backend", "service", "name")
            if isinstance(name, yaml.ScalarNode):
                yield "Service", name


def _sources(node: Any, *, projected: bool = False) -> Iterator[tuple[str, Any]]:
    for key, source in _fields(node).items():
        if key not in _SOURCES:
            continue
        kind, field = _SOURCES[key]
        name, optional = at(source, "name" if projected else field), at(source, "optional")
        if isinstance(name, yaml.ScalarNode) and (optional is None or optional.value != "true"):
            yield kind, name


def at(node: Any, *path: str) -> Any:
    """The node at a path of keys, or nothing."""
    for key in path:
        node = _fields(node).get(key)
    return node


def items(node: Any) -> list[Any]:
    """The nodes of a list; none, if it is no list."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _fields(node: Any) -> dict[str, Any]:
    return {str(k.value): v for k, v in node.value} if isinstance(node, yaml.MappingNode) else {}
