"""Writes the fields of the objects of Kubernetes: src/tutor/env/formats/kubernetes_fields.json.

    python docs/kubernetes_fields.py

The source is the OpenAPI description of Kubernetes (Apache License 2.0), as the package kubernetes-validate
carries it for its newest release. Kept are the names and types of fields, of the stable versions of the APIs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate

TARGET = Path(__file__).parent.parent / "src/tutor/env/formats/kubernetes_fields.json"
#: Packages of the description whose objects are in manifests.
GROUPS = (
    r"io\.k8s\.api\.(apps|autoscaling|batch|core|networking|policy|rbac|scheduling|storage)\.v[0-9]+\.\w+"
)
_SPECIAL = {"Quantity": "quantity", "IntOrString": "scalar"}


def describe() -> str:
    """The content of the file."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    release = kubernetes_validate.latest_version()
    source = folder / f"v{release}-local" / "_definitions.json"
    definitions = json.loads(source.read_text())["$defs"]
    kinds: dict[str, str] = {}
    types: dict[str, dict[str, str]] = {}
    pending: list[str] = []
    for name, definition in definitions.items():
        for known in definition.get("x-kubernetes-group-version-kind", ()):
            if re.fullmatch(GROUPS, name) and not name.endswith("List"):
                version = "/".join(filter(None, (known["group"], known["version"])))
                kinds[f"{version} {known['kind']}"] = _short(name)
                pending.append(name)
    while pending:
        name = pending.pop()
        if _short(name) not in types:
            fields = types.setdefault(_short(name), {})
            needed = definitions[name].get("required", ())
            for field, schema in definitions[name].get("properties", {}).items():
                fields[field + "!" * (field in needed)] = _type(schema, definitions, pending)
    content = {"release": release, "kinds": kinds, "types": types}
    return json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n"


def _type(schema: dict[str, Any], definitions: dict[str, Any], pending: list[str]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        short, definition = name.rpartition(".")[2], definitions[name]
        if short in _SPECIAL:
            return _SPECIAL[short]
        if "properties" not in definition:
            return _type(definition, definitions, pending) if "$ref" not in definition else "any"
        pending.append(name)
        return _short(name)
    types = schema.get("type", "any")
    kind = types if isinstance(types, str) else next(t for t in types if t != "null")
    if kind == "array":
        return f"[{_type(schema['items'], definitions, pending)}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"{{{_type(inner, definitions, pending)}}}" if isinstance(inner, dict) else "any"
    return kind


def _short(name: str) -> str:
    """``apps.v1.Deployment`` of ``io.k8s.api.apps.v1.Deployment``."""
    return ".".join(name.split(".")[-3:])


if __name__ == "__main__":
    TARGET.write_text(describe())
