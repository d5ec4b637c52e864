"""Kubernetes manifests: YAML documents that are objects with an API version, a kind and a name."""

from __future__ import annotations

from typing import Any

import yaml

from tutor.env.formats import yaml_file
from tutor.env.formats.fault import Fault

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Kinds that are read by kustomize itself and need no name.
_NAMELESS = ("Kustomization", "Component")


def check(text: str) -> list[Fault]:
    """Faults of a file of manifests."""
    faults = yaml_file.check_unique(text)
    if faults:
        return faults
    return [
        fault
        for document in yaml.compose_all(text, Loader=_Loader)
        if document is not None and not _is_null(document)
        for fault in _object_faults(document)
    ]


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
        metadata = fields.get("metadata")
        names = _fields(metadata) if isinstance(metadata, yaml.MappingNode) else {}
        if "name" not in names and "generateName" not in names:
            faults.append(Fault("the object has no metadata.name", line))
    return faults


def _fields(node: Any) -> dict[str, Any]:
    return {str(key.value): value for key, value in node.value}
