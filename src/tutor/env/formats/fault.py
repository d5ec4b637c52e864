"""What a format's check finds."""

from __future__ import annotations

from tutor.core.named import Named


class Fault(Named):
    """One thing that is wrong in a file.

    Args:
        message: what is wrong, without a place.
        line: where, counted from 1; ``None`` when it is the file as a whole.
        related: another line that takes part, such as the first of two equal keys.
        unless: a setting that makes it right where it is not left at its default: another image knows more.
    """

    message: str
    line: int | None = None
    related: int | None = None
    unless: str | None = None
