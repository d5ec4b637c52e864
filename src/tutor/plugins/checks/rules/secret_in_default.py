"""Rule: no secret is in the plugin's code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.config.secrets import is_secret
from tutor.plugins.checks.rule import Place, Rule
from tutor.plugins.checks.vocabulary import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject

#: Forms that only secrets have: private keys, access keys of AWS, tokens of GitHub, GitLab and Slack.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+([A-Za-z0-9+/=]{16,})|\bAKIA[0-9A-Z]{16}\b|"
    r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
)
#: What they have in common with few other texts: looking for this first takes a tenth of the time.
_MARKS = ("PRIVATE KEY-----", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xox")
_SECRET_KEY = re.compile(r"(^|_)(PRIVATE|SECRET|SECRET_ACCESS|MASTER|API|ENCRYPTION|AUTH|SIGNING)_KEY$")
_AT_THE_END = re.compile(r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|_KEY)$")
_HINT = "generate it: `add` in API v0, CONFIG_UNIQUE in API v1, with {{ 20|random_string }}"


def check(subject: Subject) -> Iterator[Place]:
    """Settings that are named like secrets and have a value, and what has the form of one anywhere.

    What the plugin's code makes when it is run, such as a token, is another one on each machine.
    """
    for name, (value, origin) in (*subject.settings.items(), *subject.overrides.items()):
        if _is_secret(name) and isinstance(value, str) and _is_fixed(value) and subject.publishes(value):
            yield Place(f"The secret {name} has a value that everybody can read", origin, _HINT)
        elif any(_secrets(subject, text) for text in texts(value)):
            yield Place(f"The value of {name} holds what looks like a secret", origin, _HINT)
    for source in subject.sources:
        for found in [] if source.title.startswith("setting ") else _secrets(subject, source.text)[:1]:
            line = source.text.count("\n", 0, found.start()) + 1
            message = f"There is what looks like a secret in {source.title}"
            yield Place(message, source.at(line), "make it a setting that is generated, or the user's")


def _secrets(subject: Subject, text: str) -> list[re.Match[str]]:
    if not any(mark in text for mark in _MARKS):
        return []
    return [found for found in SECRETS.finditer(text) if subject.publishes(found[1] or found[0])]


def _is_secret(name: str) -> bool:
    """Whether the name says so at its end. What ends in KEY may be the name of something, or of a client."""
    if not is_secret(name) or not _AT_THE_END.search(name):
        return False
    return not name.endswith("_KEY") or bool(_SECRET_KEY.search(name))


def _is_fixed(value: str) -> bool:
    """Whether it is neither empty nor made from something else."""
    return bool(value.strip()) and "{{" not in value and "{%" not in value


RULE = Rule(
    slug="secret-in-default",
    severity="warning",
    title="A secret in a default",
    why="Everybody can read the plugin's code, so every platform that runs it has the same known "
    "password. Settings that are generated once are saved in the user's `config.yml`.",
    check=check,
)
