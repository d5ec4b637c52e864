"""What a rule is, what it finds, and which rules there are."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject

#: An error keeps a plugin from being enabled; a warning is likely a mistake; a hint is for its author.
Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


@dataclass(frozen=True, slots=True)
class Place:
    """Something that a rule finds.

    Args:
        message: one sentence.
        origin: where; its file and line are the plugin's.
        hint: the remedy.
        path: where it is seen in the environment, such as ``local/docker-compose.yml:57``.
    """

    message: str
    origin: Origin
    hint: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        slug: its name; also that of its file, with dashes.
        severity: how much it weighs.
        title: one line.
        why: what goes wrong otherwise, and how to do better: its section of the documentation.
        check: finds the places where a plugin breaks it.
        loaded: whether the plugin has to be loaded for it.
        rendered: whether the environment has to be rendered for it.
        deep: whether it takes so long that it is left out when plugins are enabled.
    """

    slug: str
    severity: Severity
    title: str
    why: str
    check: Callable[[Subject], Iterable[Place]]
    loaded: bool = True
    rendered: bool = True
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a plugin breaks a rule.

    Args:
        rule: the rule's slug.
        severity: of the rule.
        plugin: its name.
        version: of the plugin, when it is known.
        message: one sentence.
        hint: the remedy.
        file: of the plugin, when it is known.
        line: in that file, counted from 1.
        path: where it is seen in the environment.
    """

    rule: str
    severity: Severity
    plugin: str
    version: str | None
    message: str
    hint: str
    file: str | None = None
    line: int | None = None
    path: str | None = None

    @classmethod
    def of(cls, rule: Rule, subject: Subject, place: Place) -> Finding:
        """The finding that a place stands for."""
        return cls(
            rule.slug,
            rule.severity,
            subject.name,
            subject.version,
            place.message,
            place.hint,
            place.origin.file,
            place.origin.line,
            place.path,
        )

    @property
    def place(self) -> str:
        """``FILE:LINE`` as far as they are known, and where it is seen in the environment."""
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        seen = f"env/{self.path}" if self.path else None
        return ", ".join(text for text in (file, seen) if text)

    @property
    def order(self) -> tuple[Any, ...]:
        """What weighs most comes first; then by rule and place."""
        file = (self.file or "", self.line or 0)
        return (self.plugin, SEVERITIES.index(self.severity), self.rule, *file, self.message)


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """All rules, by slug. Reads the folder of rules."""
    folder = importlib.import_module("tutor.plugins.checks.rules")
    found = []
    for module in pkgutil.iter_modules(folder.__path__):
        rule: Rule = importlib.import_module(f"{folder.__name__}.{module.name}").RULE
        found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.slug))
