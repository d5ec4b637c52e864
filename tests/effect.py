"""The effect of an environment: what its files make of the platform, in one form for any way of writing them.

A document is one file's effect, flat: ``lms.env``, ``settings.lms.production``, ``compose.local``. The facts
of the usual platform are documents, too (tests/data/contract/platform).
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import yaml

from tests import standin
from tests.kit import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Document = dict[str, Any]
Documents = dict[str, Document]

COMPOSE = {
    "compose.local": "local/docker-compose.yml",
    "compose.local.prod": "local/docker-compose.prod.yml",
    "compose.local.jobs": "local/docker-compose.jobs.yml",
    "compose.dev": "dev/docker-compose.yml",
    "compose.dev.jobs": "dev/docker-compose.jobs.yml",
}
#: Settings whose values are random: they stand in the facts by name.
GENERATED = (
    "ID",
    "CMS_OAUTH2_SECRET",
    "MEILISEARCH_API_KEY",
    "MEILISEARCH_MASTER_KEY",
    "MYSQL_ROOT_PASSWORD",
    "OPENEDX_MYSQL_PASSWORD",
    "OPENEDX_SECRET_KEY",
)
#: Random, too, and not a setting's value as it stands.
TOKEN_KEYS = ("JWT_PRIVATE_SIGNING_JWK", "JWT_PUBLIC_SIGNING_JWK_SET")


def variants() -> dict[str, dict[str, Any]]:
    """Settings of each variant of the platform."""
    return dict(yaml.safe_load((DATA / "variants.yml").read_text()))


def facts(variant: str) -> Documents:
    """The usual platform's documents in a variant: those of the defaults, and what changes in them."""
    variations = json.loads((DATA / "contract/variants.json").read_text())
    found = {}
    for path in (DATA / "contract/platform").glob("*.json"):
        content = json.loads(path.read_text())
        found[path.stem] = _compose(content) if path.stem in COMPOSE else _settings(content)
    for name in ("default", variant):
        for document, differences in variations[name].items():
            found[document] = _with(found[document], differences)
    return found


def documents(env: Path, config: Mapping[str, Any]) -> Documents:
    """The documents of an environment.

    Args:
        env: its root.
        config: the user's settings, for those that are generated.
    """
    found: Documents = {}
    for service in standin.SERVICES:
        content = yaml.safe_load((env / f"apps/openedx/config/{service}.env.yml").read_bytes())
        found[f"{service}.env"] = _settings(content)
    for name, content in _modules(env).items():
        found[name] = _settings(content)
    for name, path in COMPOSE.items():
        found[name] = _compose(yaml.safe_load((env / path).read_bytes()))
    return {name: _without_random(document, config) for name, document in found.items()}


def changed(document: Document, since: Document) -> Document:
    """What is different in a document; ``None`` for what is gone."""
    names = sorted({*document, *since})
    return {n: document.get(n) for n in names if document.get(n) != since.get(n)}


def _with(document: Document, differences: Document) -> Document:
    return {name: value for name, value in {**document, **differences}.items() if value is not None}


def _modules(env: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, standin.__file__, str(env)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def _settings(content: Mapping[str, Any]) -> Document:
    """Settings by name; features and token settings by name of their own."""
    found: Document = {}
    for name, value in content.items():
        if name in ("FEATURES", "JWT_AUTH"):
            found.update({f"{name}.{key}": v for key, v in value.items() if key not in TOKEN_KEYS})
        else:
            found[name] = value
    return found


def _compose(content: Mapping[str, Any]) -> Document:
    """Services by name and key."""
    found: Document = {}
    for service, keys in content["services"].items():
        for key, value in keys.items():
            found.update(_key(f"{service}.{key}", key, value))
    return found


def _key(name: str, key: str, value: Any) -> Document:
    if key == "environment":
        return {f"{name}.{variable}": str(v) for variable, v in value.items()}
    if key == "command" and isinstance(value, str):
        return {name: shlex.split(value)}
    if key == "depends_on":
        return {name: sorted(value)} if value else {}
    if key == "volumes":
        # Options: read-only or not. The facts write "roz" for "ro,z".
        return {name: sorted(re.sub(r":z$|,?z$", "", volume) for volume in value)}
    if key == "ports":
        return {name: sorted(map(str, value))}
    return {name: value}


def _without_random(document: Document, config: Mapping[str, Any]) -> Document:
    text = json.dumps(document)
    for name in GENERATED:
        value = config.get(name)
        if value:
            text = text.replace(json.dumps(str(value))[1:-1], f"{{{{ {name} }}}}")
    text = text.replace("local.openedx.io", "{{ LMS_HOST }}")
    return dict(json.loads(re.sub(r":22\.\d+\.\d+\b", ":{{ TUTOR_VERSION }}", text)))
