"""What a long operation tells about its progress. The commands decide how that looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Reporter(Protocol):
    """Is told what goes on."""

    def title(self, text: str) -> None:
        """A step begins."""

    def info(self, text: str) -> None:
        """Something that is good to know."""

    def warn(self, text: str) -> None:
        """Something that is probably not as it was meant."""

    def output(self, line: str) -> None:
        """A line that a process printed."""


@dataclass(slots=True)
class Journal:
    """Remembers what it is told, as (kind, text)."""

    entries: list[tuple[str, str]] = field(default_factory=list)

    def title(self, text: str) -> None:
        """Remember the beginning of a step."""
        self.entries.append(("title", text))

    def info(self, text: str) -> None:
        """Remember an information."""
        self.entries.append(("info", text))

    def warn(self, text: str) -> None:
        """Remember a warning."""
        self.entries.append(("warn", text))

    def output(self, line: str) -> None:
        """Remember a line of a process."""
        self.entries.append(("output", line))

    def texts(self, kind: str) -> list[str]:
        """What was told of one kind, in order."""
        return [text for found, text in self.entries if found == kind]
