"""Texts without secrets: whatever is shown of files, plans, errors and bundles passes through here."""

from __future__ import annotations

import base64
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tutor.config.secrets import CREDENTIALS, MASK, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutor.project import Project

#: Shorter values are words that stand in many places.
SHORTEST = 6

_NAME = (
    r"[\w.-]*(?:password|passwd|passphrase|passcode|secret|token|credential|api_?key|access_?key|private_?key|"
    r"master_?key|encryption_?key|auth_?key|secret_?key|[a-z]_key|-key|_pw|_pwd|_pass|cookie)s?"
)
# NAME: VALUE, NAME=VALUE, "NAME": "VALUE", NAME => VALUE; after --NAME, a space will do.
_ASSIGNED = re.compile(
    rf"""(?imx)
    ((?<![\w.-]) (?: ["']?{_NAME}["']?\s*(?:[:=]>?)\s* | --?{_NAME}\s+ ))
    # but no value, or a variable
    (?!\s*(?:\[|\{{|$|(?:true|false|null|none|[|>][+-]?\d*)\s*(?:[,}}]|$)|["']{{2}}|["']?\$))
    ("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\s,;}}&"']+(?:[ ][^\s,;}}&"'\#]+)*)
    """
)
_BLOCK = re.compile(rf"(?im)^([ \t]*)({_NAME}[\"']?\s*:\s*[|>][+-]?\d*)[ \t]*\n((?:\1[ \t]+.*\n?|[ \t]*\n)+)")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE[A-Z0-9 ]*)-----\n.*?(?:-----END \1-----|\Z)", re.DOTALL)
_AUTHORIZATION = re.compile(r"(?i)(authorization\s*[:=]\s*(?:basic|bearer|token|jwt)\s+|\bbearer\s+)\S+")
# Forms that only secrets have: keys of AWS; tokens of GitHub, GitLab and Slack; JSON Web Tokens; hashes.
_FORMS = re.compile(
    r"\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|"
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}|\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*|\$(?:2[aby]|apr1|5|6|y)\$\S{8,}"
)
_LONG = re.compile(r"[A-Za-z0-9+=_-]{20,}")
# Bits for each character. Random base64 of this length has more, words and paths have less.
_RANDOM = 3.9


class Mask:
    """Masks the secrets of a project in texts.

    Several nets, one behind the other: values of secret settings, wherever they stand and however they are
    quoted; what stands behind a name that says it is a secret; forms that only secrets have; and long random
    words, such as the parts of a key that a template computes from a secret.

    Args:
        values: names and values of settings, of before and of after; only secrets count.
        paths: private path → what is shown in its place.
    """

    def __init__(
        self, values: Iterable[tuple[str, Any]] = (), paths: Mapping[str, str] | None = None
    ) -> None:
        found: set[str] = set()
        for name, value in values:
            if is_secret(name):
                for text in _texts(value):
                    found |= _spellings(text)
        # The longest first: one may be part of another.
        self._known = sorted(found, key=len, reverse=True)
        self._paths = sorted((paths or {}).items(), key=lambda item: len(item[0]), reverse=True)

    @classmethod
    def of(cls, project: Project, paths: Mapping[str, str] | None = None) -> Mask:
        """Knows the secrets of a project, as far as they are resolved: to resolve one may fail."""
        raw = ((name, layer.value) for name in project.settings for layer in project.settings.layers(name))
        return cls([*raw, *project.values.known().items()], paths)

    def text(self, text: str) -> str:
        """A text as it may be shown."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        text = _PEM.sub(MASK, text)
        text = CREDENTIALS.sub(rf"\1{MASK}@", text)
        text = _AUTHORIZATION.sub(rf"\1{MASK}", text)
        text = _BLOCK.sub(rf"\1\2\n\1  {MASK}\n", text)
        text = _ASSIGNED.sub(_assigned, text)
        text = _FORMS.sub(MASK, text)
        text = _LONG.sub(lambda found: MASK if _is_random(found[0]) else found[0], text)
        for path, name in self._paths:
            text = text.replace(path, name)
        return text


def _assigned(found: re.Match[str]) -> str:
    value = found[2]
    if value == MASK:
        return found[0]
    mark = value[0] if value[0] in "\"'" else ""
    return f"{found[1]}{mark}{MASK}{mark}"


def _spellings(secret: str) -> set[str]:
    """A secret, and how it may be written in a file; of several lines, each line."""
    found = set()
    for line in secret.splitlines():
        text = line.strip()
        if len(text) < SHORTEST or text.startswith("-----") or "{{" in text or _is_word(text):
            continue
        inner = json.dumps(text)[1:-1]
        found |= {text, inner, text.replace("$", "$$"), inner.replace("$", "$$"), quote(text, safe="")}
        found.add(base64.b64encode(text.encode()).decode().rstrip("="))
    return found


def _is_word(text: str) -> bool:
    """A password that is a word of every day, such as openedx, would take half of a text away."""
    return text.isascii() and text.isalpha() and text.islower() and len(text) < 10


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _texts(item)]
    return [str(value)] if isinstance(value, (str, int)) and not isinstance(value, bool) else []


def _is_random(word: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(kind(character) for character in word) for kind in kinds):
        return False
    size = len(word)
    return -sum(n / size * math.log2(n / size) for n in Counter(word).values()) > _RANDOM
