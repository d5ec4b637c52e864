"""Masking secrets in what a plan shows of files.

Three nets, one behind the other: values of secret settings, wherever they stand and however they are quoted;
what stands behind a name that says it is a secret; and long random words, such as the parts of a key that a
template computes from a secret.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tutor.config.values import MASK, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Shorter values are words that stand in many places.
SHORTEST = 6
_NAMED = re.compile(
    r"""(?ix)
    (["']?[\w.-]*(?:password|passwd|secret|token|credentials?|private_key|secret_key|access_key|api_key|
        master_key|auth_key|encryption_key)["']?\s*[:=]\s*)    # the name, and what follows it
    (?!\s*(?:\[|\{|$|true\b|false\b|null\b|none\b|["']{2}|["']?\$))                 # no value, or a variable
    (["']?)([^"'\n]+)\2
    """
)
_WORD = re.compile(r"[A-Za-z0-9+=_-]{20,}")
#: Bits for each character. Random base64 of this length has more, words and paths have less.
_RANDOM = 3.9


class Mask:
    """Masks the secrets of a project.

    Args:
        values: names and values of settings, of before and of after; only secrets count.
    """

    def __init__(self, values: Iterable[tuple[str, Any]]) -> None:
        found: set[str] = set()
        for name, value in values:
            if is_secret(name):
                for text in _texts(value):
                    found |= _spellings(text)
        # The longest first: one may be part of another.
        self._known = sorted(found, key=len, reverse=True)

    def line(self, text: str) -> str:
        """A line of a file as it may be shown."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        text = _NAMED.sub(lambda m: f"{m[1]}{m[2]}{MASK}{m[2]}", text)
        return _WORD.sub(lambda m: MASK if _is_random(m[0]) else m[0], text)


def secrets_of(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and values of secret settings among some."""
    return [(name, value) for name, value in values.items() if is_secret(name)]


def _spellings(secret: str) -> set[str]:
    """A secret, and how it may be written in a file."""
    found = set()
    for line in secret.splitlines():
        text = line.strip()
        if len(text) < SHORTEST or text.startswith("-----") or "{{" in text:
            continue
        inner = json.dumps(text)[1:-1]
        encoded = base64.b64encode(text.encode()).decode()
        found |= {
            text,
            inner,
            text.replace("$", "$$"),
            inner.replace("$", "$$"),
            quote(text, safe=""),
            encoded,
        }
    return found


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
