"""Masking: what leaves this machine has neither secrets nor private paths in it."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

from tutor.config.values import MASK, is_secret
from tutor.exceptions import TutorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tutor.project import Project

#: Shorter values are no secrets, and would be found in every word.
SHORTEST = 5
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
_URL = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s/@'\"]*@")
_NAME = (
    r"[\w.-]*(?:password|passwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key|master_?key|"
    r"encryption_?key|auth_?key|_key|-key|_pw|cookie)s?\b"
)
#: NAME: VALUE, NAME=VALUE, "NAME": "VALUE", --name VALUE; the value to its end.
_ASSIGNED = re.compile(
    rf"""(?im)((?:^|[\s{{,;'"(\-?&]){_NAME}["']?\s*(?:[:=]>?|\s(?=\S))\s*)("[^"\n]*"|'[^'\n]*'|[^\s,;}}&]+)"""
)
_BLOCK = re.compile(
    rf"(?im)^([ \t]*)([\w.-]*{_NAME}[\"']?\s*:\s*[|>][+-]?\d*)[ \t]*\n((?:\1[ \t]+.*\n?|[ \t]*\n)+)"
)
_AUTHORIZATION = re.compile(r"(?i)(authorization\s*[:=]\s*(?:basic|bearer|token|jwt)\s+|\bbearer\s+)\S+")
#: Forms that only secrets have: keys of AWS; tokens of GitHub, GitLab and Slack; JSON Web Tokens; hashes.
_FORMS = re.compile(
    r"\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|"
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}|\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*|\$(?:2[aby]|apr1|5|6|y)\$\S{8,}"
)


class Masker:
    """Masks texts of one project.

    Args:
        secrets: values that must not be seen.
        paths: private path → what is shown in its place.
    """

    def __init__(self, secrets: Iterable[str], paths: Mapping[str, str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # A longer one first: another may be a part of it.
        self._secrets = sorted(forms, key=len, reverse=True)
        self._paths = sorted(paths.items(), key=lambda item: len(item[0]), reverse=True)

    @classmethod
    def of(cls, project: Project) -> Masker:
        """Knows the secrets of a project, and where it and its user are at home."""
        import getpass

        home = str(Path.home())
        paths = {
            str(project.root): "ROOT",
            str(project.root.resolve()): "ROOT",
            str(project.plugins_root): "PLUGINS",
            home: "HOME",
        }
        for mount in project.user.values.get("MOUNTS") or ():
            place = next((part for part in str(mount).split(":") if part.startswith(("/", "~"))), "")
            paths[place.rstrip("/")] = "MOUNT"
        with contextlib.suppress(KeyError, OSError):  # a user without a name
            paths[f"/home/{getpass.getuser()}"] = "HOME"
        return cls(_secret_values(project), {path: name for path, name in paths.items() if len(path) > 1})

    def mask(self, text: str) -> str:
        """The text without secrets and private paths."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        text = _PEM.sub(MASK, text)
        text = _URL.sub(rf"\1{MASK}@", text)
        text = _AUTHORIZATION.sub(rf"\1{MASK}", text)
        text = _BLOCK.sub(rf"\1\2\n\1  {MASK}\n", text)
        text = _ASSIGNED.sub(_assigned, text)
        text = _FORMS.sub(MASK, text)
        for path, name in self._paths:
            text = text.replace(path, name)
        return text


def _assigned(found: re.Match[str]) -> str:
    value = found[2]
    if value.strip("\"'").lower() in ("", "true", "false", "null", "none", "{", "[", "|", ">", MASK):
        return found[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{found[1]}{quote}{MASK}{quote}"


def _forms(secret: str) -> Iterator[str]:
    """A value as it is, and as it is written in other formats; of several lines, each line."""
    for text in (secret, *secret.splitlines()):
        if len(text.strip()) < SHORTEST or text.strip().startswith("-----"):
            continue
        yield text
        yield text.strip()
        yield urllib.parse.quote(text, safe="")
        yield json.dumps(text)[1:-1]
        yield base64.b64encode(text.encode()).decode().rstrip("=")


def _secret_values(project: Project) -> Iterator[str]:
    for name in project.settings:
        if not is_secret(name):
            continue
        for layer in project.settings.layers(name):
            if isinstance(layer.value, str) and "{{" not in layer.value:
                yield layer.value
        try:
            value = project.values[name]
        except TutorError:
            continue
        if isinstance(value, str):
            yield value
