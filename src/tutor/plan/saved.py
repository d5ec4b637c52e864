"""A plan in a file, to be reviewed, and then made exactly as it is.

The file holds the plan as it was shown, and digests of all that it was made from. They are made with a key
that stays in the project, so that a secret cannot be guessed from its digest, and so that a plan that
somebody has edited is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from tutor.__about__ import __version__
from tutor.config.settings import plain
from tutor.env.plan import ENV, read
from tutor.env.storage import STATE, storage_errors, write_state
from tutor.exceptions import ConfigError
from tutor.plan.model import FORMAT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutor.change import Prepared
    from tutor.plan.model import Plan
    from tutor.plugins import Installed

KEY = f"{STATE}/plan.key"
KIND = "tutor plan"
#: Names that are listed in one message.
NAMED = 3


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan from a file that nobody has edited.

    Args:
        path: of the file.
        plan: as it was shown.
        inputs: digests of what it was made from.
    """

    path: Path
    plan: dict[str, Any]
    inputs: dict[str, Any]

    @property
    def side(self) -> str:
        """The way to run the platform that it is for."""
        return str(self.plan["side"])

    def check(self, prepared: Prepared, now: Plan) -> None:
        """Make sure that the plan still holds: what is left to do of it is part of it.

        Args:
            prepared: the change as it is now.
            now: the plan as it would be now.

        Raises:
            ConfigError: it is stale; says what has changed since.
        """
        key = _key(prepared.project.root)
        reasons = [*self._changed_inputs(_inputs(prepared, key)), *self._more_to_do(now)]
        if not reasons and self._changed_target(_inputs(prepared, key)):
            reasons = ["templates have changed"]
        if reasons:
            raise ConfigError(
                f"The plan is stale: since it was made, {'; '.join(reasons)}. Nothing was changed",
                where=str(self.path),
                hint=f"tutor plan -o {quote(str(self.path))}, and review it anew",
            )

    def _changed_inputs(self, now: dict[str, Any]) -> Iterator[str]:
        generated = set(self.plan["generated"])
        yield from _differing("setting", self.inputs["settings"], now["settings"], generated)
        yield from _differing("plugin", self.inputs["plugins"], now["plugins"])
        if self.inputs["tutor"] != now["tutor"]:
            yield f"tutor {now['tutor']} was installed in the place of {self.inputs['tutor']}"
        target = self.inputs["target"]
        edited = [
            path
            for path, digest in now["environment"].items()
            if digest not in (self.inputs["environment"].get(path), target.get(path))
        ]
        if edited:
            yield f"{_listed('file', edited)} in env/ {_have(edited)} changed"

    def _changed_target(self, now: dict[str, Any]) -> bool:
        """Whether something else would be rendered: what is generated once is another thing each time."""
        return not self.plan["generated"] and bool(self.inputs["target"] != now["target"])

    def _more_to_do(self, now: Plan) -> Iterator[str]:
        """What is to do now, and is not in the plan."""
        current = now.as_json()
        for what, identity in (("image", "image"), ("service", "name"), ("task", "name")):
            planned = {(e[identity], e.get("action")) for e in self.plan[f"{what}s"]}
            names = {e[identity] for e in self.plan[f"{what}s"]}
            new = [
                e[identity]
                for e in current[f"{what}s"]
                # A first attempt may have got a service half way: what is left is another action on it.
                if (e[identity], e.get("action")) not in planned and e[identity] not in names
            ]
            if new:
                yield f"{_listed({'task': 'init task'}.get(what, what), new)} came to what has to be done"


def save(path: Path, plan: Plan, prepared: Prepared) -> None:
    """Write a plan to a file that only its owner may read.

    Raises:
        StorageError: the disk refuses.
    """
    root = prepared.project.root
    with storage_errors(root):
        key = _key(root)
        if not key:
            key = secrets.token_bytes(32)
            write_state(root / KEY, key)
    content = {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "plan": plan.as_json(),
        "inputs": _inputs(prepared, key),
    }
    content["digest"] = _signature(content, key)
    with storage_errors(path.absolute().parent):
        new = path.with_name(f".{path.name}.new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
        new.replace(path)


def load(path: Path, root: Path) -> SavedPlan:
    """Read a plan from a file.

    Raises:
        ConfigError: it is no plan, was made for another project, or somebody has edited it.
    """
    again = f"tutor plan -o {path}"
    try:
        content = json.loads(path.read_bytes())
        kind, version, digest = content["kind"], content["format_version"], content.pop("digest")
    except OSError as error:
        raise ConfigError(f"The plan cannot be read: {error.strerror}", where=str(path), hint=again) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError("This is not a plan of tutor", where=str(path), hint=again) from None
    if kind != KIND or version != FORMAT_VERSION:
        raise ConfigError("This is not a plan of this tutor", where=str(path), hint=again)
    key = _key(root)
    if not key:
        raise ConfigError("The plan was made for another project", where=str(path), hint=again)
    if not hmac.compare_digest(str(digest), _signature(content, key)):
        raise ConfigError(
            "The plan was edited after it was made, or it was made for another project. Nothing was changed",
            where=str(path),
            hint=again,
        )
    return SavedPlan(path, content["plan"], content["inputs"])


def _key(root: Path) -> bytes:
    return read(root / KEY) or b""


def _inputs(prepared: Prepared, key: bytes) -> dict[str, Any]:
    """Digests of all that a plan is made from."""
    project, tree = prepared.project, prepared.tree

    def digest(content: bytes) -> str:
        return hmac.new(key, content, hashlib.sha256).hexdigest()

    settings = {}
    for name in project.settings:
        winner = project.settings.winner(name)
        settings[name] = digest(json.dumps([plain(winner.value), winner.origin.plugin]).encode())
    environment = {}
    for path in sorted({*tree.files, *prepared.plan.removed}):
        content = read(project.root / ENV / path)
        environment[path] = digest(content) if content is not None else None
    return {
        "tutor": __version__,
        "settings": settings,
        "plugins": {plugin.name: [plugin.version, _content(plugin, key)] for plugin in project.loaded},
        "environment": environment,
        "target": {
            **dict.fromkeys(prepared.plan.removed),
            **{path: digest(file.content) for path, file in tree.files.items()},
        },
    }


def _content(plugin: Installed, key: bytes) -> str:
    """Digest of a plugin's files."""
    if plugin.kind in ("yaml", "file"):
        paths = [Path(plugin.source)]
    else:
        module = sys.modules.get(plugin.source.module)
        file = Path(getattr(module, "__file__", None) or "")
        paths = sorted(file.parent.rglob("*")) if file.name == "__init__.py" else [file]
    found = hmac.new(key, b"", hashlib.sha256)
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            found.update(b"%b\0%d\0" % (str(path).encode(), len(content)) + content)
    return found.hexdigest()


def _signature(content: dict[str, Any], key: bytes) -> str:
    text = json.dumps({k: v for k, v in content.items() if k != "digest"}, sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _differing(
    what: str, before: dict[str, Any], now: dict[str, Any], passed: Iterable[str] = ()
) -> Iterator[str]:
    names = [n for n in sorted({*before, *now}) if n not in passed and before.get(n) != now.get(n)]
    if names:
        yield f"{_listed(what, names)} {_have(names)} changed"


def _listed(what: str, names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(names[:NAMED])}{more}"


def _have(names: list[str]) -> str:
    return "have" if len(names) > 1 else "has"
