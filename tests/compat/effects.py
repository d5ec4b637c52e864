"""What plugins make of a project: gathered alike from the incumbent's and from ours.

Facts are section → name → value, flat. What a project without plugins has is taken away: the files and tasks
of the core are each program's own affair.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import yaml

from tests import effect, standin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Facts = dict[str, dict[str, Any]]

#: Longer texts are told by their hashes: they are others' work.
SHORT = 80
MANIFESTS = re.compile(r"k8s/[^/]+\.yml")
COMPOSE = re.compile(r"(?:local|dev)/[^/]+\.yml")
#: Files that are compared by what they mean.
PARSED = re.compile(
    rf"{MANIFESTS.pattern}|{COMPOSE.pattern}|kustomization\.yml|apps/openedx/config/[^/]+\.yml"
)
#: What holds secrets is a ConfigMap there and a Secret here; docs/reference/differences.md tells it.
SECRETS = ("openedx-config", "openedx-settings-lms", "openedx-settings-cms", "redis-config")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Gathered:
    """A project, with plugins or without, saved.

    Args:
        root: of the project.
        dump: what the probe wrote there.
        site: where plugins are installed.
    """

    def __init__(self, root: Path, dump: Path, site: Path) -> None:
        places = ((site, "SITE"), (root.parent / "plugins", "PLUGINS"), (root, "ROOT"))
        self._places = [(s, name) for place, name in places for s in (str(place), os.path.realpath(place))]
        self._env = root / "env"
        self.user = dict(yaml.load((root / "config.yml").read_text(), _Loader))
        self.dump: dict[str, Any] = json.loads(self._placeless(dump.read_text()))
        found = (path for path in sorted(self._env.rglob("*")) if path.is_file())
        self._files = {path.relative_to(self._env).as_posix(): path for path in found}

    @property
    def paths(self) -> list[str]:
        """Files of the environment."""
        return list(self._files)

    def text(self, path: str) -> str:
        """A file's text, without the places of this machine. It ends with the end of a line."""
        found = self._placeless(self._files[path].read_bytes().decode("utf-8", "surrogateescape"))
        return found if found.endswith("\n") or not found else found + "\n"

    def executable(self, path: str) -> bool:
        """Whether its owner may run a file."""
        return bool(self._files[path].stat().st_mode & 0o100)

    def parsed(self, path: str) -> dict[str, Any]:
        """The content of a file with a meaning: things by their names."""
        if path not in self._files:
            return {}
        documents = [d for d in yaml.load_all(self.text(path), _Loader) if d]
        if MANIFESTS.fullmatch(path):
            return _named(
                (f"{d.get('kind')} {d.get('metadata', {}).get('name')}", _secret(d)) for d in documents
            )
        content = documents[0] if documents else {}
        if COMPOSE.fullmatch(path):
            for service in content.get("services", {}).values():
                waits = service.get("depends_on")
                if isinstance(waits, list):  # the short form
                    service["depends_on"] = {name: {"condition": "service_started"} for name in waits}
        return dict(content)

    @functools.cached_property
    def modules(self) -> dict[str, Any]:
        """Settings module → what it changes of the platform's; what they do besides."""
        done = subprocess.run(
            [sys.executable, standin.__file__, str(self._env)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return {"settings": {"fails": done.stderr.strip().splitlines()[-1]}}
        found = json.loads(self._placeless(re.sub(r" at 0x[0-9a-f]+", "", done.stdout)))
        for module, values in found.items():
            tokens = self.parsed(f"apps/openedx/config/{module.split('.')[1]}.env.yml")
            tokens |= tokens.pop("FEATURES")
            found[module] = {n: v for n, v in values.items() if n not in tokens or tokens[n] != v}
        return dict(found)

    def _placeless(self, text: str) -> str:
        for place, name in self._places:
            text = text.replace(place, name)
        return text


class Texts(dict[str, str]):
    """Long texts, by what stands for them in facts."""

    def short(self, value: Any) -> Any:
        """A value, or what stands for a long one."""
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        if len(text) <= SHORT:
            return value
        name = f"{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:12]} ({len(text)})"
        self[name] = text
        return name


def changes(found: Gathered, bare: Gathered, texts: Texts) -> Facts:
    """What plugins change: the facts of a project with them, without what is there without any.

    Args:
        found: with plugins.
        bare: without.
        texts: gets the long texts.
    """
    sections = ("settings", "images", "hosts", "mounts", "commands", "others")
    facts = {name: _changed(found.dump[name], bare.dump[name]) for name in sections}
    facts["user"] = {name: "" for name in found.user if name not in bare.user}
    facts["tasks"] = dict(_tasks(found, bare))
    facts["patches"] = dict(_patches(found, bare))
    new = [path for path in found.paths if path not in bare.paths]
    facts["files"] = {path: found.text(path) for path in new if not PARSED.fullmatch(path)}
    facts["files"] |= dict.fromkeys([p for p in bare.paths if p not in found.paths], None)
    facts["modes"] = {path: "executable" for path in new if found.executable(path)}
    facts["meaning"] = dict(_meaning(found, bare))
    return {
        section: {name: texts.short(value) for name, value in sorted(values.items())}
        for section, values in facts.items()
    }


def differences(theirs: Facts, ours: Facts) -> dict[str, tuple[Any, Any]]:
    """What differs, by place: ``section: name``."""
    return {
        f"{section}: {name}": (values.get(name), ours[section].get(name))
        for section, values in theirs.items()
        for name in sorted({*values, *ours[section]})
        if values.get(name) != ours[section].get(name)
    }


def _tasks(found: Gathered, bare: Gathered) -> Iterator[tuple[str, Any]]:
    """Init tasks of plugins, in order: service, place among those of the core, script."""
    number = len(bare.dump["tasks"])
    for count, task in enumerate(task for task in found.dump["tasks"] if "text" in task):
        coming = task["before"]
        place = "first" if coming == number else "between" if coming else "last"
        yield f"#{count + 1} {task['service']}", [place, task["text"].strip()]


def _patches(found: Gathered, bare: Gathered) -> Iterator[tuple[str, Any]]:
    """Each patch of a plugin, rendered, and the files of the core in which it stands."""
    places = [path for path in found.paths if path in bare.paths and not PARSED.fullmatch(path)]
    lines = {path: _lines(found.text(path)) for path in places}
    counts: Counter[str] = Counter()
    for patch in found.dump["patches"]:
        if "text" in patch:
            counts[patch["name"]] += 1
            name = f"{patch['name']} #{counts[patch['name']]}"
            yield name, patch["text"].strip()
            wanted = _lines(patch["text"])
            there = [path for path, content in lines.items() if wanted and wanted in content]
            if there:
                yield f"{name} in", there


def _lines(text: str) -> str:
    """Lines with something in them, as one text, so that one can be sought in another."""
    found = "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip())
    return found and "\n" + found


def _meaning(found: Gathered, bare: Gathered) -> Iterator[tuple[str, Any]]:
    """What changes in files that have a meaning: Compose, Kubernetes, settings."""
    places = [path for path in dict.fromkeys([*found.paths, *bare.paths]) if PARSED.fullmatch(path)]
    pairs = [(path, found.parsed(path), bare.parsed(path)) for path in places]
    pairs += [(name, values, bare.modules.get(name, {})) for name, values in found.modules.items()]
    for place, now, before in pairs:
        for name, value in _changed(*_flat(now, before)).items():
            yield f"{place}: {name}", value


def _changed(found: Mapping[str, Any], bare: Mapping[str, Any]) -> dict[str, Any]:
    """New values, what lists have more (+) or less (-), and null for what is gone."""
    changed: dict[str, Any] = {}
    for name, value in effect.changed(dict(found), dict(bare)).items():
        before = bare.get(name)
        if isinstance(value, list) and isinstance(before, (list, type(None))):
            words, known = ([json.dumps(w, sort_keys=True) for w in part or ()] for part in (value, before))
            changed[name] = [f"+{word}" for word in _more(words, known)]
            changed[name] += [f"-{word}" for word in _more(known, words)]
        else:
            changed[name] = value
    return changed


def _more(found: list[str], known: list[str]) -> list[str]:
    """What a list has more than another, in its order."""
    left, more = Counter(known), []
    for word in found:
        if left[word]:
            left[word] -= 1
        else:
            more.append(word)
    return more


def _flat(found: Any, bare: Any, name: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Two contents by the names of what is in them, as deep as both have it."""
    found, bare = _by_name(found), _by_name(bare)
    if not (isinstance(found, dict) and isinstance(bare, dict)):
        return {name: found}, {name: bare}
    now, before = dict[str, Any](), dict[str, Any]()
    for key in {*found, *bare}:
        place = f"{name} {key}".strip()
        if key in found and key in bare:
            more, less = _flat(found[key], bare[key], place)
            now |= more
            before |= less
        elif key in found:
            now[place] = found[key]
        else:
            before[place] = bare[key]
    return now, before


def _by_name(value: Any) -> Any:
    """Things in a list that have names, by these."""
    if isinstance(value, list) and value and all(isinstance(v, dict) and "name" in v for v in value):
        return _named((f"[{item['name']}]", item) for item in value)
    return value


def _named(items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Things by name; a second one of a name has its number."""
    counts: Counter[str] = Counter()
    found = {}
    for name, item in items:
        counts[name] += 1
        found[f"{name} #{counts[name]}" if counts[name] > 1 else name] = item
    return found


def _secret(value: Any) -> Any:
    """Content of a manifest in which what holds secrets is a Secret."""
    if isinstance(value, list):
        return [_secret(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, inner in value.items():
        if key == "configMap" and inner.get("name") in SECRETS:
            rest = {k: v for k, v in inner.items() if k != "name"}
            found["secret"] = {"secretName": inner["name"], **rest}
        elif key in ("configMapRef", "configMapKeyRef") and inner.get("name") in SECRETS:
            found[key.replace("configMap", "secret")] = inner
        else:
            found[key] = _secret(inner)
    return found
